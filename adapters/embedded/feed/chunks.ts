import type { DatabaseSync } from 'node:sqlite';
import type { Sequence } from '../../../events/sequence.ts';
import {
  entryCount,
  type FeedEntries,
  fromBytes,
  isAscending,
  joinEntries,
  sequenceAt,
  sliceEntries,
  sortEntries,
  standsAbove,
  toBytes,
} from './entries.ts';
import { CHUNK_ENTRIES, CHUNKS_PER_USER, firstPlaceOf } from './file.ts';

/** The chunks of all feeds, for the writer. Entries may be passed unsorted; each yubl is stored once. */
export interface FeedChunks {
  /** Adds entries above the feed's floor; readers take the rest from the authors. */
  append(userNumber: number, entries: FeedEntries): void;
  /** Replaces the feed's entries with the result of `change`. */
  rewrite(userNumber: number, change: (entries: FeedEntries) => FeedEntries): void;
  /** Raises the feed's floor (file.ts); a lower one changes nothing. */
  raiseFloor(userNumber: number, floor: Sequence): void;
  clear(userNumber: number): void;
}

interface Chunk {
  readonly place: number;
  readonly entries: Uint8Array;
}

export function openFeedChunks(database: DatabaseSync, feedLength: number): FeedChunks {
  const rows = chunkRows(database);
  const floors = feedFloors(database);
  // A feed keeps at least its length and at most one chunk more: the oldest chunk is removed when those above it
  // suffice.
  const fullChunksKept = Math.ceil(feedLength / CHUNK_ENTRIES);

  function append(userNumber: number, entries: FeedEntries): void {
    const added = isAscending(entries) ? entries : sortEntries(entries);
    const first = firstPlaceOf(userNumber);
    const tail = rows.lastBelow(userNumber, first + CHUNKS_PER_USER);
    if (tail === undefined) return write(userNumber, first, floors.above(userNumber, added));
    const tailEntries = fromBytes(tail.entries);
    // A feed that runs out of places, after 80 million entries, starts again at its first place.
    const room = tail.place + added.length < first + CHUNKS_PER_USER;
    if (room && standsAbove(added, tailEntries))
      return write(userNumber, tail.place, joinEntries([tailEntries, added]));
    rewrite(userNumber, (before) => sortEntries(joinEntries([before, floors.above(userNumber, added)])));
  }

  function rewrite(userNumber: number, change: (entries: FeedEntries) => FeedEntries): void {
    const changed = change(joinEntries(rows.all(userNumber).map((chunk) => fromBytes(chunk.entries))));
    const first = firstPlaceOf(userNumber);
    rows.removeBelow(userNumber, first + CHUNKS_PER_USER);
    write(userNumber, first, changed);
  }

  /** Writes `entries` as the last chunks of the feed, from `place` on, and cuts the feed to its length. */
  function write(userNumber: number, place: number, entries: FeedEntries): void {
    const surplus = Math.max(0, Math.floor((entryCount(entries) - feedLength) / CHUNK_ENTRIES));
    const skipped = surplus * CHUNK_ENTRIES;
    if (skipped > 0) {
      floors.raise(userNumber, sequenceAt(entries, skipped - 1));
      rows.removeBelow(userNumber, place + 1);
    }
    let next = place;
    for (let from = skipped; from < entryCount(entries); from += CHUNK_ENTRIES) {
      rows.put(next, sliceEntries(entries, from, from + CHUNK_ENTRIES));
      next += 1;
    }
    cut(userNumber, next - 1 - fullChunksKept);
  }

  function cut(userNumber: number, firstKept: number): void {
    if (firstKept <= firstPlaceOf(userNumber)) return;
    const newestRemoved = rows.lastBelow(userNumber, firstKept);
    if (newestRemoved === undefined) return;
    const entries = fromBytes(newestRemoved.entries);
    floors.raise(userNumber, sequenceAt(entries, entryCount(entries) - 1));
    rows.removeBelow(userNumber, firstKept);
  }

  return {
    append,
    rewrite,
    raiseFloor: floors.raise,
    clear: (userNumber) => rows.removeBelow(userNumber, firstPlaceOf(userNumber) + CHUNKS_PER_USER),
  };
}

/** The statements on the table of chunks. A user's places are [first, first + CHUNKS_PER_USER). */
function chunkRows(database: DatabaseSync) {
  const last = database.prepare(
    'SELECT place, entries FROM feed_chunk WHERE place >= ? AND place < ? ORDER BY place DESC LIMIT 1',
  );
  const all = database.prepare('SELECT place, entries FROM feed_chunk WHERE place >= ? AND place < ? ORDER BY place');
  const put = database.prepare('INSERT OR REPLACE INTO feed_chunk VALUES (?, ?)');
  const remove = database.prepare('DELETE FROM feed_chunk WHERE place >= ? AND place < ?');
  return {
    all(userNumber: number): Chunk[] {
      const first = firstPlaceOf(userNumber);
      return all.all(first, first + CHUNKS_PER_USER) as unknown as Chunk[];
    },
    lastBelow: (userNumber: number, place: number) =>
      last.get(firstPlaceOf(userNumber), place) as unknown as Chunk | undefined,
    put: (place: number, entries: FeedEntries) => void put.run(place, toBytes(entries)),
    /** Removes the user's chunks below `place`. */
    removeBelow: (userNumber: number, place: number) => void remove.run(firstPlaceOf(userNumber), place),
  };
}

/** The floor of a feed: see file.ts. */
function feedFloors(database: DatabaseSync) {
  const read = database.prepare('SELECT floor FROM user WHERE number = ?');
  const raise = database.prepare('UPDATE user SET floor = max(coalesce(floor, ?1), ?1) WHERE number = ?2');
  return {
    raise: (userNumber: number, floor: Sequence) => void raise.run(floor, userNumber),
    /** Those of the sorted entries that are above the feed's floor. */
    above(userNumber: number, entries: FeedEntries): FeedEntries {
      const { floor } = read.get(userNumber) as { floor: Sequence | null };
      if (floor === null) return entries;
      let from = 0;
      while (from < entryCount(entries) && sequenceAt(entries, from) <= floor) from += 1;
      return sliceEntries(entries, from);
    },
  };
}
