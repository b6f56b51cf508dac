import { SCAN_BYTES, type Turn } from './body-limits.ts';
import { isBlank } from './json-structure.ts';

/** The part of `bytes` between the blanks at its ends, however many there are of them. */
export async function trimmedInTurns(bytes: Buffer, turn: Turn): Promise<Buffer> {
  let start = 0;
  let end = bytes.length;
  while (start < end && isBlank(bytes[start])) {
    start += 1;
    if (start % SCAN_BYTES === 0) await turn();
  }
  while (end > start && isBlank(bytes[end - 1])) {
    end -= 1;
    if (end % SCAN_BYTES === 0) await turn();
  }
  return bytes.subarray(start, end);
}

/** The same bytes with the methods of a Buffer. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
