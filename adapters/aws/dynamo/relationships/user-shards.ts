import { keyRangeOf } from '../../../../ports/parking-lot.ts';
import type { Item, ItemKey } from '../item.ts';
import type { DynamoTable, TransactAction, UpdateExpression } from '../dynamo-table.ts';

// What is counted of a user, and whether he has left, without an item that everybody who has to do with him writes: it lies in
// a few items, his shards, and the other user's id says which one. An item that is not there counts nothing. All of them are
// small enough to be read for the price of one.

/** Transactions of one shard stand in each other's way, so there are several; each costs a leaver a write. */
export const USER_SHARDS = 8;

/** By name, for instance `followers`: how many there are, or how many more. */
export type Counts = Readonly<Record<string, number>>;

/** Where all that is in `userId`'s shards begins, and nothing else of him should. */
export const SHARD_PREFIX = '@';

export function userPartition(userId: string): string {
  return `U#${userId}`;
}

/** Whose partition an item lies in. */
export function userIn({ pk }: ItemKey): string {
  return pk.slice(2);
}

export function shardOf(otherId: string): number {
  return keyRangeOf(otherId) % USER_SHARDS;
}

export function shardKey(userId: string, otherId: string): ItemKey {
  return keyOf(userId, shardOf(otherId));
}

/** Belongs into the transaction that changes what `userId` has to do with `otherId`: changes his counts on condition that
 *  he has not left. Without a change it is the condition alone. */
export function countAction(userId: string, otherId: string, change: Counts = {}): TransactAction {
  const update = shardKey(userId, otherId);
  const condition = 'attribute_not_exists(hasLeft)';
  if (Object.values(change).every((by) => by === 0)) return { check: update, condition: { expression: condition } };
  return { update, change: { ...addition(change), condition } };
}

/** Changes his counts because the other one leaves, also if he has left himself: then nobody asks for them. */
export function countOutAction(userId: string, leaverId: string, change: Counts): TransactAction {
  return { update: shardKey(userId, leaverId), change: addition(change) };
}

function addition(change: Counts): UpdateExpression {
  const changes = Object.entries(change).filter(([, by]) => by !== 0);
  return {
    update: `ADD ${changes.map(([name]) => `${name} :${name}`).join(', ')}`,
    values: Object.fromEntries(changes.map(([name, by]) => [`:${name}`, by])),
  };
}

/** What has to be done in one transaction for a user who leaves: from then on no `countAction` of his is done, and all that
 *  were are seen by a strongly consistent read. May be done again. */
export function leaveActions(userId: string): TransactAction[] {
  // His counts go with the rest of what was known of him.
  return Array.from({ length: USER_SHARDS }, (_, shard) => ({
    put: { ...keyOf(userId, shard), hasLeft: true },
  }));
}

/** One request, usually of one read unit. What is done at the same time is seen in a part of them, or not at all. */
export async function readShards(table: DynamoTable, userId: string): Promise<Item[]> {
  return await table.queryAll({ pk: userPartition(userId), begins: SHARD_PREFIX });
}

export function hasLeft(...shards: readonly (Item | undefined)[]): boolean {
  return shards.some((shard) => shard?.['hasLeft'] === true);
}

/** How many there are in all. */
export function countIn(shards: readonly Item[], name: string): number {
  return shards.reduce((sum, shard) => sum + ((shard[name] as number | undefined) ?? 0), 0);
}

/** The shards that count any. */
export function shardsWith(shards: readonly Item[], name: string): number[] {
  return shards.filter((shard) => countIn([shard], name) > 0).map(({ sk }) => Number(sk.slice(SHARD_PREFIX.length)));
}

function keyOf(userId: string, shard: number): ItemKey {
  return { pk: userPartition(userId), sk: `${SHARD_PREFIX}${shard}` };
}
