// What can be told of JSON text by its brackets, commas and quotes alone, byte by byte and in pieces: UTF-8 has none of
// these bytes inside of a longer character. Nothing is made of the text, so it costs the same whatever its shape.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Where a reading of the structure stands. It begins before the first byte of a value. */
export interface Structure {
  /** How many brackets are open. */
  depth: number;
  /** Brackets that were opened, and commas: at least as many as there are values, and at most twice as many. */
  values: number;
  inText: boolean;
  escaped: boolean;
}

export function beginStructure(): Structure {
  return { depth: 0, values: 0, inText: false, escaped: false };
}

/** Reads on from `from` and up to `to`, or up to the first comma or closing bracket at `stopDepth`. Returns where it
 *  stopped, before that byte, or `to`. */
export function readStructure(
  bytes: Uint8Array,
  { from, to, state, stopDepth = -1 }: { from: number; to: number; state: Structure; stopDepth?: number },
): number {
  let { depth, values, inText, escaped } = state;
  let at = from;
  for (; at < to; at += 1) {
    const byte = bytes[at];
    if (inText) {
      if (escaped) escaped = false;
      else if (byte === QUOTE) inText = false;
      else if (byte === BACKSLASH) escaped = true;
    } else if (byte === QUOTE) inText = true;
    else if (byte === COMMA) {
      if (depth === stopDepth) break;
      values += 1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
      values += 1;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (depth === stopDepth) break;
      depth -= 1;
    }
  }
  state.depth = depth;
  state.values = values;
  state.inText = inText;
  state.escaped = escaped;
  return at;
}

/** How many bytes the blank has that JSON allows between values: 0 if there is none at `at`. */
export function jsonBlankAt(bytes: Uint8Array, at: number): number {
  return isBlank(bytes[at]) ? 1 : 0;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** The part of `bytes` between the blanks at its ends. */
export function trimmed(bytes: Uint8Array): Uint8Array {
  let start = 0;
  let end = bytes.length;
  while (start < end && isBlank(bytes[start])) start += 1;
  while (end > start && isBlank(bytes[end - 1])) end -= 1;
  return bytes.subarray(start, end);
}
