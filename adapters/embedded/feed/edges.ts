import type { DatabaseSync } from 'node:sqlite';
import type { Sequence } from '../../../events/sequence.ts';
import type { FollowEdge } from '../../../ports/follow-edge.ts';

/** The follows, for the writer of the feed file. An author's followers are cached in memory, because each of the
 *  author's yubls needs them. */
export interface FeedEdges {
  read(followee: number, follower: number): StoredEdge | undefined;
  /** `since` is what readers use: null if there is no current follow or one of the two users left. */
  write(edge: StoredEdge & { followee: number; follower: number }): void;
  /** Stops counting at `countMax`, and caches no more than that. */
  followerCount(followee: number, countMax: number): number;
  /** Followers since before the sequence. Valid until the next write. */
  followersBefore(followee: number, sequence: Sequence): readonly number[];
  /** Ends all follows of and by a user; they stay in the file, so that a late event does not restore them. */
  end(userNumber: number): void;
  forget(): void;
}

export interface StoredEdge {
  readonly since: Sequence | null;
  readonly follows: string;
  readonly unfollowed: Sequence | null;
}

interface Followers {
  readonly numbers: number[];
  /** The newest `since` of them: a later yubl is for all of them. */
  newest: Sequence;
}

// In numbers of 8 bytes; the map's entry for an author, who may have no followers, counts as 20 of them.
const CACHED_MAX = 2_000_000;
const CACHED_PER_AUTHOR = 20;
// The value of LIMIT in SQL.
const NO_LIMIT = -1;

export function openFeedEdges(database: DatabaseSync): FeedEdges {
  const select = database.prepare('SELECT since, follows, unfollowed FROM edge WHERE followee = ? AND follower = ?');
  const upsert = database.prepare('INSERT OR REPLACE INTO edge VALUES (?, ?, ?, ?, ?)');
  const followers = database.prepare(
    'SELECT follower, since FROM edge WHERE followee = ? AND since IS NOT NULL LIMIT ?',
  );
  const before = database.prepare('SELECT follower FROM edge WHERE followee = ? AND since < ?');
  followers.setReturnArrays(true);
  const endOf = database.prepare('UPDATE edge SET since = NULL WHERE followee = ?1');
  const endBy = database.prepare('UPDATE edge SET since = NULL WHERE follower = ?1');
  const cached = new Map<number, Followers>();
  let cachedSize = 0;

  function forget(): void {
    cached.clear();
    cachedSize = 0;
  }

  /** Cached lists are complete; a list of `countMax` or more may be incomplete and is not cached. */
  function load(followee: number, countMax = NO_LIMIT): Followers {
    const known = cached.get(followee);
    if (known !== undefined) return known;
    const rows = followers.all(followee, countMax) as unknown as [number, Sequence][];
    const numbers = rows.map(([follower]) => follower);
    const newest = rows.reduce((max, [, since]) => (since > max ? since : max), '');
    if (numbers.length === countMax) return { numbers, newest };
    const size = CACHED_PER_AUTHOR + numbers.length;
    if (cachedSize + size > CACHED_MAX) forget();
    cachedSize += size;
    const loaded = { numbers, newest };
    cached.set(followee, loaded);
    return loaded;
  }

  return {
    read: (followee, follower) => select.get(followee, follower) as unknown as StoredEdge | undefined,
    write({ followee, follower, since, follows, unfollowed }) {
      const old = select.get(followee, follower) as unknown as StoredEdge | undefined;
      upsert.run(followee, follower, since, follows, unfollowed);
      const known = cached.get(followee);
      if (known === undefined) return;
      if ((old?.since ?? null) === null && since !== null) {
        known.numbers.push(follower);
        cachedSize += 1;
        if (since > known.newest) known.newest = since;
      } else if (old?.since !== since) {
        cached.delete(followee);
        cachedSize -= CACHED_PER_AUTHOR + known.numbers.length;
      }
    },
    followerCount: (followee, countMax) => load(followee, countMax).numbers.length,
    followersBefore(followee, sequence) {
      const { numbers, newest } = load(followee);
      if (sequence > newest) return numbers;
      return (before.all(followee, sequence) as { follower: number }[]).map(({ follower }) => follower);
    },
    end(userNumber) {
      endOf.run(userNumber);
      endBy.run(userNumber);
      forget();
    },
    forget,
  };
}

/** Only the sequences: the feed does not need the times of follows. */
export function packFollows(edge: FollowEdge): string {
  return edge.follows.map(({ sequence }) => sequence).join(',');
}

export function unpackEdge(stored: StoredEdge, followerId: string, followeeId: string): FollowEdge {
  const sequences = stored.follows === '' ? [] : stored.follows.split(',');
  return {
    followerId,
    followeeId,
    follows: sequences.map((sequence) => ({ sequence, followedAt: '' })),
    ...(stored.unfollowed !== null && { unfollowed: stored.unfollowed }),
  };
}
