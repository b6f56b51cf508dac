import { otherIn, profileKey } from './items.ts';
import { entriesIn, leaversIn } from './leaving.ts';
import { countIn, hasLeft, SHARD_PREFIX, userIn } from './user-shards.ts';
import type { DynamoTable } from '../dynamo-table.ts';

interface Census {
  /** For all users who have joined and not left. */
  readonly followers: ReadonlyMap<string, number>;
  readonly follows: number;
}

/** Counts all users by reading the whole table: half a read unit for each KB. Only operators use it, rarely, so that
 *  follows need not update a shared counter. Keeps a number for each user in memory. */
export async function readCensus(table: DynamoTable): Promise<Census> {
  const leavers = await leaversIn(table);
  const joined = new Set<string>();
  const followers = new Map<string, number>();
  let follows = 0;
  const counted = { expression: 'begins_with(sk, :shard)', values: { ':shard': SHARD_PREFIX } };
  for await (const page of table.scan(counted)) {
    for (const item of page.filter((each) => !hasLeft(each))) {
      const userId = userIn(item);
      if (item.sk !== profileKey(userId).sk) {
        followers.set(userId, (followers.get(userId) ?? 0) + countIn([item], 'followers'));
        follows += countIn([item], 'following');
      } else if (item['joinedAt'] !== undefined) joined.add(userId);
    }
  }
  for (const leaver of leavers) {
    for await (const entries of entriesIn(table, leaver, 'F')) {
      for (const other of entries.map(otherIn)) followers.set(other, (followers.get(other) ?? 0) - 1);
    }
    for await (const entries of entriesIn(table, leaver, 'R')) {
      // A leaver's own counts are already gone.
      follows -= entries.filter((entry) => !leavers.has(otherIn(entry))).length;
    }
  }
  return { followers: new Map([...joined].map((userId) => [userId, followers.get(userId) ?? 0])), follows };
}
