import type { Page, PageQuery } from '../../../../ports/page.ts';
import type {
  Relationship,
  RelationshipCursor,
  RelationshipReader,
  UserProfile,
} from '../../../../ports/relationship-reader.ts';
import { readCensus } from './census.ts';
import {
  apartPartition,
  cursorOf,
  edgeKey,
  type EdgeItem,
  type ListEntry,
  type ListName,
  otherIn,
  profileKey,
  type ProfileItem,
  rangeBehind,
} from './items.ts';
import { leaversIn } from './leaving.ts';
import { type Item, keyText } from '../item.ts';
import { countIn, hasLeft, readShards, shardKey, shardsWith, userPartition } from './user-shards.ts';
import type { DynamoTable, TableQuery } from '../dynamo-table.ts';

/** Every read is strongly consistent and begins with the list of leavers. `mostFollowed` and `totals` read the whole
 *  table. */
export function openDynamoRelationshipReader(table: DynamoTable): RelationshipReader {
  const user = (userId: string) => readUser(table, userId);
  return {
    user,
    followers: (userId, query) => readList(table, { userId, list: 'R' }, query),
    following: (userId, query) => readList(table, { userId, list: 'F' }, query),

    async followingSince(followerId, followeeId) {
      const key = edgeKey({ followerId, followeeId });
      // These marks are permanent, so the order of the three reads does not matter.
      const shards = [shardKey(followerId, followeeId), shardKey(followeeId, followerId)];
      const found = await table.getAll([key, ...shards]);
      if (hasLeft(...shards.map((shard) => found.get(keyText(shard))))) return undefined;
      return (found.get(keyText(key)) as EdgeItem | undefined)?.follows[0]?.followedAt;
    },

    async mostFollowed(limit) {
      const { followers } = await readCensus(table);
      const ranked = [...followers].toSorted(([a, ofA], [b, ofB]) => ofB - ofA || (a < b ? -1 : 1));
      const most: UserProfile[] = [];
      for (const [userId] of ranked) {
        if (most.length >= limit) break;
        const profile = await user(userId);
        if (profile !== undefined) most.push(profile);
      }
      return most;
    },

    async totals() {
      const { followers, follows } = await readCensus(table);
      return { users: followers.size, follows };
    },
  };
}

async function readUser(table: DynamoTable, userId: string): Promise<UserProfile | undefined> {
  const leavers = await leaversIn(table);
  if (leavers.has(userId)) return undefined;
  const { shards, leaving } = await readWithLeavers(table, userId, leavers);
  const { sk } = profileKey(userId);
  const profile: ProfileItem | undefined = shards.find((item) => item.sk === sk);
  if (profile?.joinedAt === undefined || profile.userName === undefined) return undefined;
  return {
    userId,
    userName: profile.userName.value,
    firstName: profile.firstName?.value ?? null,
    lastName: profile.lastName?.value ?? null,
    joinedAt: profile.joinedAt.value,
    followers: countIn(shards, 'followers') - leaving.followers,
    following: countIn(shards, 'following') - leaving.following,
  };
}

/** The user's shards, and how many of their counts are of leavers who are not removed yet. */
async function readWithLeavers(table: DynamoTable, userId: string, leavers: ReadonlySet<string>) {
  const edgesTo = [...leavers].map((leaver) => edgeKey({ followerId: userId, followeeId: leaver }));
  const edgesFrom = [...leavers].map((leaver) => edgeKey({ followerId: leaver, followeeId: userId }));
  const readEdges = () => table.getAll([...edgesTo, ...edgesFrom]);
  let edges = await readEdges();
  for (;;) {
    const shards = await readShards(table, userId);
    const again = leavers.size === 0 ? edges : await readEdges();
    // A leaver's edges can only be removed, each together with its counts.
    if (again.size === edges.size) {
      const counted = (keys: typeof edgesTo) => keys.filter((key) => isFollow(edges.get(keyText(key)))).length;
      return { shards, leaving: { followers: counted(edgesFrom), following: counted(edgesTo) } };
    }
    edges = again;
  }
}

function isFollow(edge: Item | undefined): boolean {
  return edge !== undefined && (edge as EdgeItem).follows.length > 0;
}

interface WhichList {
  readonly userId: string;
  readonly list: ListName;
}

async function readList(
  table: DynamoTable,
  { userId, list }: WhichList,
  { limit, after }: PageQuery<RelationshipCursor>,
): Promise<Page<Relationship, RelationshipCursor>> {
  const leavers = await leaversIn(table);
  // A leaver's lists are empty, even if they are not removed yet.
  if (leavers.has(userId)) return { items: [] };
  const read = (pk: string) => readPart(table, { pk, between: rangeBehind(list, after) }, { most: limit + 1, leavers });
  const [together, shards] = await Promise.all([
    read(userPartition(userId)),
    list === 'R' ? readShards(table, userId) : [],
  ]);
  const apart = shardsWith(shards, 'apart').map((shard) => read(apartPartition(userId, shard)));
  // One more than the page holds, to know whether there is a next one.
  const entries = [together, ...(await Promise.all(apart))]
    .flat()
    .toSorted((a, b) => (a.sk < b.sk ? -1 : 1))
    .slice(0, limit + 1);
  const items = entries.slice(0, limit).map((entry): Relationship => ({ userId: otherIn(entry), since: entry.since }));
  const last = entries[limit - 1];
  return entries.length > limit && last !== undefined ? { items, next: cursorOf(last) } : { items };
}

interface Wanted {
  readonly most: number;
  readonly leavers: ReadonlySet<string>;
}

/** The first entries of a part of a list, without those of leavers. */
async function readPart(table: DynamoTable, part: TableQuery, { most, leavers }: Wanted): Promise<ListEntry[]> {
  const found: ListEntry[] = [];
  for await (const page of table.query({ ...part, pageSize: most })) {
    found.push(...(page as ListEntry[]).filter((entry) => !leavers.has(otherIn(entry))));
    if (found.length >= most) break;
  }
  return found;
}
