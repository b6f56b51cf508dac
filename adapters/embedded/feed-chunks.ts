import type { DatabaseSync } from 'node:sqlite';
import type { Sequence } from '../../events/sequence.ts';
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
  withoutYubls,
} from './feed-entries.ts';
import { createWaitingEntries } from './waiting-entries.ts';
import { CHUNK_ENTRIES, CHUNKS_PER_USER, firstPlaceOf } from './feed-file.ts';

/** The chunks of all feeds, for the one who writes them. What is added waits in memory until `flush`, so that a feed that
 *  gets a hundred entries in one transaction is written once. */
export interface FeedChunks {
  add(userNumber: number, seconds: number, ordinal: number, yublNumber: number): void;
  remove(userNumber: number, yublNumbers: ReadonlySet<number>): void;
  clear(userNumber: number): void;
  /** Writes what waits. */
  flush(): void;
  /** Drops what waits. */
  forget(): void;
}

// 14 MB. The more of a feed's entries are written at once, the less each of them costs.
const WAITING_ENTRIES_MAX = 500_000;

interface Chunk {
  place: number;
  entries: Uint8Array;
}

export function openFeedChunks(database: DatabaseSync, feedLength: number): FeedChunks {
  const last = database.prepare(
    'SELECT place, entries FROM feed_chunk WHERE place >= ? AND place < ? ORDER BY place DESC LIMIT 1',
  );
  const all = database.prepare('SELECT place, entries FROM feed_chunk WHERE place >= ? AND place < ? ORDER BY place');
  const put = database.prepare('INSERT OR REPLACE INTO feed_chunk VALUES (?, ?)');
  const removeBetween = database.prepare('DELETE FROM feed_chunk WHERE place >= ? AND place < ?');
  const lastRemoved = database.prepare(
    'SELECT entries FROM feed_chunk WHERE place >= ? AND place < ? ORDER BY place DESC LIMIT 1',
  );
  const readFloor = database.prepare('SELECT floor FROM user WHERE number = ?');
  const raiseFloor = database.prepare('UPDATE user SET floor = max(coalesce(floor, ?1), ?1) WHERE number = ?2');
  // A feed keeps at least its length and at most one chunk more: the oldest chunk goes when those above it suffice.
  const fullChunksKept = Math.ceil(feedLength / CHUNK_ENTRIES);
  const waiting = createWaitingEntries(WAITING_ENTRIES_MAX);
  const flush = () => waiting.drain(append);

  function add(userNumber: number, seconds: number, ordinal: number, yublNumber: number): void {
    if (waiting.add(userNumber, seconds, ordinal, yublNumber)) return;
    flush();
    waiting.add(userNumber, seconds, ordinal, yublNumber);
  }

  function append(userNumber: number, entries: FeedEntries): void {
    const added = isAscending(entries) ? entries : sortEntries(entries);
    const first = firstPlaceOf(userNumber);
    const tail = last.get(first, first + CHUNKS_PER_USER) as unknown as Chunk | undefined;
    if (tail === undefined) return write(userNumber, first, aboveFloor(userNumber, added));
    const tailEntries = fromBytes(tail.entries);
    // A feed that runs out of places, after 80 million entries, begins again with its first.
    const room = tail.place + added.length < first + CHUNKS_PER_USER;
    if (room && standsAbove(added, tailEntries))
      return write(userNumber, tail.place, joinEntries([tailEntries, added]));
    rewrite(userNumber, (entries) => sortEntries(joinEntries([entries, aboveFloor(userNumber, added)])));
  }

  /** What is at or below the floor is not kept: readers take it from the authors. */
  function aboveFloor(userNumber: number, entries: FeedEntries): FeedEntries {
    const { floor } = readFloor.get(userNumber) as { floor: Sequence | null };
    if (floor === null) return entries;
    let from = 0;
    while (from < entryCount(entries) && sequenceAt(entries, from) <= floor) from += 1;
    return sliceEntries(entries, from);
  }

  /** Writes `entries` as the last chunks of the feed, from `place` on, and cuts the feed to its length. */
  function write(userNumber: number, place: number, entries: FeedEntries): void {
    const surplus = Math.floor((entryCount(entries) - feedLength) / CHUNK_ENTRIES) * CHUNK_ENTRIES;
    const skipped = Math.max(0, surplus);
    if (skipped > 0) {
      raiseFloor.run(sequenceAt(entries, skipped - 1), userNumber);
      removeBetween.run(firstPlaceOf(userNumber), place + 1);
    }
    let next = place;
    for (let from = skipped; from < entryCount(entries); from += CHUNK_ENTRIES) {
      put.run(next, toBytes(sliceEntries(entries, from, from + CHUNK_ENTRIES)));
      next += 1;
    }
    cut(userNumber, next - 1);
  }

  function cut(userNumber: number, lastPlace: number): void {
    const first = firstPlaceOf(userNumber);
    const firstKept = lastPlace - fullChunksKept;
    if (firstKept <= first) return;
    const removed = lastRemoved.get(first, firstKept) as unknown as { entries: Uint8Array } | undefined;
    if (removed === undefined) return;
    const entries = fromBytes(removed.entries);
    raiseFloor.run(sequenceAt(entries, entryCount(entries) - 1), userNumber);
    removeBetween.run(first, firstKept);
  }

  function rewrite(userNumber: number, change: (entries: FeedEntries) => FeedEntries): void {
    const first = firstPlaceOf(userNumber);
    const chunks = all.all(first, first + CHUNKS_PER_USER) as unknown as Chunk[];
    const changed = change(joinEntries(chunks.map((chunk) => fromBytes(chunk.entries))));
    removeBetween.run(first, first + CHUNKS_PER_USER);
    write(userNumber, first, changed);
  }

  return {
    add,
    remove(userNumber, yublNumbers) {
      flush();
      rewrite(userNumber, (entries) => withoutYubls(entries, yublNumbers));
    },
    clear(userNumber) {
      flush();
      removeBetween.run(firstPlaceOf(userNumber), firstPlaceOf(userNumber) + CHUNKS_PER_USER);
    },
    flush,
    forget: waiting.clear,
  };
}
