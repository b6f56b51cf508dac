// What brackets, commas and quotes alone reveal about JSON text, byte by byte and in pieces: in UTF-8 no longer
// character contains these bytes. The text is not parsed, so the cost does not depend on its shape.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** The state of a scan. It begins before the first byte of a value. */
export interface Structure {
  /** How many brackets are open. */
  depth: number;
  /** Opening brackets and commas: at least as many as there are values, and at most twice as many. */
  values: number;
  inText: boolean;
  escaped: boolean;
}

export function beginStructure(): Structure {
  return { depth: 0, values: 0, inText: false, escaped: false };
}

/** Scans from `from` up to `to`, or up to the first comma or closing bracket at `stopDepth`. Returns where it stopped,
 *  before that byte, or `to`. */
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

/** How many bytes the JSON whitespace at `at` has; 0 if there is none. */
export function jsonWhitespaceAt(bytes: Uint8Array, at: number): number {
  return isBlank(bytes[at]) ? 1 : 0;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** The part of `bytes` without surrounding whitespace. */
export function trimmed(bytes: Uint8Array): Uint8Array {
  let start = 0;
  let end = bytes.length;
  while (start < end && isBlank(bytes[start])) start += 1;
  while (end > start && isBlank(bytes[end - 1])) end -= 1;
  return bytes.subarray(start, end);
}
