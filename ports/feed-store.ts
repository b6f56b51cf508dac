import type { FannedOutYubl, FollowerBatch } from './fan-out.ts';
import type { FeedItem } from './feed-reader.ts';
import type { FollowEdge } from './follow-edge.ts';
import type { Fold, FollowPair } from './relationship-store.ts';
import type { Stored } from './stored.ts';

/** The state of the feed projection, and the writes that rule 6 needs. All of it happens in the projection's
 *  transaction, or, if the engine has none, in such a way that a repeated call finishes an earlier one that was
 *  interrupted.
 *
 *  Invariant: if a user's feed has a floor, every yubl at or above the floor that the user may see and that is not
 *  pulled is among the feed's entries. Yubls below the floor, and those of pulled authors, are read from the
 *  authors. */
export interface FeedStore {
  /** Stores the result of `fold` and updates the follower's entries: those of the followee that are older than the
   *  current follow are removed, newer ones are added. If `fold` returns the same object nothing changes; a store
   *  without transactions then finishes an earlier call that was interrupted. The edge of a user who left shows
   *  nothing. `fold` is pure and may be called again when another writer was faster. */
  changeEdge(pair: FollowPair, fold: Fold<FollowEdge>): Stored<void>;

  /** Returns the yubl as it was first stored; undefined if it is not visible, because it was deleted or its author
   *  left. Adding it again, after a failure, returns the same. */
  addYubl(yubl: FeedItem): Stored<FannedOutYubl | undefined>;
  /** Removes the yubl for all users, even if it arrives later. */
  deleteYubl(yublId: string): Stored<void>;
  /** Removes the user's feed, yubls and follows in both directions, including those that arrive later. */
  removeUser(userId: string): Stored<void>;

  /** The number of followers who may see what `authorId` posts now. Stops counting at `countMax`. */
  followerCount(authorId: string, countMax: number): Stored<number>;
  /** A batch of those who followed the author before the yubl's sequence: the first batch, or the one at `from`, the
   *  `next` of the batch before it. */
  followersOf(yubl: FannedOutYubl, sizeMax: number, from?: FollowersPlace): Stored<FollowerPage>;
  /** From now on the author's yubls are pulled from the author when a follower reads. Permanent: some of these yubls
   *  are in no feed. */
  pullAuthor(authorId: string): Stored<void>;

  /** Adds the yubl to the feeds of the batch. Adding it again changes nothing. */
  addToFeeds(yubl: FannedOutYubl, followers: FollowerBatch): Stored<void>;
}

export interface FollowerPage {
  readonly batch: FollowerBatch;
  /** Absent at the end of the followers. */
  readonly next?: FollowersPlace;
}

/** The beginning of a batch, in the terms of the store: an offset or a key. */
export type FollowersPlace = number | string;
