import { ordinalOf, type Sequence, secondsOf, sequenceOf } from '../../../events/sequence.ts';

/** Entries of one feed, packed: three unsigned 32-bit numbers each, oldest first by sequence.
 *
 *    0  seconds of the yubl's sequence    1  its ordinal    2  the yubl's number in this file
 *
 *  A table row per entry would cost a B-tree insert each; packed, a thousand entries cost one copy. */
export type FeedEntries = Uint32Array;

/** Numbers that make one entry. */
export const ENTRY_NUMBERS = 3;
const WIDTH = ENTRY_NUMBERS;

export const entryCount = (entries: FeedEntries) => entries.length / WIDTH;
export const sequenceAt = (entries: FeedEntries, index: number): Sequence =>
  sequenceOf(entries[index * WIDTH] ?? 0, entries[index * WIDTH + 1] ?? 0);

/** One entry before it is packed. */
export interface FeedEntry {
  readonly seconds: number;
  readonly ordinal: number;
  readonly yublNumber: number;
}

export function entryOf(sequence: Sequence, yublNumber: number): FeedEntry {
  return { seconds: secondsOf(sequence), ordinal: ordinalOf(sequence), yublNumber };
}

/** A part of `entries`, `from` and `to` counted in entries. Shares their memory. */
export function sliceEntries(entries: FeedEntries, from: number, to?: number): FeedEntries {
  return entries.subarray(from * WIDTH, to === undefined ? undefined : to * WIDTH);
}

/** True if each entry's sequence is greater than the previous one's. */
export function isAscending(entries: ArrayLike<number>): boolean {
  for (let at = WIDTH; at < entries.length; at += WIDTH) if (compareAt(entries, at - WIDTH, at) >= 0) return false;
  return true;
}

/** True if all of `newer` sorts after all of `older`, both sorted: then they can simply be concatenated. */
export function standsAbove(newer: ArrayLike<number>, older: ArrayLike<number>): boolean {
  if (older.length === 0 || newer.length === 0) return true;
  const last = older.length - WIDTH;
  const seconds = (newer[0] ?? 0) - (older[last] ?? 0);
  return seconds > 0 || (seconds === 0 && (newer[1] ?? 0) > (older[last + 1] ?? 0));
}

export function joinEntries(parts: readonly ArrayLike<number>[]): FeedEntries {
  const joined = new Uint32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Sorted by sequence, each yubl once. */
export function sortEntries(entries: FeedEntries): FeedEntries {
  const places = Array.from({ length: entryCount(entries) }, (_, index) => index * WIDTH);
  places.sort((a, b) => compareAt(entries, a, b) || (entries[a + 2] ?? 0) - (entries[b + 2] ?? 0));
  const sorted = new Uint32Array(entries.length);
  let at = 0;
  for (const place of places) {
    if (at > 0 && sorted[at - 1] === entries[place + 2]) continue;
    sorted.set(entries.subarray(place, place + WIDTH), at);
    at += WIDTH;
  }
  return sorted.subarray(0, at);
}

export function yublNumbersOf(entries: FeedEntries): number[] {
  return Array.from({ length: entryCount(entries) }, (_, index) => entries[index * WIDTH + 2] ?? 0);
}

/** The entries without those of the given yubls. */
export function withoutYubls(entries: FeedEntries, yublNumbers: ReadonlySet<number>): FeedEntries {
  const kept = new Uint32Array(entries.length);
  let at = 0;
  for (let place = 0; place < entries.length; place += WIDTH) {
    if (yublNumbers.has(entries[place + 2] ?? 0)) continue;
    kept.set(entries.subarray(place, place + WIDTH), at);
    at += WIDTH;
  }
  return kept.subarray(0, at);
}

/** Compares the sequences of two entries by their places. */
function compareAt(entries: ArrayLike<number>, a: number, b: number): number {
  return (entries[a] ?? 0) - (entries[b] ?? 0) || (entries[a + 1] ?? 0) - (entries[b + 1] ?? 0);
}

export function toBytes(entries: FeedEntries): Uint8Array {
  return new Uint8Array(entries.buffer, entries.byteOffset, entries.byteLength);
}

export function fromBytes(bytes: Uint8Array): FeedEntries {
  // SQLite returns its own buffers, at any address; a Uint32Array needs one that is a multiple of four.
  const aligned = bytes.byteOffset % Uint32Array.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / Uint32Array.BYTES_PER_ELEMENT);
}
