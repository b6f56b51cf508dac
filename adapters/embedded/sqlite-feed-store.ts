import type { FannedOutYubl, FollowerBatch } from '../../ports/fan-out.ts';
import type { FeedStore } from '../../ports/feed-store.ts';
import type { FollowEdge } from '../../ports/follow-edge.ts';
import { entryOf } from './feed-entries.ts';
import { openFeedChunks } from './feed-chunks.ts';
import { openFeedEdges, packFollows, unpackEdge } from './feed-edges.ts';
import { openFeedUsers } from './feed-users.ts';
import { openFeedYubls } from './feed-yubls.ts';
import type { ProjectionFile } from './projection-file.ts';

export interface SqliteFeedStore extends FeedStore {
  /** Entries made since it was opened, before feeds are cut to their length. */
  entriesMade(): number;
}

/** A batch of this store: followers by their numbers. */
interface NumberedFollowers extends FollowerBatch {
  readonly numbers: readonly number[];
}

export function openSqliteFeedStore(file: ProjectionFile, feedLength: number): SqliteFeedStore {
  const { database } = file;
  const users = openFeedUsers(database);
  const edges = openFeedEdges(database);
  const yubls = openFeedYubls(database);
  const chunks = openFeedChunks(database, feedLength);
  let made = 0;
  file.onTransaction({
    flush() {
      chunks.flush();
      users.flush();
    },
    forget() {
      chunks.forget();
      users.forget();
      edges.forget();
      yubls.forget();
    },
  });

  /** Takes the followee's yubls out of the follower's feed and puts in those that he may see now. */
  function align(
    pair: { followee: number; follower: number },
    since: { old: string | null; new: string | null },
  ): void {
    if (since.old !== null) chunks.remove(pair.follower, yubls.numbersOf(pair.followee, since.old));
    if (since.new === null) return;
    for (const yubl of yubls.visibleAfter(pair.followee, since.new)) {
      chunks.add(pair.follower, ...entryOf(yubl.sequence, yubl.number));
      made += 1;
    }
  }

  return {
    entriesMade: () => made,
    edge(followerId, followeeId) {
      const stored = edges.read(users.of(followeeId).number, users.of(followerId).number);
      return stored && unpackEdge(stored, followerId, followeeId);
    },
    putEdge(edge: FollowEdge) {
      const followee = users.of(edge.followeeId);
      const follower = users.of(edge.followerId);
      const pair = { followee: followee.number, follower: follower.number };
      const old = edges.read(pair.followee, pair.follower)?.since ?? null;
      const since = followee.gone || follower.gone ? null : (edge.follows[0]?.sequence ?? null);
      edges.write({ ...pair, since, follows: packFollows(edge), unfollowed: edge.unfollowed ?? null });
      if (since !== old) align(pair, { old, new: since });
    },
    addYubl(yubl) {
      const author = users.of(yubl.authorId);
      const added = yubls.add(yubl, author.number, author.gone);
      if (added) users.countYubls(author.number, 1);
      return added;
    },
    deleteYubl(yublId) {
      const author = yubls.hide(yublId);
      if (author !== undefined) users.countYubls(author, -1);
    },
    removeUser(userId) {
      const user = users.of(userId);
      users.markGone(user);
      yubls.hideAllOf(user.number);
      edges.end(user.number);
      chunks.clear(user.number);
    },
    followerCount: (authorId) => edges.followerCount(users.of(authorId).number),
    followersOf: ({ authorId, sequence }, sizeMax) =>
      inBatches(edges.followersBefore(users.of(authorId).number, sequence), sizeMax),
    pullAuthor: (authorId) => users.markPulled(users.of(authorId)),
    addToFeeds(yubl: FannedOutYubl, followers) {
      const number = yubls.numberOf(yubl.yublId);
      if (number === undefined) return;
      const [seconds, ordinal] = entryOf(yubl.sequence, number);
      const { numbers } = followers as NumberedFollowers;
      for (const follower of numbers) chunks.add(follower, seconds, ordinal, number);
      made += numbers.length;
    },
  };
}

function inBatches(numbers: readonly number[], sizeMax: number): NumberedFollowers[] {
  if (numbers.length === 0) return [];
  if (numbers.length <= sizeMax) return [{ size: numbers.length, numbers }];
  const batches: NumberedFollowers[] = [];
  for (let from = 0; from < numbers.length; from += sizeMax) {
    const part = numbers.slice(from, from + sizeMax);
    batches.push({ size: part.length, numbers: part });
  }
  return batches;
}
