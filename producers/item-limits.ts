import { createHash } from 'node:crypto';
import type { Problem } from '../events/errors.ts';
import { SLICE_BYTES, type Turn } from './body-limits.ts';
import { beginStructure, readStructure } from './json-structure.ts';
import { namedIdsInPieces } from './named-ids.ts';
import type { IncomingItem } from './incoming-item.ts';

/** A line, or an element of an array, has at most this many bytes. */
export const ITEM_BYTES_MAX = 1024 * 1024;

/** And at most this many values, nested or not: opening brackets and commas are counted. Parsing time depends on
 *  values, not bytes: ten thousand objects with distinct keys take 30 ms. The largest event of the catalog has about
 *  30, and a change as many as the monolith's document. */
export const ITEM_VALUES_MAX = 10_000;

// At most two of three characters count, in `[],[],`.
const UNCOUNTED_CHARACTERS = 1.5 * ITEM_VALUES_MAX;

// More characters than the quarantine keeps, however many bytes each takes, so that it sees that some are missing.
export const KEPT_OF_LONG_ITEM_BYTES = 3 * 65_536 + 3;

/** The problem with the size or shape of a text, found before it is parsed. */
export function limitProblem(text: string): Problem | undefined {
  if (text.length <= UNCOUNTED_CHARACTERS) return undefined;
  const bytes = Buffer.from(text);
  if (bytes.length > ITEM_BYTES_MAX) return tooLong(bytes.length);
  return valuesIn(bytes) > ITEM_VALUES_MAX ? tooManyValues() : undefined;
}

/** The maximum number of values in a text; at least half as many, if it is JSON. */
export function valuesIn(bytes: Uint8Array): number {
  const state = beginStructure();
  readStructure(bytes, { from: 0, to: bytes.length, state });
  return state.values;
}

export function tooManyValues(): Problem {
  const message = `The item has more than ${ITEM_VALUES_MAX} values, including nested ones`;
  return { code: 'ITEM_TOO_COMPLEX', message };
}

export function tooLong(bytes: number, bytesMax = ITEM_BYTES_MAX): Problem {
  return { code: 'LINE_TOO_LONG', message: `The line has ${bytes} bytes; at most ${bytesMax} are accepted` };
}

/** An item that is refused whatever its content, with no more text than is kept. The omitted part is searched for ids,
 *  one part per turn. */
export async function refusedUnparsed(bytes: Buffer, problem: Problem, turn: Turn): Promise<IncomingItem> {
  if (bytes.length <= KEPT_OF_LONG_ITEM_BYTES) return { text: bytes.toString(), problem };
  const digest = createHash('sha256');
  const ids = namedIdsInPieces();
  for (let start = 0; start < bytes.length; start += SLICE_BYTES) {
    const piece = bytes.subarray(start, start + SLICE_BYTES);
    digest.update(piece);
    ids.push(piece);
    await turn();
  }
  const text = bytes.toString('utf8', 0, KEPT_OF_LONG_ITEM_BYTES);
  return { text, fingerprint: digest.digest('hex'), named: ids.named(), problem };
}
