import { SCAN_BYTES, SLICE_BYTES, SLICE_VALUES, type Turn } from './body-limits.ts';
import { trimmedText } from './byte-order-mark.ts';
import { ITEM_BYTES_MAX, ITEM_VALUES_MAX, valuesIn } from './item-limits.ts';
import { beginStructure, readStructure } from './json-structure.ts';
import { bufferOf, trimmedInTurns } from './scanning.ts';

const LINE_FEED = 0x0a;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

// An invalid line costs an error, some microseconds, after the part that was parsed.
const ATTEMPTS_PER_TURN = 500;

/** Whether a large body without surrounding whitespace is NDJSON, by the rule of `bodyItems` for a small one: by its
 *  first line, or if that is broken, by another one that is an object by itself, unless all lines together are one
 *  value. */
export async function isNdjson(text: Uint8Array, turn: Turn): Promise<boolean> {
  const end = text.indexOf(LINE_FEED);
  if (end < 0) return false;
  const first = await trimmedLine(text.subarray(0, end), turn);
  if (await isValue(first, turn)) return true;
  if (first[0] === OPEN_BRACKET) return false;
  await turn();
  if (!(await holdsObjectLine(text, turn))) return false;
  await turn();
  return !(await isValue(text, turn));
}

/** A line too large to be parsed is judged by its brackets. */
async function isValue(text: Uint8Array, turn: Turn): Promise<boolean> {
  if (isParsable(text)) return parses(text);
  return closesAtEnd(text, turn);
}

function isParsable(text: Uint8Array): boolean {
  return text.length <= ITEM_BYTES_MAX && valuesIn(text) <= ITEM_VALUES_MAX;
}

function parses(text: Uint8Array): boolean {
  try {
    JSON.parse(bufferOf(text).toString());
    return true;
  } catch {
    return false;
  }
}

async function closesAtEnd(text: Uint8Array, turn: Turn): Promise<boolean> {
  if (text[0] !== OPEN_BRACE && text[0] !== OPEN_BRACKET) return false;
  const state = beginStructure();
  let turnAt = SCAN_BYTES;
  let at = 1;
  for (;;) {
    if (at >= turnAt) {
      await turn();
      turnAt = at + SCAN_BYTES;
    }
    const to = Math.min(text.length, turnAt);
    at = readStructure(text, { from: at, to, state, stopDepth: 0 });
    if (at === text.length) return false;
    if (at < to && text[at] !== COMMA) return at === text.length - 1;
    if (at < to) at += 1;
  }
}

async function holdsObjectLine(text: Uint8Array, turn: Turn): Promise<boolean> {
  let [lines, bytes, values] = [0, 0, 0];
  for (let start = 0; start < text.length;) {
    const found = text.indexOf(LINE_FEED, start);
    const end = found < 0 ? text.length : found;
    const line = await trimmedLine(text.subarray(start, end), turn);
    const isTried = line[0] === OPEN_BRACE && line.at(-1) === CLOSE_BRACE && line.length <= ITEM_BYTES_MAX;
    const more = isTried ? valuesIn(line) : 0;
    if (lines >= ATTEMPTS_PER_TURN || bytes + line.length > SLICE_BYTES || values + more > SLICE_VALUES) {
      await turn();
      [lines, bytes, values] = [0, 0, 0];
    }
    lines += 1;
    bytes += line.length;
    values += more;
    if (isTried && more <= ITEM_VALUES_MAX && parses(line)) return true;
    start = end + 1;
  }
  return false;
}

async function trimmedLine(line: Uint8Array, turn: Turn): Promise<Uint8Array> {
  return line.length > SCAN_BYTES ? trimmedInTurns(bufferOf(line), turn) : trimmedText(line);
}
