import type { Finding } from './finding.ts';
import type { AnyDefinition } from './freezing.ts';
import { fileOf } from '../source-files.ts';
import type { JsonSchema } from '../comparison/rendering.ts';

const PROBE = 'personal-data-probe-7c1d';

/** Subject and partition key stand in every log line, metric and trace: nothing personal may be in them. Found by trying:
 *  each personal field of each sample is replaced, and what the two functions make of it is looked at. */
export function personalKeyFindings(
  definition: AnyDefinition,
  reader: JsonSchema,
  samples: readonly Readonly<Record<string, unknown>>[],
): Finding[] {
  const { type, version } = definition;
  const keys = { subject: definition.subject, partitionKey: definition.partitionKey };
  return personalPaths(reader, { root: reader, path: [], depth: 0 }).flatMap((path) =>
    (['subject', 'partitionKey'] as const)
      .filter((key) => samples.some((sample) => tells(keys[key], sample, path)))
      .map((key): Finding => ({
        rule: 'PERSONAL_KEY',
        outcome: 'fails',
        type,
        version,
        file: fileOf(type),
        path: path.join('.'),
        message: `\`${key}\` is made of ${path.join('.')}, which is personal data`,
        remedy: `let \`${key}\` be an id`,
      })),
  );
}

type Path = readonly string[];

interface Walk {
  readonly root: JsonSchema;
  readonly path: Path;
  readonly depth: number;
}

/** The fields that are marked as personal. Those in lists and unions are looked at as well. */
function personalPaths(schema: JsonSchema, { root, path, depth }: Walk): Path[] {
  // What holds itself is looked into so far and no farther.
  if (depth > 12) return [];
  if (schema['pii'] === true && path.length > 0) return [path];
  const inside = (part: unknown, at: Path) =>
    typeof part === 'object' && part !== null
      ? personalPaths(part as JsonSchema, { root, path: at, depth: depth + 1 })
      : [];
  const { $ref, $defs, properties, anyOf, oneOf, allOf, items } = { ...schema, $defs: root['$defs'] } as Keywords;
  const named = $ref === '#' ? root : $defs?.[$ref?.replace('#/$defs/', '') ?? ''];
  return [
    ...inside(named, path),
    ...Object.entries(properties ?? {}).flatMap(([key, part]) => inside(part, [...path, key])),
    ...[anyOf, oneOf, allOf].flat().flatMap((part) => inside(part, path)),
    ...inside(items, [...path, '0']),
  ];
}

interface Keywords {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly items?: JsonSchema | boolean;
}

function tells(key: (data: never) => string, sample: Readonly<Record<string, unknown>>, path: Path): boolean {
  const of = key as (data: unknown) => unknown;
  try {
    const probed = replaced(sample, path);
    return probed !== undefined && String(of(probed)) !== String(of(sample));
  } catch {
    return false;
  }
}

/** A copy with the probe at the path; undefined if there is nothing at it. */
function replaced(value: unknown, [name, ...rest]: Path): unknown {
  if (name === undefined) return PROBE;
  if (typeof value !== 'object' || value === null || !(name in value)) return undefined;
  const inner = replaced((value as Record<string, unknown>)[name], rest);
  if (inner === undefined) return undefined;
  return Array.isArray(value) ? value.with(Number(name), inner) : { ...value, [name]: inner };
}
