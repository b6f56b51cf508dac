import { keyRangeOf } from '../../../../events/key-range.ts';
import type { Item, ItemKey } from '../item.ts';
import type { DynamoTable, TransactAction, UpdateExpression } from '../dynamo-table.ts';

// A user's counts, and whether they left, without a single item that every related user writes: they are spread over a
// few items, the user's shards, and the other user's id determines the shard. A missing item counts zero. All of them
// are small enough to be read for the price of one.

/** Transactions on one shard conflict, so there are several; each costs a leaver a write. */
export const USER_SHARDS = 8;

/** By name, for instance `followers`: a number, or a change of it. */
export type Counts = Readonly<Record<string, number>>;

/** The sort keys of `userId`'s shards begin with this, and no others do. */
export const SHARD_PREFIX = '@';

export function userPartition(userId: string): string {
  return `U#${userId}`;
}

/** The user whose partition an item lies in. */
export function userIn({ pk }: ItemKey): string {
  return pk.slice(2);
}

export function shardOf(otherId: string): number {
  return keyRangeOf(otherId) % USER_SHARDS;
}

export function shardKey(userId: string, otherId: string): ItemKey {
  return keyOf(userId, shardOf(otherId));
}

/** Part of the transaction that changes something between `userId` and `otherId`: changes the user's counts on
 *  condition that they have not left. Without a change it is only the condition. */
export function countAction(userId: string, otherId: string, change: Counts = {}): TransactAction {
  const update = shardKey(userId, otherId);
  const condition = 'attribute_not_exists(hasLeft)';
  if (Object.values(change).every((by) => by === 0)) return { check: update, condition: { expression: condition } };
  return { update, change: { ...addition(change), condition } };
}

/** Changes the user's counts because the other one leaves, even if the user has left too: then the counts are not
 *  read. */
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

/** Part of the transaction that removes a user: afterwards no `countAction` of theirs succeeds, and all earlier ones
 *  are visible to a strongly consistent read. May be repeated. */
export function leaveActions(userId: string): TransactAction[] {
  // The counts are removed with everything else that was known of the user.
  return Array.from({ length: USER_SHARDS }, (_, shard) => ({
    put: { ...keyOf(userId, shard), hasLeft: true },
  }));
}

/** One request, usually of one read unit. Concurrent changes may be visible in part or not at all. */
export async function readShards(table: DynamoTable, userId: string): Promise<Item[]> {
  return await table.queryAll({ pk: userPartition(userId), begins: SHARD_PREFIX });
}

export function hasLeft(...shards: readonly (Item | undefined)[]): boolean {
  return shards.some((shard) => shard?.['hasLeft'] === true);
}

/** The total of a count. */
export function countIn(shards: readonly Item[], name: string): number {
  return shards.reduce((sum, shard) => sum + ((shard[name] as number | undefined) ?? 0), 0);
}

/** The shards with a count above zero. */
export function shardsWith(shards: readonly Item[], name: string): number[] {
  return shards.filter((shard) => countIn([shard], name) > 0).map(({ sk }) => Number(sk.slice(SHARD_PREFIX.length)));
}

function keyOf(userId: string, shard: number): ItemKey {
  return { pk: userPartition(userId), sk: `${SHARD_PREFIX}${shard}` };
}
