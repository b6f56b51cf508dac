import * as fc from 'fast-check';
import type { EdgeValue } from './sample-texts.ts';
import type { SchemaPart } from './wire-schema.ts';

interface Range {
  readonly min: number;
  readonly max: number;
  /** Every number of the range is a multiple of it; undefined: any number. */
  readonly step: number | undefined;
}

const MAX = Number.MAX_VALUE;
const SAFE = Number.MAX_SAFE_INTEGER;
const RANDOM_SPREAD = 1000;

function rangeOf({ schema }: SchemaPart): Range {
  const { type, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const step = multipleOf ?? (type === 'integer' ? 1 : undefined);
  const [lowest, highest] = type === 'integer' ? [-SAFE, SAFE] : [-MAX, MAX];
  const above = typeof exclusiveMinimum === 'number' ? next(exclusiveMinimum, step, 1) : lowest;
  const below = typeof exclusiveMaximum === 'number' ? next(exclusiveMaximum, step, -1) : highest;
  return { min: Math.max(minimum ?? lowest, above), max: Math.min(maximum ?? highest, below), step };
}

function next(from: number, step: number | undefined, direction: 1 | -1): number {
  return from + direction * (step ?? Math.max(Math.abs(from) * Number.EPSILON, Number.MIN_VALUE));
}

/** The limits, zero and its neighbours, and numbers with unusual notation. */
export function numberEdges(part: SchemaPart): EdgeValue[] {
  const range = rangeOf(part);
  const { min, max, step } = range;
  const numbers: [string, number][] = [
    ['lowest', step === undefined ? min : Math.ceil(min / step) * step],
    ['highest', step === undefined ? max : Math.floor(max / step) * step],
    ['zero', 0],
    ['one', step ?? 1],
    ['minus one', -(step ?? 1)],
    ['a fraction', 0.1],
    ['tiny', Number.MIN_VALUE],
    ['with an exponent', 1e21],
  ];
  const found = new Map<number, string>();
  for (const [what, value] of numbers) if (holds(range, value) && !found.has(value)) found.set(value, what);
  const edges: EdgeValue[] = [...found].map(([value, what]) => ({ what: `${what} (${value})`, value }));
  // JSON Schema does not tell whether a parser converts text to numbers. One that does not refuses this.
  const [first] = found.keys();
  return first === undefined ? edges : [...edges, { what: 'as a text', value: String(first) }];
}

export function anyNumber(part: SchemaPart, seed: number): number | undefined {
  const range = rangeOf(part);
  const { step } = range;
  // Near zero if that is allowed: such numbers are easier to read, and the limits are tried separately.
  const centre = Math.min(Math.max(0, range.min), range.max);
  const spread = RANDOM_SPREAD * (step ?? 1);
  const [min, max] = [Math.max(range.min, centre - spread), Math.min(range.max, centre + spread)];
  if (step === undefined) {
    return fc.sample(fc.double({ min, max, noNaN: true }), { seed, numRuns: 1 })[0];
  }
  const [first, last] = [Math.ceil(min / step), Math.floor(max / step)];
  if (first > last) return undefined;
  // With a step below one the product is inexact: 3 * 0.1 is not a multiple of 0.1.
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  return fc
    .sample(fc.integer({ min: first, max: last }), { seed, numRuns: 1 })
    .map((count) => Number((count * step).toFixed(Math.min(100, digits))))[0];
}

function holds({ min, max, step }: Range, value: number): boolean {
  return value >= min && value <= max && (step === undefined || Number.isInteger(value / step));
}
