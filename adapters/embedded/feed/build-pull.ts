import type { DatabaseSync } from 'node:sqlite';
import { ordinalOf, type Sequence, secondsOf } from '../../../events/sequence.ts';
import type { FeedBuildEdges } from './build-edges.ts';
import { type FeedBuildYubls, sequenceOfRank, type YublsInOrder } from './build-yubls.ts';
import { ENTRY_NUMBERS } from './entries.ts';
import { CHUNK_ENTRIES, firstPlaceOf } from './file.ts';

export interface FeedBuildUser {
  readonly number: number;
  readonly userId: string;
  gone: boolean;
  pulled: boolean;
  /** The number of their visible yubls. */
  yubls: number;
}

/** The feeds, pulled from the authors: the newest entries of each, without any that these would push out. */
export interface PulledFeeds {
  insertChunks(database: DatabaseSync): void;
  /** The floors of feeds that were cut; filled by `insertChunks`. */
  readonly floors: ReadonlyMap<number, Sequence>;
}

interface PullOptions {
  readonly users: { readonly all: readonly FeedBuildUser[] };
  readonly edges: FeedBuildEdges;
  readonly yubls: FeedBuildYubls;
  readonly feedLength: number;
}

export function pullFeeds({ users, edges, yubls, feedLength }: PullOptions): PulledFeeds {
  const floors = new Map<number, Sequence>();
  return {
    floors,
    insertChunks(database) {
      const order = yubls.inOrder();
      const newest = openNewest(order.count, feedLength);
      const writeChunk = chunkWriter(database, order);
      for (const user of users.all) {
        if (user.gone) continue;
        for (const [followee, since] of edges.followees(user.number)) {
          if (users.all[followee - 1]?.pulled) continue;
          const ranks = order.ranksOf(followee);
          // One more than a feed shows: the newest omitted yubl is the floor.
          newest.offer(ranks.subarray(Math.max(firstBehind(order, ranks, since), ranks.length - feedLength - 1)));
        }
        const { ranks, omitted } = newest.take();
        if (omitted !== undefined) floors.set(user.number, sequenceOfRank(order, omitted));
        const first = firstPlaceOf(user.number);
        for (let from = 0; from < ranks.length; from += CHUNK_ENTRIES) {
          writeChunk(first + from / CHUNK_ENTRIES, ranks.subarray(from, from + CHUNK_ENTRIES));
        }
      }
    },
  };
}

/** The index of the author's first yubl after a sequence. */
function firstBehind({ seconds, ordinals }: YublsInOrder, ranks: Uint32Array, since: Sequence): number {
  const [sinceSeconds, sinceOrdinal] = [secondsOf(since), ordinalOf(since)];
  let low = 0;
  let high = ranks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const rank = ranks[middle] ?? 0;
    const behind = (seconds[rank] ?? 0) - sinceSeconds || (ordinals[rank] ?? 0) - sinceOrdinal;
    if (behind > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

interface Newest {
  /** Each rank is offered only once. */
  offer(ranks: Uint32Array): void;
  /** The highest of the offered ranks, at most `length`, ascending, and the highest of the others. Starts over. */
  take(): { ranks: Uint32Array; omitted: number | undefined };
}

// Up to this many ranks are sorted; for more, each sets its bit, and the bits are read from the top.
const SORTED_MAX = 512;

function openNewest(rankCount: number, length: number): Newest {
  const few = new Uint32Array(SORTED_MAX);
  const bits = new Uint32Array((rankCount >>> 5) + 1);
  const taken = new Uint32Array(length);
  let offered = 0;
  let highestWord = 0;

  function mark(ranks: Uint32Array): void {
    for (let at = 0; at < ranks.length; at += 1) {
      const rank = ranks[at] ?? 0;
      bits[rank >>> 5] = (bits[rank >>> 5] ?? 0) | (1 << (rank & 31));
    }
    highestWord = Math.max(highestWord, (ranks.at(-1) ?? 0) >>> 5);
  }

  function takeSorted(): { ranks: Uint32Array; omitted: number | undefined } {
    const sorted = few.subarray(0, offered).toSorted();
    const surplus = Math.max(0, offered - length);
    return { ranks: sorted.subarray(surplus), omitted: surplus > 0 ? sorted[surplus - 1] : undefined };
  }

  function takeMarked(): { ranks: Uint32Array; omitted: number | undefined } {
    let place = length;
    let omitted: number | undefined;
    for (let word = highestWord; word >= 0 && omitted === undefined; word -= 1) {
      for (let left = bits[word] ?? 0; left !== 0;) {
        const bit = 31 - Math.clz32(left);
        left &= ~(1 << bit);
        if (place === 0) {
          omitted = word * 32 + bit;
          break;
        }
        place -= 1;
        taken[place] = word * 32 + bit;
      }
    }
    bits.fill(0, 0, highestWord + 1);
    highestWord = 0;
    return { ranks: taken.subarray(place), omitted };
  }

  return {
    offer(ranks) {
      if (ranks.length === 0) return;
      const before = offered;
      offered += ranks.length;
      if (offered <= SORTED_MAX) return few.set(ranks, before);
      if (before <= SORTED_MAX) mark(few.subarray(0, before).toSorted());
      mark(ranks);
    },
    take() {
      const found = offered <= SORTED_MAX ? takeSorted() : takeMarked();
      offered = 0;
      return found;
    },
  };
}

function chunkWriter(database: DatabaseSync, { seconds, ordinals, numbers }: YublsInOrder) {
  const insert = database.prepare('INSERT INTO feed_chunk VALUES (?, ?)');
  const entries = new Uint32Array(CHUNK_ENTRIES * ENTRY_NUMBERS);
  return (place: number, ranks: Uint32Array): void => {
    let at = 0;
    for (const rank of ranks) {
      entries[at] = seconds[rank] ?? 0;
      entries[at + 1] = ordinals[rank] ?? 0;
      entries[at + 2] = numbers[rank] ?? 0;
      at += ENTRY_NUMBERS;
    }
    insert.run(place, entries.subarray(0, at));
  };
}
