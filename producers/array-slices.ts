import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { FigtreeError, type Problem } from '../events/errors.ts';
import { elementItem, refuseUnreadable } from './body-items.ts';
import {
  BODY_ITEMS_MAX,
  BODY_VALUES_MAX,
  SCAN_BYTES,
  SCAN_ELEMENTS,
  SLICE_BYTES,
  SLICE_ITEMS,
  SLICE_VALUES,
  type Turn,
} from './body-limits.ts';
import { ITEM_BYTES_MAX, ITEM_VALUES_MAX, refusedUnparsed, tooLong, tooManyValues } from './item-limits.ts';
import { beginStructure, jsonWhitespaceAt, readStructure, trimmed } from './json-structure.ts';
import { trimmedInTurns } from './scanning.ts';
import type { IncomingItem } from './incoming-item.ts';

const COMMA = 0x2c;
const CLOSE_BRACKET = 0x5d;

// Parsed values of the check whether an array is whole are reused, if they are few enough to be held for all concurrent
// arrays.
const HELD_VALUES_MAX = 100_000;

/** Returns the elements of a JSON array, in slices. `bytes` begin with its bracket and have no whitespace at their end.
 *  An unparsable array is one item, because its elements cannot be told apart; an element that is too large or has too
 *  many values is refused by itself, unparsed. Throws BODY_TOO_LARGE before the first slice if there is too much in
 *  it. */
export async function* arraySlices(bytes: Buffer, turn: Turn): AsyncGenerator<IncomingItem[]> {
  const divided = await divide(bytes, turn);
  const broken = 'code' in divided ? divided : await firstProblem(bytes, divided, turn);
  if (broken !== undefined) {
    yield [await refusedUnparsed(bytes, broken, turn)];
    return;
  }
  await turn();
  for (const part of (divided as Divided).parts) {
    const { from, to, problem } = part;
    yield problem === undefined
      ? itemsOf(bytes, part)
      : [await refusedUnparsed(bytes.subarray(from, to), problem, turn)];
  }
}

interface Element {
  readonly from: number;
  readonly to: number;
  readonly values: number;
}

/** Neighbouring elements that are parsed together, or one that is not parsed. */
interface Part {
  readonly from: number;
  to: number;
  elements: number;
  values: number;
  readonly problem?: Problem;
  /** The parsed values, if they are kept. */
  held?: readonly unknown[];
}

interface Divided {
  readonly parts: Part[];
  readonly values: number;
}

/** Finds the parts by the array's structure alone. */
async function divide(bytes: Buffer, turn: Turn): Promise<Divided | Problem> {
  const parts = openParts();
  const state = beginStructure();
  let start = 1;
  let at = 1;
  let turnAt = SCAN_BYTES;
  let turnAtElement = SCAN_ELEMENTS;
  for (;;) {
    if (at >= turnAt || parts.elements() >= turnAtElement) {
      await turn();
      turnAt = at + SCAN_BYTES;
      turnAtElement = parts.elements() + SCAN_ELEMENTS;
    }
    const to = Math.min(bytes.length, turnAt);
    at = readStructure(bytes, { from: at, to, state, stopDepth: 0 });
    refuseTooMany(parts.values() + state.values, BODY_VALUES_MAX, 'values');
    if (at === bytes.length) return { code: 'NOT_JSON', message: 'The array is not closed' };
    if (at === to) continue;
    const isLast = bytes[at] !== COMMA;
    const isLong = at - start > SCAN_BYTES;
    const element = isLong ? await trimmedInTurns(bytes.subarray(start, at), turn, jsonWhitespaceAt) : undefined;
    const from = element === undefined ? start : element.byteOffset - bytes.byteOffset;
    const end = element === undefined ? at : from + element.length;
    // Only `[ ]` has no element. Anywhere else a missing element makes the array unparsable.
    if (!isLast || parts.elements() > 0 || trimmed(bytes.subarray(from, end)).length > 0) {
      parts.add({ from, to: end, values: state.values });
      refuseTooMany(parts.elements(), BODY_ITEMS_MAX, 'items');
    }
    if (isLast) break;
    state.values = 0;
    at += 1;
    start = at;
  }
  if (bytes[at] === CLOSE_BRACKET && at === bytes.length - 1) return { parts: parts.all, values: parts.values() };
  return { code: 'NOT_JSON', message: `The array ends at byte ${at}, but more text follows` };
}

function openParts() {
  const all: Part[] = [];
  let elements = 0;
  let allValues = 0;
  return {
    all,
    elements: () => elements,
    values: () => allValues,
    add({ from, to, values }: Element): void {
      elements += 1;
      allValues += values + 1;
      const problem = elementProblem({ from, to, values });
      const last = all.at(-1);
      const one = { from, to, elements: 1, values: values + 1 };
      if (problem !== undefined) all.push({ ...one, problem });
      else if (last === undefined || last.problem !== undefined || isFull(last, one)) all.push(one);
      else {
        last.to = to;
        last.elements += 1;
        last.values += one.values;
      }
    },
  };
}

function isFull(part: Part, { to, values }: Part): boolean {
  return part.elements >= SLICE_ITEMS || to - part.from > SLICE_BYTES || part.values + values > SLICE_VALUES;
}

function elementProblem({ from, to, values }: Element): Problem | undefined {
  if (values > ITEM_VALUES_MAX) return tooManyValues();
  return to - from > ITEM_BYTES_MAX ? tooLong(to - from) : undefined;
}

function refuseTooMany(found: number, max: number, what: string): void {
  if (found > max)
    throw new FigtreeError('BODY_TOO_LARGE', `The body holds more than ${max} ${what}: send it in parts`);
}

async function firstProblem(bytes: Buffer, { parts, values }: Divided, turn: Turn): Promise<Problem | undefined> {
  for (const part of parts) {
    if (part.problem !== undefined) continue;
    await turn();
    try {
      const parsed = parse(bytes, part);
      if (parsed.length !== part.elements) return { code: 'NOT_JSON', message: 'An element of the array is missing' };
      if (values <= HELD_VALUES_MAX) part.held = parsed;
    } catch (error) {
      const said = (error instanceof Error ? error.message : String(error)).replace(/ (in JSON )?at position .*$/, '');
      return { code: 'NOT_JSON', message: `${said}, between bytes ${part.from} and ${part.to} of the array` };
    }
  }
  return undefined;
}

function parse(bytes: Buffer, { from, to }: Part): unknown[] {
  return JSON.parse(`[${bytes.toString('utf8', from, to)}]`) as unknown[];
}

function itemsOf(bytes: Buffer, part: Part): IncomingItem[] {
  const text = bytes.subarray(part.from, part.to);
  const items = (part.held ?? parse(bytes, part)).map(elementItem);
  if (isUtf8(text)) return items;
  const digest = hash('sha256', text);
  return items.map((item, index) => refuseUnreadable(item, `${digest} ${index}`));
}
