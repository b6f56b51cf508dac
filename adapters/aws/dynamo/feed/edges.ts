import { defined } from '../../../../events/defined.ts';
import type { Sequence } from '../../../../events/sequence.ts';
import type { FeedStore } from '../../../../ports/feed-store.ts';
import type { FollowEdge } from '../../../../ports/follow-edge.ts';
import type { FollowPair } from '../../../../ports/relationship-store.ts';
import { LOST, untilUncontended } from '../contention.ts';
import {
  behind,
  copyKey,
  edgeKey,
  entryKey,
  followeeOf,
  followersOf,
  followsOf,
  NEWEST_PLACE,
  entriesOf,
  timelineOf,
  userKey,
} from './items.ts';
import type { PulledAuthors } from './pulled.ts';
import { startWork, type WorkTime } from '../../work-time.ts';
import { type Item, type ItemKey, keyText } from '../item.ts';
import type { DynamoTable, TableQuery } from '../dynamo-table.ts';

/** Follows, and their end when a user leaves. */
export function dynamoFeedEdges(
  table: DynamoTable,
  pulled: PulledAuthors,
): Pick<FeedStore, 'changeEdge' | 'removeUser'> {
  async function changeEdge(pair: FollowPair, fold: (before: FollowEdge | undefined) => FollowEdge): Promise<void> {
    const stored = await untilUncontended(table, 'an edge', () => foldEdge(pair, fold));
    if (stored === undefined) return eraseEdge(pair);
    await keepCopy(pair, stored);
    // The copy first, then the timeline: a writer of a yubl writes the timeline first and then reads the copies, so
    // that of two concurrent writers at least one sees the other. Likewise leaving, which first marks the user and then
    // removes what it finds.
    const [gone] = await Promise.all([eitherIsGone(pair), addPostedSince(pair, stored.since)]);
    if (gone) await eraseEdge(pair);
  }

  /** Folds the edge, and writes it if it changed. Undefined if one of the two has left. */
  async function foldEdge(
    pair: FollowPair,
    fold: (before: FollowEdge | undefined) => FollowEdge,
  ): Promise<Versioned | undefined | typeof LOST> {
    const key = edgeKey(pair.followerId, pair.followeeId);
    const users = usersOf(pair);
    const found = await table.getAll([key, ...users]);
    if (users.some((user) => isGone(found.get(keyText(user))))) return undefined;
    const item = found.get(keyText(key));
    const before = item && unpacked(pair, item);
    const edge = fold(before);
    const since = edge.follows[0]?.sequence;
    const version = versionOf(item);
    if (edge === before) return { since, version };
    const next = { ...key, ...packed(edge), v: version + 1 };
    return (await table.put(next, versionIs(version))) ? { since, version: version + 1 } : LOST;
  }

  /** The copy follows the newest version of the edge. A slow writer that finds a newer copy leaves it. */
  async function keepCopy({ followerId, followeeId }: FollowPair, { since, version }: Versioned): Promise<void> {
    const key = copyKey(followerId, followeeId);
    const older = { expression: 'attribute_not_exists(pk) OR v < :v', values: { ':v': version } };
    if (since === undefined) await table.delete(key, older);
    else await table.put({ ...key, s: since, v: version }, older);
  }

  async function addPostedSince({ followerId, followeeId }: FollowPair, since: Sequence | undefined): Promise<void> {
    if (since === undefined || (await pulled.has(followeeId))) return;
    const posted = table.query({ ...timelineOf(followeeId), between: [behind(since), NEWEST_PLACE] });
    for await (const page of posted) {
      await Promise.all(page.map(({ sk }) => table.write({ ...entryKey(followerId, sk), a: followeeId })));
    }
  }

  async function eitherIsGone(pair: FollowPair): Promise<boolean> {
    const users = await table.getAll(usersOf(pair));
    return [...users.values()].some(isGone);
  }

  async function eraseEdge({ followerId, followeeId }: FollowPair): Promise<void> {
    await table.erase(copyKey(followerId, followeeId));
    await table.erase(edgeKey(followerId, followeeId));
  }

  async function removeUser(userId: string): Promise<void> {
    const removal = { table, work: startWork('the removal of a user') };
    await table.update(userKey(userId), { update: 'SET gone = :true REMOVE yubls', values: { ':true': true } });
    await eraseAll(removal, timelineOf(userId), (yubl) => [yubl]);
    // Each found item is erased last, so that the next attempt finds what an interrupted removal has left.
    await eraseAll(removal, followsOf(userId), (edge) => [copyKey(userId, followeeOf(edge)), edge]);
    await eraseAll(removal, followersOf(userId), (copy) => [edgeKey(copy.sk, userId), copy]);
    await eraseAll(removal, entriesOf(userId), (entry) => [entry]);
  }

  return { changeEdge, removeUser };
}

/** Erases the items belonging to each found item, one after the other. */
async function eraseAll(
  { table, work }: { readonly table: DynamoTable; readonly work: WorkTime },
  query: TableQuery,
  erased: (item: Item) => readonly ItemKey[],
): Promise<void> {
  for await (const page of table.query(query)) {
    const keys = page.map(erased);
    for (let step = 0; keys.some((each) => each.length > step); step += 1) {
      await Promise.all(keys.flatMap((each) => each.slice(step, step + 1)).map((key) => table.erase(key)));
    }
    work.assertTimeLeft();
  }
}

interface Versioned {
  readonly since: Sequence | undefined;
  readonly version: number;
}

const usersOf = ({ followerId, followeeId }: FollowPair) => [userKey(followerId), userKey(followeeId)];

const isGone = (user: Item | undefined): boolean => user?.['gone'] === true;

/** 0 if there is none. */
const versionOf = (edge: Item | undefined): number => (edge?.['v'] as number | undefined) ?? 0;

function versionIs(version: number) {
  if (version === 0) return { expression: 'attribute_not_exists(pk)' };
  return { expression: 'v = :v', values: { ':v': version } };
}

/** Only the sequences: the feed does not need the times of follows. */
function packed({ follows: [first, ...others], unfollowed }: FollowEdge) {
  return {
    ...(first && { s: first.sequence }),
    ...(others.length > 0 && { f: others.map(({ sequence }) => sequence) }),
    ...defined({ u: unfollowed }),
  };
}

function unpacked({ followerId, followeeId }: FollowPair, { s, f, u }: Item): FollowEdge {
  const sequences = [...(s === undefined ? [] : [s]), ...((f as Sequence[] | undefined) ?? [])] as Sequence[];
  return {
    followerId,
    followeeId,
    follows: sequences.map((sequence) => ({ sequence, followedAt: '' })),
    ...(u !== undefined && { unfollowed: u as Sequence }),
  };
}
