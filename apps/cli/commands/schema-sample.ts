import { defined } from '../../../events/defined.ts';
import { FigtreeError } from '../../../events/errors.ts';
import {
  generateSamples,
  type GeneratedSample,
  type SampleSource,
} from '../../../schema-registry/samples/sample-generator.ts';
import { collectShapes, type PickedSample } from '../../../schema-registry/samples/sample-picking.ts';
import { sampleSource } from '../../../schema-registry/samples/sample-source.ts';
import { currentCode } from '../../../schema-registry/stored-reading.ts';
import { logPathOf, storedEventsOf } from '../engines/stored-events.ts';
import { exitCodes } from '../failure.ts';
import { inspectRegistryFolder, REGISTRY_ROOT } from '../../schema-files/registry-folder.ts';
import { plural } from '../text-format.ts';
import type { CommandContext } from '../command-context.ts';

export interface SampleOptions {
  readonly type: string;
  /** Undefined: the current one. */
  readonly version?: number | undefined;
  readonly count?: number | undefined;
  readonly seed: number;
  /** Whole CloudEvents, which `figtree import` accepts, instead of their data. */
  readonly events?: boolean | undefined;
  /** Picks the samples from a log: of a data folder, or of FIGTREE_DATA if true. */
  readonly fromLog?: string | true | undefined;
}

type Sample = GeneratedSample | PickedSample;

const PICKED = 20;

/** Prints samples of an event: one per line, or with `--json` in the format of the file beside a frozen version. */
export async function schemaSample(options: SampleOptions, { terminal, json }: CommandContext): Promise<number> {
  const { type, seed, count, fromLog } = options;
  // For a version that is no longer in the code, its frozen JSON Schema is left.
  const frozen = inspectRegistryFolder(REGISTRY_ROOT).folder.frozen.map((event) => event.frozen);
  const source = sampleSource(type, options.version, { code: currentCode, frozen });
  const samples =
    fromLog === undefined
      ? generateSamples(source, { seed, ...defined({ count }) })
      : pickSamples(source, {
          path: await logPathOf(fromLog === true ? undefined : fromLog),
          count: count ?? PICKED,
          seed,
          note: terminal.note,
        });
  if (json) {
    await terminal.print(escaped(JSON.stringify({ samples }, undefined, 2)));
    return exitCodes.ok;
  }
  for (const [at, sample] of samples.entries()) {
    await terminal.print(
      escaped(JSON.stringify(options.events ? eventOf(sample, at + 1, { source, seed }) : sample.data)),
    );
  }
  return exitCodes.ok;
}

interface Picking {
  readonly path: string;
  readonly count: number;
  readonly seed: number;
  readonly note: (line: string) => void;
}

/** Picks the most different ones, with made-up text instead of personal data, as far as the parser accepts that. */
function pickSamples(source: SampleSource, { path, count, seed, note }: Picking): PickedSample[] {
  const { type, version, schema, safeParse } = source;
  const shapes = collectShapes();
  const others = new Map<number, number>();
  let found = 0;
  for (const stored of storedEventsOf(path, type)) {
    if (stored.version === version) {
      found += 1;
      shapes.add({ position: stored.position, data: JSON.parse(stored.data) });
    } else others.set(stored.version, (others.get(stored.version) ?? 0) + 1);
  }
  if (found === 0) throw noneFound(source, path, others);
  const picked = shapes.pick(count, { schema, seed });
  const taken = picked.filter(({ data }) => safeParse(data).success);
  if (taken.length < picked.length) {
    note(
      `${plural(picked.length - taken.length, 'sample')} left out: the parser of ${type} v${version} does not accept them.`,
    );
  }
  return taken;
}

function noneFound({ type, version }: SampleSource, path: string, others: ReadonlyMap<number, number>): FigtreeError {
  const versions = [...others].map(([one, events]) => `${plural(events, 'event')} of v${one}`).join(', ');
  const instead = versions === '' ? '' : `, but ${versions}: choose one with --version`;
  return new FigtreeError('NOT_FOUND', `${path} contains no ${type} of v${version}${instead}`, { path });
}

interface Origin {
  readonly source: SampleSource;
  readonly seed: number;
}

// The same seed generates the same ids, so importing the same samples again adds nothing.
function eventOf({ data, origin }: Sample, number: number, { source: { type, version }, seed }: Origin) {
  return {
    specversion: '1.0',
    source: 'urn:example:samples',
    id: `${type}-${version}-${origin}-${seed}-${number}`,
    type,
    dataschema: `figtree:${type}:${version}`,
    data,
  };
}

// C1 controls, direction marks and invisible characters: escaped, the JSON is the same, but terminals do not interpret
// it.
const UNSEEN = /[\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

function escaped(json: string): string {
  return json.replace(UNSEEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
