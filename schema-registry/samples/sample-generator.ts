import * as z from 'zod';
import { FigtreeError } from '../../events/errors.ts';
import { edgesOf } from './sample-edges.ts';
import type { EdgeValue } from './sample-texts.ts';
import { anyValue, type SamplePlace } from './sample-values.ts';
import type { WireSchema } from './wire-schema.ts';

/** What samples are generated from: a version's schema, and its parser, which judges them. */
export interface SampleSource {
  readonly type: string;
  readonly version: number;
  readonly schema: WireSchema;
  readonly safeParse: (data: unknown) => z.ZodSafeParseResult<unknown>;
  /** Data that is known to be valid. The search starts there if no generated data passes the parser. */
  readonly examples: readonly unknown[];
}

export interface GeneratedSample {
  /** What is special about it: unique among the samples of one version. */
  readonly name: string;
  readonly origin: 'generated';
  readonly data: unknown;
}

export interface SampleOptions {
  /** The same seed generates the same samples. */
  readonly seed: number;
  /** How many: the edge cases first, then random ones. Without it: all edge cases and a few others. */
  readonly count?: number;
}

const OTHERS = 10;
const TRIES = 500;
const ROOT: Omit<SamplePlace, 'seed'> = { path: '', depth: 0 };

/** A source for a frozen version that exists as JSON Schema only: zod reads that, and judges by it. */
export function frozenSource({ type, version, reader }: FrozenSchema): SampleSource {
  const parser = parserOf(type, version, reader);
  return { type, version, schema: reader, safeParse: (data) => parser.safeParse(data), examples: [] };
}

function parserOf(type: string, version: number, reader: WireSchema): z.ZodType {
  try {
    return z.fromJSONSchema(reader);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FigtreeError('SAMPLE_IMPOSSIBLE', `zod cannot read the frozen schema of ${type} v${version}: ${reason}`, {
      type,
      version,
      cause: error,
    });
  }
}

interface FrozenSchema {
  readonly type: string;
  readonly version: number;
  /** The input side, as it was rendered. */
  readonly reader: WireSchema;
}

/** Valid data of one version in wire form. All of it is generated, and all of it has passed the parser. Throws
 *  SAMPLE_IMPOSSIBLE if nothing does. */
export function generateSamples(source: SampleSource, { seed, count = Infinity }: SampleOptions): GeneratedSample[] {
  const judge = judgeOf(source);
  const base = firstValid(source, judge, seed);
  const part = { schema: source.schema, root: source.schema };
  const samples = new Map<string, GeneratedSample>();
  const names = new Set<string>();
  function keep({ what, value }: EdgeValue): void {
    const data = judge.accepts(value);
    const text = JSON.stringify(data);
    if (data === undefined || samples.has(text)) return;
    const name = names.has(what) ? `${what} (${names.size})` : what;
    names.add(name);
    samples.set(text, { name, origin: 'generated', data });
  }
  for (const edge of edgesOf(part, { ...ROOT, seed }, base)) {
    if (samples.size >= count) break;
    keep(edge);
  }
  const wanted = Number.isFinite(count) ? count : samples.size + OTHERS;
  for (let at = 1; samples.size < wanted && at <= wanted + TRIES; at += 1) {
    keep({ what: `any ${at}`, value: anyValue(part, { ...ROOT, seed: seed + at }, { full: false }) });
  }
  return [...samples.values()];
}

interface Judge {
  /** The parsed form of the wire data, undefined if the parser refuses it. */
  accepts(value: unknown): unknown;
  /** The most frequent reason for refusals. */
  complaint(): string;
}

function judgeOf({ safeParse }: SampleSource): Judge {
  const complaints = new Map<string, number>();
  const complain = (text: string) => void complaints.set(text, (complaints.get(text) ?? 0) + 1);
  return {
    accepts(value) {
      if (value === undefined) {
        complain('no value of its shape can be generated');
        return undefined;
      }
      const data: unknown = JSON.parse(JSON.stringify(value));
      try {
        const { success, error } = safeParse(data);
        if (success) return data;
        const [issue] = error.issues;
        complain(`${['data', ...(issue?.path ?? [])].join('.')}: ${issue?.message ?? 'refused'}`);
      } catch (error) {
        complain(`the schema throws: ${error instanceof Error ? error.message : String(error)}`);
      }
      return undefined;
    },
    complaint: () => [...complaints].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? '',
  };
}

function firstValid(source: SampleSource, judge: Judge, seed: number): unknown {
  const part = { schema: source.schema, root: source.schema };
  for (let at = 0; at < TRIES; at += 1) {
    // Without optional parts that conflict with it: a refinement may forbid one of two optional fields.
    const making = { full: at < TRIES / 2 };
    const data = judge.accepts(anyValue(part, { ...ROOT, seed: seed + at }, making));
    if (data !== undefined) return data;
  }
  for (const example of source.examples) {
    const data = judge.accepts(example);
    if (data !== undefined) return data;
  }
  const { type, version } = source;
  throw new FigtreeError(
    'SAMPLE_IMPOSSIBLE',
    `none of ${TRIES} generated samples passes the parser of ${type} v${version}; most fail at ${judge.complaint()}`,
    { type, version },
  );
}
