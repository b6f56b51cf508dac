import { batchesOf } from '../../../../resilience/batches.ts';
import {
  apartPartition,
  cursorOf,
  edgeKey,
  entryKeys,
  type ListEntry,
  type ListName,
  otherIn,
  profileKey,
  type ProfileItem,
  rangeBehind,
} from './items.ts';
import { startWork } from '../../work-time.ts';
import { type ItemKey, keyText } from '../item.ts';
import { leaveActions, countOutAction, userPartition, USER_SHARDS } from './user-shards.ts';
import type { DynamoTable, TransactAction } from '../dynamo-table.ts';

// One transaction marks a leaver and hides them at once. Then their edges are removed one after another, each with its
// entries and the other user's count. Meanwhile the leaver is on a short list, which readers check first: they leave
// the leaver out of lists, and out of counts while the edge still exists. A repeated call continues with what is left.

/** Every reader checks the list, and one partition answers 3,000 times a second. */
const LEAVING_COPIES = 4;
// Four actions each, and a transaction takes 100.
const EDGES_AT_ONCE = 25;
const TRANSACTIONS_AT_ONCE = 4;

export async function removeLeaver(table: DynamoTable, userId: string): Promise<void> {
  const work = startWork('the removal of a user');
  const [first, ...others] = leavingKeys(userId);
  const found = await table.getAll([profileKey(userId), first]);
  const profile: ProfileItem | undefined = found.get(keyText(profileKey(userId)));
  if (profile?.hasLeft !== true) await table.transact(markActions(userId));
  else if (!found.has(keyText(first))) return;

  // From here on no edge of the leaver can be added, so what is found now is complete.
  for (const list of ['F', 'R'] as const) {
    for await (const entries of entriesIn(table, userId, list)) {
      await takeOut(table, userId, entries);
      work.assertTimeLeft();
    }
  }
  // What is left are edges that the leaver had ended before.
  for await (const edges of table.query({ pk: userPartition(userId), begins: 'E#' })) {
    await Promise.all(edges.map((edge) => table.erase(edge)));
    work.assertTimeLeft();
  }
  // The first mark says that work is left, so it is erased last.
  await Promise.all(others.map((key) => table.erase(key)));
  await table.erase(first);
}

/** The partitions of a list of followers. */
function followerPartitions(userId: string): string[] {
  const apart = Array.from({ length: USER_SHARDS }, (_, shard) => apartPartition(userId, shard));
  return [userPartition(userId), ...apart];
}

/** Users who have left and are not completely removed yet. Has to be read first: a user who is not among them then has
 *  either not left or is removed from everything read later. */
export async function leaversIn(table: DynamoTable): Promise<ReadonlySet<string>> {
  const copy = Math.floor(Math.random() * LEAVING_COPIES);
  const marks = await table.queryAll({ pk: leavingPartition(copy) });
  return new Set(marks.map(({ sk }) => sk));
}

function leavingPartition(copy: number): string {
  return `LEAVING#${copy}`;
}

function leavingKeys(userId: string): [ItemKey, ...ItemKey[]] {
  const keyIn = (copy: number) => ({ pk: leavingPartition(copy), sk: userId });
  return [keyIn(0), ...Array.from({ length: LEAVING_COPIES - 1 }, (_, index) => keyIn(index + 1))];
}

function markActions(userId: string): TransactAction[] {
  return [
    ...leaveActions(userId),
    { put: { ...profileKey(userId), hasLeft: true } },
    ...leavingKeys(userId).map((key) => ({ put: { ...key } })),
  ];
}

/** The remaining entries of a leaver's list. */
export async function* entriesIn(
  table: DynamoTable,
  userId: string,
  list: ListName,
): AsyncGenerator<ListEntry[], void> {
  const partitions = list === 'F' ? [userPartition(userId)] : followerPartitions(userId);
  for (const pk of partitions) {
    const pageSize = EDGES_AT_ONCE * TRANSACTIONS_AT_ONCE;
    const pages = table.query({ pk, between: rangeBehind(list, undefined), pageSize });
    for await (const page of pages) yield page as ListEntry[];
  }
}

async function takeOut(table: DynamoTable, userId: string, entries: readonly ListEntry[]): Promise<void> {
  const batches = [...batchesOf(entries, { countMax: EDGES_AT_ONCE })];
  await Promise.all(batches.map((batch) => takeOutTogether(table, userId, batch)));
}

async function takeOutTogether(table: DynamoTable, userId: string, entries: readonly ListEntry[]): Promise<void> {
  let left = entries;
  while (left.length > 0) {
    const actions = left.map((entry) => edgeOutActions(userId, entry));
    const lost = await table.transact(actions.flat());
    if (lost.length === 0) return;
    // Those edges are already removed: by another delivery of the same event, or because the other user leaves as well.
    const gone = new Set(lost.map((place) => Math.floor(place / EDGE_OUT_ACTIONS)));
    left = left.filter((_, index) => !gone.has(index));
  }
}

const EDGE_OUT_ACTIONS = 4;

/** Removes an edge with its entries on both sides, except the leaver's own counts, which are gone. */
function edgeOutActions(userId: string, entry: ListEntry): TransactAction[] {
  const otherId = otherIn(entry);
  const outgoing = entry.sk.startsWith('F');
  const pair = outgoing ? { followerId: userId, followeeId: otherId } : { followerId: otherId, followeeId: userId };
  const counts = outgoing ? { followers: -1, apart: entry.apart === true ? -1 : 0 } : { following: -1 };
  return [
    { delete: edgeKey(pair), condition: { expression: 'attribute_exists(pk)' } },
    ...entryKeys(pair, cursorOf(entry).sequence, entry.apart === true).map((key) => ({ delete: key })),
    countOutAction(otherId, userId, counts),
  ];
}
