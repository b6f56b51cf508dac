import type { FannedOutYubl, FollowerBatch } from './fan-out.ts';
import type { FeedItem } from './feed-reader.ts';
import type { FollowEdge } from './follow-edge.ts';
import type { Fold, FollowPair } from './relationship-store.ts';
import type { Stored } from './stored.ts';

/** What the feed projection keeps, and the writes that rule 6 needs. All of it happens in the projection's transaction, or, where the
 *  engine has none, so that the same call made again finishes what one before it began.
 *
 *  Invariant: for a user whose feed has a floor, every yubl at or above the floor that he may see and that is not pulled
 *  is among his entries. What lies below the floor, and what pulled authors post, a reader takes from the authors. */
export interface FeedStore {
  /** Keeps what `fold` gives and brings the follower's entries in line: those of the followee up to the beginning of the
   *  present following go, later ones come. The same object means that nothing changes; a store without transactions then
   *  finishes what a call before began. An edge of a user who left shows nothing. `fold` is pure and may be called again when
   *  another writer was faster. */
  changeEdge(pair: FollowPair, fold: Fold<FollowEdge>): Stored<void>;

  /** Gives the yubl as it is stored, which is as it came first; undefined if nobody may see it, because it was deleted or
   *  its author left. Whoever adds it again, after a failure, gets the same answer. */
  addYubl(yubl: FeedItem): Stored<FannedOutYubl | undefined>;
  /** The yubl is gone for everybody, also if it comes only later. */
  deleteYubl(yublId: string): Stored<void>;
  /** His feed, his yubls and his follows in both directions are gone, also those that come only later. */
  removeUser(userId: string): Stored<void>;

  /** How many followers may see what `authorId` posts now. Counts no further than `countMax`. */
  followerCount(authorId: string, countMax: number): Stored<number>;
  /** A batch of those who followed the author before the yubl's sequence: the first, or the one at `from`, which the
   *  batch before it gave as its `next`. */
  followersOf(yubl: FannedOutYubl, sizeMax: number, from?: FollowersPlace): Stored<FollowerPage>;
  /** From now on the author's yubls are taken from him when a follower reads. Never taken back: some of his yubls are in
   *  no feed. */
  pullAuthor(authorId: string): Stored<void>;

  /** Adds the yubl to the feeds of the batch. Adding it again changes nothing. */
  addToFeeds(yubl: FannedOutYubl, followers: FollowerBatch): Stored<void>;
}

export interface FollowerPage {
  readonly batch: FollowerBatch;
  /** Absent at the end of the followers. */
  readonly next?: FollowersPlace;
}

/** Where a batch begins, in the terms of the store: an offset here, a key there. */
export type FollowersPlace = number | string;
