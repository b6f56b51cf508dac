import { SCAN_BYTES, type Turn } from './body-limits.ts';
import { ITEM_BYTES_MAX, ITEM_VALUES_MAX, valuesIn } from './item-limits.ts';
import { beginStructure, readStructure, trimmed } from './json-structure.ts';
import { bufferOf } from './scanning.ts';

const LINE_FEED = 0x0a;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

// A line that is no JSON costs an error, which takes some microseconds.
const ATTEMPTS_PER_TURN = 500;

/** Whether a large body without blanks at its ends is NDJSON, told as `bodyItems` tells it of a small one: by its first
 *  line, or if that is broken, by another one that is an object by itself, unless all lines together are one value. */
export async function isNdjson(text: Uint8Array, turn: Turn): Promise<boolean> {
  const end = text.indexOf(LINE_FEED);
  if (end < 0) return false;
  const first = trimmed(text.subarray(0, end));
  if (await isValue(first, turn)) return true;
  if (first[0] === OPEN_BRACKET) return false;
  return (await holdsObjectLine(text, turn)) && !(await isValue(text, turn));
}

/** What is too large to be parsed is told by its brackets. */
async function isValue(text: Uint8Array, turn: Turn): Promise<boolean> {
  if (isParsable(text)) return parses(text);
  return closesAtItsEnd(text, turn);
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

async function closesAtItsEnd(text: Uint8Array, turn: Turn): Promise<boolean> {
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
  let attempts = 0;
  for (let start = 0; start < text.length;) {
    const found = text.indexOf(LINE_FEED, start);
    const end = found < 0 ? text.length : found;
    const line = trimmed(text.subarray(start, end));
    if (line[0] === OPEN_BRACE && line.at(-1) === CLOSE_BRACE && isParsable(line) && parses(line)) return true;
    attempts += 1;
    if (attempts % ATTEMPTS_PER_TURN === 0 || line.length > SCAN_BYTES) await turn();
    start = end + 1;
  }
  return false;
}
