import type { Sequence } from '../../../events/sequence.ts';
import type { FannedOutYubl, FollowerBatch } from '../../../ports/fan-out.ts';
import type { FeedStore } from '../../../ports/feed-store.ts';
import { entryOf } from './entries.ts';
import { type FeedEdges, openFeedEdges, packFollows, unpackEdge } from './edges.ts';
import { type FeedUsers, openFeedUsers } from './users.ts';
import { type FeedWriter, openFeedWriter } from './writer.ts';
import { type FeedYubls, openFeedYubls } from './yubls.ts';
import type { ProjectionFile } from '../projection/file.ts';

export interface SqliteFeedStore extends FeedStore {
  /** Number of entries made since it was opened, before feeds are cut to their length. */
  entriesMade(): number;
}

/** A batch of this store: followers by their numbers. */
interface NumberedFollowers extends FollowerBatch {
  readonly numbers: readonly number[];
}

export function openSqliteFeedStore(file: ProjectionFile, feedLength: number): SqliteFeedStore {
  const { database } = file;
  const parts: Parts = {
    users: openFeedUsers(database),
    edges: openFeedEdges(database),
    yubls: openFeedYubls(database),
    feeds: openFeedWriter(database, feedLength),
  };
  const { users, edges, yubls, feeds } = parts;
  file.onTransaction({
    flush() {
      feeds.flush();
      users.flush();
    },
    forget() {
      for (const part of [feeds, users, edges, yubls]) part.forget();
    },
  });
  return { ...following(parts, feedLength), ...posting(parts), ...fanningOut(parts), entriesMade: feeds.added };
}

interface Parts {
  readonly users: FeedUsers;
  readonly edges: FeedEdges;
  readonly yubls: FeedYubls;
  readonly feeds: FeedWriter;
}

type Following = Pick<FeedStore, 'changeEdge' | 'removeUser'>;

function following({ users, edges, yubls, feeds }: Parts, feedLength: number): Following {
  // A late follow adds what was posted since, for a prolific author no more than a feed shows: readers take what is at
  // or below the floor from the author anyway.
  function addPostedSince(follower: number, author: number, since: Sequence): void {
    const newest = yubls.newestAfter(author, since, feedLength + 1);
    const [omitted] = newest.slice(feedLength);
    if (omitted !== undefined) feeds.raiseFloor(follower, omitted.sequence);
    for (const { number, sequence } of newest.slice(0, feedLength).toReversed()) {
      feeds.add(follower, entryOf(sequence, number));
    }
  }

  return {
    changeEdge({ followerId, followeeId }, fold) {
      const followee = users.of(followeeId);
      const follower = users.of(followerId);
      const stored = edges.read(followee.number, follower.number);
      const before = stored && unpackEdge(stored, followerId, followeeId);
      const edge = fold(before);
      if (edge === before) return;
      const old = stored?.since ?? null;
      const since = followee.gone || follower.gone ? null : (edge.follows[0]?.sequence ?? null);
      const pair = { followee: followee.number, follower: follower.number };
      edges.write({ ...pair, since, follows: packFollows(edge), unfollowed: edge.unfollowed ?? null });
      if (since === old) return;
      if (old !== null) feeds.remove(follower.number, (numbers) => yubls.ofAuthor(followee.number, numbers));
      if (since !== null) addPostedSince(follower.number, followee.number, since);
    },
    removeUser(userId) {
      const user = users.of(userId);
      users.markGone(user);
      yubls.hideAllOf(user.number);
      edges.end(user.number);
      feeds.clear(user.number);
    },
  };
}

function posting({ users, yubls }: Parts): Pick<FeedStore, 'addYubl' | 'deleteYubl'> {
  return {
    addYubl(yubl) {
      const author = users.of(yubl.authorId);
      if (!yubls.add(yubl, author.number, author.gone)) return yubls.visible(yubl.yublId);
      if (author.gone) return undefined;
      users.countYubls(author.number, 1);
      return yubl;
    },
    deleteYubl(yublId) {
      const author = yubls.hide(yublId);
      if (author !== undefined) users.countYubls(author, -1);
    },
  };
}

type FanningOut = Pick<FeedStore, 'followerCount' | 'followersOf' | 'pullAuthor' | 'addToFeeds'>;

function fanningOut({ users, edges, yubls, feeds }: Parts): FanningOut {
  return {
    followerCount: (authorId, countMax) => edges.followerCount(users.of(authorId).number, countMax),
    followersOf({ authorId, sequence }, sizeMax, from = 0) {
      const all = edges.followersBefore(users.of(authorId).number, sequence);
      const first = Number(from);
      const end = first + sizeMax;
      const numbers = first === 0 && all.length <= sizeMax ? all : all.slice(first, end);
      const batch: NumberedFollowers = { size: numbers.length, numbers };
      return end < all.length ? { batch, next: end } : { batch };
    },
    pullAuthor: (authorId) => users.markPulled(users.of(authorId)),
    addToFeeds(yubl: FannedOutYubl, followers) {
      const yublNumber = yubls.numberOf(yubl.yublId);
      if (yublNumber === undefined) return;
      const entry = entryOf(yubl.sequence, yublNumber);
      for (const follower of (followers as NumberedFollowers).numbers) feeds.add(follower, entry);
    },
  };
}
