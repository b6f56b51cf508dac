import { defined } from '../../events/defined.ts';
import { median } from './statistics.ts';

/** One row of the table in docs/benchmarks.md. Verifies what it measured: wrong counts throw. */
export interface Benchmark {
  /** Name on the command line. */
  readonly name: string;
  readonly title: string;
  run(context: BenchContext): Promise<Measured>;
}

export interface BenchContext {
  /** Short runs, to try the benchmark: their figures are shown and not saved. */
  readonly quick: boolean;
  /** Compare with the stores of bench/peers, which are then installed there. */
  readonly peers: boolean;
  /** Folder of change files that do not ship with the project. */
  readonly dataFolder: string | undefined;
  /** Empty, on a disk, removed afterwards. */
  readonly folder: string;
  /** Reports progress. */
  readonly say: (text: string) => void;
}

export interface Measured {
  /** A description of the measured input. */
  readonly input: string;
  readonly figures: readonly Figure[];
  /** Remarks on the figures, in sentences. */
  readonly notes: readonly string[];
}

export interface Figure {
  readonly what: string;
  readonly unit: string;
  /** The median of the runs. */
  readonly value: number;
  readonly runs: readonly number[];
  readonly bar?: Bar;
}

export interface Bar {
  readonly atLeast?: number;
  readonly atMost?: number;
}

export function figure(what: string, unit: string, { runs, bar }: { runs: readonly number[]; bar?: Bar }): Figure {
  if (runs.length === 0 || runs.some((run) => !Number.isFinite(run))) throw new Error(`no figure for: ${what}`);
  const rounded = runs.map(significant);
  return { what, unit, value: significant(median(runs)), runs: rounded, ...defined({ bar }) };
}

export function reaches({ value, bar }: Figure): boolean | undefined {
  if (bar === undefined) return undefined;
  return value >= (bar.atLeast ?? -Infinity) && value <= (bar.atMost ?? Infinity);
}

/** Wrong counts make a figure worthless, so they end the benchmark. */
export function expectEqual(what: string, found: unknown, expected: unknown): void {
  if (found !== expected) throw new Error(`${what}: found ${String(found)}, expected ${String(expected)}`);
}

// More than four digits would exceed the precision of these figures.
function significant(value: number): number {
  return Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4));
}
