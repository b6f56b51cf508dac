import { createHash } from 'node:crypto';
import type { Problem } from '../events/errors.ts';
import { SLICE_BYTES, type Turn } from './body-limits.ts';
import type { IncomingItem } from './door-reader.ts';
import { beginStructure, readStructure } from './json-structure.ts';
import { namedIdsInPieces } from './named-ids.ts';

/** A line, or an element of an array, has at most this many bytes. */
export const ITEM_BYTES_MAX = 1024 * 1024;

/** And at most this many values, beside or inside one another: brackets that open, and commas, are counted. To parse a
 *  document takes as long as its values, not its bytes: ten thousand objects that each have a key of their own take 30 ms.
 *  The largest event of the catalog has about 30, and a change as many as the monolith's document. */
export const ITEM_VALUES_MAX = 10_000;

// Two of three characters count at most, in `[],[],`.
const UNCOUNTED_CHARACTERS = 1.5 * ITEM_VALUES_MAX;

// More characters than the quarantine keeps, however many bytes each of them takes, so that it sees that some are
// missing.
export const KEPT_OF_LONG_ITEM_BYTES = 3 * 65_536 + 3;

/** What is wrong with the size or the shape of a text, found before anything is made of it. */
export function limitProblem(text: string): Problem | undefined {
  if (text.length <= UNCOUNTED_CHARACTERS) return undefined;
  const bytes = Buffer.from(text);
  if (bytes.length > ITEM_BYTES_MAX) return tooLong(bytes.length);
  return valuesIn(bytes) > ITEM_VALUES_MAX ? tooManyValues() : undefined;
}

/** How many values a text has at most; half as many at least, if it is JSON. */
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

/** An item that is refused whatever it says, with no more of its text than is kept of it. What is left out is looked through
 *  for the ids in it, a part in each turn. */
export async function refusedUnread(bytes: Buffer, problem: Problem, turn: Turn): Promise<IncomingItem> {
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
