import type { Finding } from './finding.ts';
import type { EventDefinition } from '../../events/define-event.ts';
import { fileOf } from '../source-files.ts';

/** Texts and examples that the definition of an event lacks for its readers. */
export function definitionFindings(definition: EventDefinition): Finding[] {
  return [...wordFindings(definition), ...exampleFindings(definition), ...keyFindings(definition)];
}

function finding({ type, version }: EventDefinition, more: Pick<Finding, 'rule' | 'path' | 'message' | 'remedy'>) {
  return { type, version, file: fileOf(type), outcome: 'fails' as const, ...more };
}

function wordFindings(definition: EventDefinition): Finding[] {
  const { type, owner, summary, examples } = definition;
  const lacks: [boolean, Pick<Finding, 'rule' | 'path' | 'message' | 'remedy'>][] = [
    [
      owner.trim() === '',
      {
        rule: 'OWNER_MISSING',
        path: 'owner',
        message: `${type} has no owner`,
        remedy: 'name the owning team as `owner`',
      },
    ],
    [
      summary.trim() === '',
      {
        rule: 'SUMMARY_MISSING',
        path: 'summary',
        message: `${type} has no summary`,
        remedy: 'describe what happened in one sentence, as `summary`',
      },
    ],
    [
      examples.length === 0,
      {
        rule: 'EXAMPLE_MISSING',
        path: 'examples',
        message: `${type} has no example`,
        remedy: 'add one as its readers receive it',
      },
    ],
  ];
  return lacks.flatMap(([isSo, what]) => (isSo ? [finding(definition, what)] : []));
}

/** Examples that the schema refuses fail the check; examples that it changes are reported, because no reader receives
 *  what they show, unless the input and output of the schema differ by design. */
export function exampleFindings(definition: EventDefinition): Finding[] {
  return definition.examples.flatMap((example, index) => {
    const refusal = refusalOf(definition, example, `examples.${index}`);
    if (refusal === undefined) return [];
    const { outcome, ...where } = refusal;
    const rule = outcome === 'fails' ? 'EXAMPLE_REFUSED' : 'EXAMPLE_CHANGED';
    const remedy = `write the example in ${fileOf(definition.type)} as the schema returns it`;
    return [{ ...finding(definition, { rule, remedy, ...where }), outcome }];
  });
}

function refusalOf(
  { data, type, version }: EventDefinition,
  example: unknown,
  at: string,
): Pick<Finding, 'path' | 'message' | 'outcome'> | undefined {
  const named = `an example of ${type} ${version}`;
  const parsed = data.safeParse(example);
  if (parsed.success) {
    const path = changedAt(example, parsed.data, at);
    const message = `${named} differs from what the schema returns`;
    return path === undefined ? undefined : { path, message, outcome: 'warns' };
  }
  const [issue] = parsed.error.issues;
  const path = [at, ...(issue?.path ?? [])].map(String).join('.');
  return { path, message: `${named} is refused: ${issue?.message ?? 'it has another shape'}`, outcome: 'fails' };
}

/** The first difference between two pieces of JSON; the order of keys does not matter. */
function changedAt(before: unknown, after: unknown, at: string): string | undefined {
  if (Object.is(before, after)) return undefined;
  if (!isObject(before) || !isObject(after) || Array.isArray(before) !== Array.isArray(after)) return at;
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  for (const key of keys) {
    const path = changedAt(before[key], after[key], `${at}.${key}`);
    if (path !== undefined) return path;
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** For events that cannot be published, because their subject or key is unknown. */
function keyFindings(definition: EventDefinition): Finding[] {
  const usable = definition.examples.flatMap((example) => {
    const parsed = definition.data.safeParse(example);
    return parsed.success ? [parsed.data] : [];
  });
  return (['subject', 'partitionKey'] as const).flatMap((path) => {
    const [reason] = usable.flatMap((example) => keyFailure(() => definition[path](example)));
    if (reason === undefined) return [];
    const message = `\`${path}\` of ${definition.type} ${reason} for an example`;
    const remedy = `derive \`${path}\` from an ID that every event has`;
    return [finding(definition, { rule: 'KEY_FAILED', path, message, remedy })];
  });
}

function keyFailure(key: () => unknown): string[] {
  try {
    const given = key();
    return typeof given === 'string' && given !== '' ? [] : ['returns no string'];
  } catch (error) {
    return [`throws ${error instanceof Error ? error.message : String(error)}`];
  }
}
