import type { DatabaseSync } from 'node:sqlite';
import type { Sequence } from '../../../events/sequence.ts';
import type { FannedOutYubl, FollowerBatch } from '../../../ports/fan-out.ts';
import type { FeedStore } from '../../../ports/feed-store.ts';
import { type ProjectionBuild, writeBuildFile } from '../build/file.ts';
import { packFollows, unpackEdge } from './edges.ts';
import { createFeedBuildEdges, type FeedBuildEdges } from './build-edges.ts';
import { pullFeeds, type FeedBuildUser } from './build-pull.ts';
import { createFeedBuildYubls, type FeedBuildYubls } from './build-yubls.ts';
import { FEED_SCHEMA, FEED_VERSION } from './file.ts';

const USER_BYTES = 300;

interface Parts {
  readonly users: BuildUsers;
  readonly edges: FeedBuildEdges;
  readonly yubls: FeedBuildYubls;
  readonly feedLength: number;
  /** Number of entries that the ordinary fan-out would have made by now. */
  entries: number;
}

/** The feeds in memory, until they are written. While events are applied, entries are only counted. At the end each
 *  feed is pulled, which produces its newest entries and none that later ones would push out. */
export function createFeedBuild(feedLength: number): FeedStore & ProjectionBuild {
  const users = createBuildUsers();
  const edges = createFeedBuildEdges();
  const yubls = createFeedBuildYubls();
  const parts: Parts = { users, edges, yubls, feedLength, entries: 0 };
  return {
    ...following(parts),
    ...posting(parts),
    ...fanningOut(parts),
    bytes: () => users.all.length * USER_BYTES + edges.bytes() + yubls.bytes(),
    feedEntries: () => parts.entries,
    write(path, position) {
      const feeds = pullFeeds(parts);
      const insert = (database: DatabaseSync) => {
        feeds.insertChunks(database);
        insertUsers(database, users.all, feeds.floors);
        edges.insert(database);
        yubls.insertHidings(database);
        database.prepare('UPDATE feed_total SET entries = ?').run(parts.entries);
      };
      const waiting = { rows: yubls.rows, sql: 'INSERT INTO built.yubl SELECT * FROM main.yubl' };
      writeBuildFile(path, position, { version: FEED_VERSION, schema: FEED_SCHEMA, insert, waiting });
    },
  };
}

interface BuildUsers {
  readonly all: readonly FeedBuildUser[];
  of(userId: string): FeedBuildUser;
}

function createBuildUsers(): BuildUsers {
  const byId = new Map<string, FeedBuildUser>();
  const all: FeedBuildUser[] = [];
  return {
    all,
    of(userId) {
      let user = byId.get(userId);
      if (user === undefined) {
        user = { number: all.length + 1, userId, gone: false, pulled: false, yubls: 0 };
        byId.set(userId, user);
        all.push(user);
      }
      return user;
    },
  };
}

function following(parts: Parts): Pick<FeedStore, 'changeEdge' | 'removeUser'> {
  const { users, edges, yubls, feedLength } = parts;
  return {
    changeEdge({ followerId, followeeId }, fold) {
      const followee = users.of(followeeId);
      const follower = users.of(followerId);
      const known = edges.read(followee.number, follower.number);
      const before = known && unpackEdge(known, followerId, followeeId);
      const edge = fold(before);
      if (edge === before) return;
      const since = followee.gone || follower.gone ? null : (edge.follows[0]?.sequence ?? null);
      const stored = { since, follows: packFollows(edge), unfollowed: edge.unfollowed ?? null };
      const old = edges.write(followee.number, follower.number, stored);
      // A late follow adds what was posted since.
      if (since !== null && since !== old) parts.entries += yubls.countAfter(followee.number, since, feedLength);
    },
    removeUser(userId) {
      const user = users.of(userId);
      user.gone = true;
      user.pulled = false;
      user.yubls = 0;
      yubls.hideAllOf(user.number);
      edges.end(user.number);
    },
  };
}

function posting({ users, yubls }: Parts): Pick<FeedStore, 'addYubl' | 'deleteYubl'> {
  function known(yublId: string): FannedOutYubl | undefined {
    const found = yubls.visible(yublId);
    const author = found && users.all[found.author - 1];
    return author && { yublId, authorId: author.userId, sequence: found.sequence };
  }

  return {
    addYubl(yubl) {
      const author = users.of(yubl.authorId);
      if (!yubls.add(yubl, author.number, author.gone)) return known(yubl.yublId);
      if (author.gone) return undefined;
      author.yubls += 1;
      return yubl;
    },
    deleteYubl(yublId) {
      const author = yubls.hide(yublId);
      const user = author === undefined ? undefined : users.all[author - 1];
      if (user !== undefined) user.yubls -= 1;
    },
  };
}

type FanningOut = Pick<FeedStore, 'followerCount' | 'followersOf' | 'pullAuthor' | 'addToFeeds'>;

function fanningOut(parts: Parts): FanningOut {
  const { users, edges } = parts;
  return {
    followerCount: (authorId, countMax) => Math.min(countMax, edges.followerCount(users.of(authorId).number)),
    followersOf({ authorId, sequence }, sizeMax, from = 0) {
      const left = edges.followersBefore(users.of(authorId).number, sequence) - Number(from);
      const batch: FollowerBatch = { size: Math.min(left, sizeMax) };
      return left > sizeMax ? { batch, next: Number(from) + sizeMax } : { batch };
    },
    pullAuthor(authorId) {
      users.of(authorId).pulled = true;
    },
    addToFeeds(_yubl, followers) {
      parts.entries += followers.size;
    },
  };
}

function insertUsers(
  database: DatabaseSync,
  users: readonly FeedBuildUser[],
  floors: ReadonlyMap<number, Sequence>,
): void {
  const insert = database.prepare('INSERT INTO user VALUES (?, ?, ?, ?, ?, ?)');
  for (const { number, userId, gone, pulled, yubls } of users) {
    insert.run(number, userId, gone ? 1 : 0, pulled ? 1 : 0, yubls, floors.get(number) ?? null);
  }
}
