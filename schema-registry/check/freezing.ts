import type { EventDefinition } from '../../events/define-event.ts';
import { compareVersions } from '../comparison/comparison.ts';
import { describedSchema } from '../comparison/described-schema.ts';
import { exampleFindings } from './definition-check.ts';
import {
  frozenForm,
  frozenVersionOf,
  type FrozenEvent,
  type FrozenVersion,
  type GoldenSample,
} from './frozen-version.ts';
import { isFigtreeError } from '../../events/errors.ts';
import type { PastVersion } from '../past-version.ts';
import { generateSamples } from '../samples/sample-generator.ts';
import { wireSchemaOf } from '../samples/wire-schema.ts';
import { fileOf } from '../source-files.ts';

/** An event of a catalog, whatever the type of its data. */
export type AnyDefinition = EventDefinition;

export interface Freezing {
  readonly definitions: readonly AnyDefinition[];
  readonly pastVersions: readonly PastVersion[];
  readonly frozen: readonly FrozenEvent[];
  /** YYYY-MM-DD */
  readonly today: string;
}

export interface FreezePlan {
  readonly writes: readonly FrozenEvent[];
  /** Why something is not frozen, and the remedy. */
  readonly refusals: readonly { readonly type: string; readonly version: number; readonly message: string }[];
}

/** Returns what `schema freeze` has to write: every version that is or was published and is not frozen. Never a frozen
 *  one. */
export function planFreezing({ definitions, pastVersions, frozen, today }: Freezing): FreezePlan {
  const writes: FrozenEvent[] = [];
  const refusals: { type: string; version: number; message: string }[] = [];
  for (const definition of definitions) {
    const { type, version, status } = definition;
    if (status === 'draft') continue;
    if (definitions.some((other) => other.type === type && other !== definition)) {
      refusals.push({ type, version, message: `two events are named ${type}: give one of them another name` });
      continue;
    }
    const known = frozen.map((event) => event.frozen).filter((each) => each.type === type);
    const past = pastVersions.filter((each) => each.type === type && each.version < version);
    const message = refusal(definition, known, past);
    if (message !== undefined) refusals.push({ type, version, message });
    else writes.push(...newVersions(definition, { known, past, today }));
  }
  return { writes, refusals };
}

function refusal(
  definition: AnyDefinition,
  known: readonly FrozenVersion[],
  past: readonly PastVersion[],
): string | undefined {
  const { type, version } = definition;
  const file = fileOf(type);
  const newest = Math.max(0, ...known.map((each) => each.version));
  if (newest > version) return `${type} ${newest} is frozen, but ${file} says ${version}: a version never goes back`;
  const own = known.find((each) => each.version === version);
  if (own !== undefined) {
    const { canonical, sha256 } = describedSchema(definition.data);
    if (sha256 === own.sha256) return undefined;
    const { changes } = compareVersions(frozenForm(own), { canonical, published: definition.writer });
    const [first] = changes;
    const what = first === undefined ? '' : ` (${first.rule} at ${first.path || 'the whole'})`;
    return `${type} ${version} has been frozen since ${own.frozenOn}, but its schema has changed${what}: raise \`version\` to ${version + 1} in ${file}, then run figtree schema freeze again`;
  }
  const bad = exampleFindings(definition).find(({ outcome }) => outcome === 'fails');
  if (bad !== undefined)
    return `${type} ${version} has an invalid example: ${bad.message}, at ${bad.path}: ${bad.remedy}`;
  const there = new Set([...known.map((each) => each.version), ...past.map((each) => each.version)]);
  const gap = Array.from({ length: version - 1 }, (_, index) => index + 1).find((each) => !there.has(each));
  if (gap === undefined) return undefined;
  return `${type} ${gap} was never frozen and is not a past version, so ${version} cannot follow it: declare it in schema-registry/past-versions.ts, or lower \`version\` in ${file}`;
}

interface Known {
  readonly known: readonly FrozenVersion[];
  readonly past: readonly PastVersion[];
  readonly today: string;
}

function newVersions(definition: AnyDefinition, { known, past, today }: Known): FrozenEvent[] {
  const isNew = (version: number) => !known.some((each) => each.version === version);
  const { type, version, writer, examples } = definition;
  const older = past.filter((each) => isNew(each.version));
  return [
    ...older
      .toSorted((a, b) => a.version - b.version)
      .map(({ version: old, data }) => ({
        frozen: frozenVersionOf({ type, version: old, data, writer }, today),
        samples: goldenSamples({ type, version: old, data, examples }),
      })),
    ...(isNew(version) ? [{ frozen: frozenVersionOf(definition, today), samples: goldenSamples(definition) }] : []),
  ];
}

// Edge cases with the longest texts are omitted: they prove little, and every clone would contain them.
const SAMPLE_CHARACTERS_MAX = 1000;
// One or two edge cases of every field. Each check reads all samples of all versions; `schema sample` generates more.
const GENERATED_SAMPLES = 12;

/** The examples, for a past version those that it accepts, and generated data with its edge cases. Nothing is generated
 *  if the code accepts no random data. */
function goldenSamples({ type, version, data, examples }: Sampled): GoldenSample[] {
  const safeParse = (value: unknown) => data.safeParse(value);
  const own = examples.filter((example) => safeParse(example).success);
  const byHand = own.map((example, index) => ({
    name: `example ${index + 1}`,
    origin: 'hand' as const,
    data: example,
  }));
  try {
    const source = { type, version, schema: wireSchemaOf(data), safeParse, examples: own };
    const made = generateSamples(source, { seed: version, count: 2 * GENERATED_SAMPLES }) as readonly GoldenSample[];
    const short = made.filter((sample) => JSON.stringify(sample.data).length <= SAMPLE_CHARACTERS_MAX);
    return [...byHand, ...short.slice(0, GENERATED_SAMPLES)];
  } catch (error) {
    if (isFigtreeError(error, 'SAMPLE_IMPOSSIBLE')) return byHand;
    throw error;
  }
}

type Sampled = Pick<AnyDefinition, 'type' | 'version' | 'data' | 'examples'>;
