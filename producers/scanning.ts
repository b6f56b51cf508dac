import { SCAN_BYTES, type Turn } from './body-limits.ts';
import { whitespaceAt, whitespaceBefore } from './byte-order-mark.ts';

/** The part of a text between the byte order marks and blanks at its ends, however many. `blank` defines a blank: it
 *  returns its length in bytes at a place, 0 if there is none. */
export async function trimmedInTurns(bytes: Buffer, turn: Turn, blank = whitespaceAt): Promise<Buffer> {
  let start = 0;
  let end = bytes.length;
  let turnAt = SCAN_BYTES;
  for (let width = blank(bytes, start); width > 0; width = blank(bytes, start)) {
    start += width;
    if (start < turnAt) continue;
    await turn();
    turnAt = start + SCAN_BYTES;
  }
  turnAt = end - SCAN_BYTES;
  for (let width = whitespaceBefore(bytes, end, blank); width > 0 && end > start;) {
    end -= width;
    width = whitespaceBefore(bytes, end, blank);
    if (end > turnAt) continue;
    await turn();
    turnAt = end - SCAN_BYTES;
  }
  return bytes.subarray(start, Math.max(start, end));
}

/** The same bytes with the methods of a Buffer. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
