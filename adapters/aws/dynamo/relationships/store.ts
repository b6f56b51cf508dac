import { defined } from '../../../../events/defined.ts';
import type { FollowEdge } from '../../../../ports/follow-edge.ts';
import type { Fold, FollowPair, RelationshipStore } from '../../../../ports/relationship-store.ts';
import type { UserRecord } from '../../../../ports/user-record.ts';
import { createKeyQueue, type KeyQueue } from '../../../../resilience/key-queue.ts';
import { LOST, untilUncontended } from '../contention.ts';
import {
  type EdgeItem,
  edgeKey,
  edgeOf,
  entriesOf,
  type ListEntry,
  profileKey,
  type ProfileItem,
  userRecordOf,
} from './items.ts';
import { removeLeaver } from './leaving.ts';
import { keyText } from '../item.ts';
import { countAction, countIn, hasLeft, shardKey } from './user-shards.ts';
import type { Condition, DynamoTable, TransactAction } from '../dynamo-table.ts';

/** The relationships in their own table, which any number of writers share. A request that succeeded without a response
 *  is detected by reading again: the fold then changes nothing. */
export function openDynamoRelationshipStore(
  table: DynamoTable,
  { apartFrom = 128 }: RelationshipStoreOptions = {},
): RelationshipStore {
  // Not needed for correctness: it only keeps transactions of one process from cancelling each other, which costs money
  // and time.
  const followees = createKeyQueue();
  return {
    changeUser: (userId, fold) => untilUncontended(table, 'a user', () => changeUser(table, userId, fold)),
    changeEdge: (pair, fold) =>
      untilUncontended(table, 'an edge', () => changeEdge({ table, apartFrom, followees }, pair, fold)),
    removeUser: (userId) => removeLeaver(table, userId),
  };
}

export interface RelationshipStoreOptions {
  /** A list is written only at its top, where no partition can be split, and one takes 1,000 write units a second,
   *  which are 250 follows. So a shard with this many followers lists further ones in its own partition. */
  readonly apartFrom?: number;
}

type Attempted = typeof LOST | void;

async function changeUser(table: DynamoTable, userId: string, fold: Fold<UserRecord>): Promise<Attempted> {
  const known: ProfileItem | undefined = await table.get(profileKey(userId));
  if (known?.hasLeft) return;
  const before = known && userRecordOf(userId, known);
  const after = fold(before);
  if (after === before) return;
  const { userId: _, ...fields } = after;
  const item = { ...profileKey(userId), ...fields, v: (known?.v ?? 0) + 1 };
  if (!(await table.put(item, unchangedSince(known)))) return LOST;
}

interface EdgeStore {
  readonly table: DynamoTable;
  readonly apartFrom: number;
  /** Serializes the writers of one followee's shard. */
  readonly followees: KeyQueue;
}

async function changeEdge(
  { table, apartFrom, followees }: EdgeStore,
  pair: FollowPair,
  fold: Fold<FollowEdge>,
): Promise<Attempted> {
  const { followerId, followeeId } = pair;
  const key = edgeKey(pair);
  const shards = [shardKey(followerId, followeeId), shardKey(followeeId, followerId)] as const;
  const found = await table.getAll([key, ...shards]);
  const [followerShard, followeeShard] = shards.map((shard) => found.get(keyText(shard)));
  if (hasLeft(followerShard, followeeShard)) return;
  const known = found.get(keyText(key)) as EdgeItem | undefined;
  const before = known && edgeOf(pair, known);
  const after = fold(before);
  if (after === before) return;
  const crowded = countIn(followeeShard ? [followeeShard] : [], 'followers') >= apartFrom;
  const actions = edgeActions({ known, before, after, crowded });
  // Where many users follow one user at once, their transactions collide here.
  const lost = await followees.run(keyText(shards[1]), () => table.transact(actions));
  // The second and third conditions fail if one of the two has left meanwhile.
  if (lost.length > 0 && lost.every((place) => place === 0)) return LOST;
}

interface EdgeChange {
  readonly known: EdgeItem | undefined;
  readonly before: FollowEdge | undefined;
  readonly after: FollowEdge;
  /** Whether a new follow is listed apart. */
  readonly crowded: boolean;
}

function edgeActions({ known, before, after, crowded }: EdgeChange): TransactAction[] {
  const { followerId, followeeId, follows, unfollowed } = after;
  const follow = known !== undefined && known.follows.length > 0 ? 1 : 0;
  const wasApart = known?.apart === true;
  const nowApart = follows.length > 0 && (follow === 1 ? wasApart : crowded);
  const change = Math.min(follows.length, 1) - follow;
  const item: EdgeItem = {
    ...edgeKey(after),
    follows,
    ...defined({ unfollowed }),
    ...(nowApart && { apart: true }),
    v: (known?.v ?? 0) + 1,
  };
  return [
    { put: item, condition: unchangedSince(known) },
    countAction(followerId, followeeId, { following: change }),
    countAction(followeeId, followerId, { followers: change, apart: Number(nowApart) - Number(wasApart) }),
    ...listActions(before ? entriesOf(before, wasApart) : [], entriesOf(after, nowApart)),
  ];
}

function listActions(before: readonly ListEntry[], after: readonly ListEntry[]): TransactAction[] {
  const old = new Map(before.map((entry) => [keyText(entry), entry]));
  const kept = new Set(after.map(keyText));
  return [
    ...before.filter((entry) => !kept.has(keyText(entry))).map(({ pk, sk }) => ({ delete: { pk, sk } })),
    ...after.filter((entry) => old.get(keyText(entry))?.since !== entry.since).map((entry) => ({ put: entry })),
  ];
}

function unchangedSince(known: { readonly v?: number } | undefined): Condition {
  if (known === undefined) return { expression: 'attribute_not_exists(pk)' };
  return { expression: 'v = :before', values: { ':before': known.v } };
}
