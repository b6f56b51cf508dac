import type { Stored } from './stored.ts';
import type { FollowEdge } from './follow-edge.ts';
import type { UserRecord } from './user-record.ts';

/** What the relationships projection keeps, and its writes. Each call is all or nothing; but of a leaver's many
 *  follows an engine without large transactions may take out some and fail: the same call made again takes out the rest.
 *
 *  Invariant, also for a reader that comes between two calls: the lists of followers and of following hold exactly the
 *  edges with a follow of which neither user has left, and both counts of every user are the lengths of his lists.
 *
 *  `fold` gives what is to be kept; the same object means that nothing changes and nothing is written. It is pure, and a
 *  store that several writers share may call it again when another one was faster. */
export interface RelationshipStore {
  /** Does nothing for a user who left. */
  changeUser(userId: string, fold: Fold<UserRecord>): Stored<void>;

  /** Does nothing if either user left; neither needs to have joined. */
  changeEdge(pair: FollowPair, fold: Fold<FollowEdge>): Stored<void>;

  /** He left: out of all lists and counts, in both directions, and nothing that is written later brings him back. What
   *  was known of him is erased but for that. May be called again, and before anything else is known of him. */
  removeUser(userId: string): Stored<void>;
}

export type Fold<Known> = (before: Known | undefined) => Known;

export interface FollowPair {
  readonly followerId: string;
  readonly followeeId: string;
}
