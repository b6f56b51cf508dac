import type { DynamoTable } from '../dynamo-table.ts';
import { type Item, keyText } from '../item.ts';
import { type AuditOptions, createTextSum, eachItem, noteUnequal, type TableAudit } from '../table-audit.ts';
import {
  type EdgeItem,
  edgeOf,
  entriesOf,
  type ListEntry,
  otherIn,
  profileKey,
  type ProfileItem,
  userRecordOf,
} from './items.ts';
import { countIn, hasLeft, SHARD_PREFIX, shardOf, userIn } from './user-shards.ts';

const PROFILE = profileKey('').sk;
const LISTS = { F: 'following', R: 'followers' } as const;

/** Looks whether both lists hold exactly the follows of the edges, and whether each count is the length of its list: of users who
 *  left nothing is counted, so a list that still holds one of them has too many. */
export async function auditRelationshipTable(
  table: DynamoTable,
  options: Omit<AuditOptions, 'seed'> = {},
): Promise<TableAudit> {
  const [wanted, listed, counted, lengths] = [createTextSum(), createTextSum(), createTextSum(), createTextSum()];
  const answers = createTextSum();
  let [users, follows, leaving, ownFollows] = [0, 0, 0, 0];

  function visitEdge(item: Item): void {
    const pair = { followerId: userIn(item), followeeId: item.sk.slice('E#'.length) };
    const edge = item as EdgeItem;
    if (edge.follows.length > 0 && pair.followerId === pair.followeeId) ownFollows += 1;
    for (const entry of entriesOf(edgeOf(pair, edge), edge.apart === true))
      wanted.add(`${keyText(entry)} ${entry.since}`);
  }

  function visitEntry(item: Item, list: keyof typeof LISTS): void {
    const { since } = item as ListEntry;
    listed.add(`${keyText(item)} ${since}`);
    const isApart = item.pk.startsWith('R#');
    const userId = isApart ? (item.pk.split('#').at(-1) ?? '') : userIn(item);
    const shard = `${userId} ${shardOf(otherIn(item))}`;
    lengths.add(`${shard} ${LISTS[list]}`);
    if (isApart) lengths.add(`${shard} apart`);
    if (list === 'F') {
      follows += 1;
      answers.add(`${userId} ${otherIn(item)} ${since}`);
    }
  }

  function visitProfile(item: ProfileItem): void {
    if (item.hasLeft || item.joinedAt === undefined) return;
    users += 1;
    answers.add(JSON.stringify(userRecordOf(userIn(item), item)));
  }

  function visitShard(item: Item): void {
    // What it counts of a user who left is not asked for.
    if (hasLeft(item)) return;
    const shard = `${userIn(item)} ${item.sk.slice(SHARD_PREFIX.length)}`;
    for (const name of ['followers', 'following', 'apart']) counted.add(`${shard} ${name}`, countIn([item], name));
  }

  await eachItem(
    table,
    (item) => {
      if (item.pk.startsWith('LEAVING#')) leaving += 1;
      else if (item.sk === PROFILE) visitProfile(item);
      else if (item.sk.startsWith(SHARD_PREFIX)) visitShard(item);
      else if (item.sk.startsWith('E#')) visitEdge(item);
      else if (item.sk.startsWith('F#')) visitEntry(item, 'F');
      else visitEntry(item, 'R');
    },
    options,
  );
  const broken: string[] = [];
  noteUnequal(broken, 'the lists hold other follows than the edges', [listed, wanted]);
  noteUnequal(broken, 'counts of followers and followed users do not match the lists', [counted, lengths]);
  if (ownFollows > 0) broken.push(`users who follow themselves: ${ownFollows}`);
  if (leaving > 0) broken.push('the removal of a user has not finished');
  return { counts: { users, follows }, broken, digest: answers.digest() };
}
