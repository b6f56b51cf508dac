import type { DatabaseSync } from 'node:sqlite';
import type { Sequence } from '../../../events/sequence.ts';
import type { StoredEdge } from './edges.ts';

/** The follows, in memory until they are written. */
export interface FeedBuildEdges {
  read(followee: number, follower: number): StoredEdge | undefined;
  /** Returns the previous `since`. */
  write(followee: number, follower: number, edge: StoredEdge): Sequence | null;
  followerCount(followee: number): number;
  /** The number of followers since before the sequence. */
  followersBefore(followee: number, sequence: Sequence): number;
  end(userNumber: number): void;
  /** Current followees, and since when they are followed. */
  followees(follower: number): Iterable<readonly [followee: number, since: Sequence]>;
  insert(database: DatabaseSync): void;
  bytes(): number;
}

interface Followee {
  readonly edges: Map<number, StoredEdge>;
  /** The number of current followers, and the newest `since` there ever was. */
  followers: number;
  newest: Sequence;
}

const EDGE_BYTES = 250;

export function createFeedBuildEdges(): FeedBuildEdges {
  const byFollowee = new Map<number, Followee>();
  const followeesOf = new Map<number, number[]>();
  let count = 0;

  function followeeOf(number: number): Followee {
    let followee = byFollowee.get(number);
    if (followee === undefined) byFollowee.set(number, (followee = { edges: new Map(), followers: 0, newest: '' }));
    return followee;
  }

  function addFollowee(follower: number, followee: number): void {
    count += 1;
    const others = followeesOf.get(follower);
    if (others === undefined) followeesOf.set(follower, [followee]);
    else others.push(followee);
  }

  function endOne(followee: Followee, follower: number, edge: StoredEdge | undefined): void {
    if (edge === undefined || edge.since === null) return;
    followee.edges.set(follower, { ...edge, since: null });
    followee.followers -= 1;
  }

  return {
    read: (followee, follower) => byFollowee.get(followee)?.edges.get(follower),
    write(followeeNumber, follower, edge) {
      const followee = followeeOf(followeeNumber);
      const before = followee.edges.get(follower);
      if (before === undefined) addFollowee(follower, followeeNumber);
      followee.edges.set(follower, edge);
      const old = before?.since ?? null;
      followee.followers += Number(edge.since !== null) - Number(old !== null);
      if (edge.since !== null && edge.since > followee.newest) followee.newest = edge.since;
      return old;
    },
    followerCount: (followee) => byFollowee.get(followee)?.followers ?? 0,
    followersBefore(number, sequence) {
      const followee = byFollowee.get(number);
      if (followee === undefined) return 0;
      if (sequence > followee.newest) return followee.followers;
      let before = 0;
      for (const { since } of followee.edges.values()) if (since !== null && since < sequence) before += 1;
      return before;
    },
    end(number) {
      const own = byFollowee.get(number);
      if (own !== undefined) for (const [follower, edge] of own.edges) endOne(own, follower, edge);
      for (const followee of followeesOf.get(number) ?? []) {
        const other = followeeOf(followee);
        endOne(other, number, other.edges.get(number));
      }
    },
    *followees(follower) {
      for (const followee of followeesOf.get(follower) ?? []) {
        const since = byFollowee.get(followee)?.edges.get(follower)?.since ?? null;
        if (since !== null) yield [followee, since];
      }
    },
    insert(database) {
      const insert = database.prepare('INSERT INTO edge VALUES (?, ?, ?, ?, ?)');
      for (const [followee, { edges }] of [...byFollowee].toSorted(([a], [b]) => a - b)) {
        for (const [follower, { since, follows, unfollowed }] of [...edges].toSorted(([a], [b]) => a - b)) {
          insert.run(followee, follower, since, follows, unfollowed);
        }
      }
    },
    bytes: () => count * EDGE_BYTES,
  };
}
