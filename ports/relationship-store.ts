import type { Stored } from './stored.ts';
import type { FollowEdge } from './follow-edge.ts';
import type { UserRecord } from './user-record.ts';

/** The state of the relationships projection, and its writes. Each call is atomic, with one exception: an engine
 *  without large transactions may remove only some of a leaver's many follows and fail; repeating the call removes the
 *  rest.
 *
 *  Invariant, also for a reader between two calls: the lists of followers and of following hold exactly the edges with
 *  a follow whose users have not left, and both counts of every user are the lengths of their lists.
 *
 *  `fold` returns what is to be stored; the same object means that nothing changes and nothing is written. It is pure,
 *  and a store with several writers may call it again when another one was faster. */
export interface RelationshipStore {
  /** Does nothing for a user who left. */
  changeUser(userId: string, fold: Fold<UserRecord>): Stored<void>;

  /** Does nothing if either user left; neither needs to have joined. */
  changeEdge(pair: FollowPair, fold: Fold<FollowEdge>): Stored<void>;

  /** Removes a user who left from all lists and counts, in both directions, permanently. Everything else known of them
   *  is erased. May be repeated, and may come before anything else is known of the user. */
  removeUser(userId: string): Stored<void>;
}

export type Fold<Known> = (before: Known | undefined) => Known;

export interface FollowPair {
  readonly followerId: string;
  readonly followeeId: string;
}
