import { defined } from '../../../../events/defined.ts';
import type { Sequence } from '../../../../events/sequence.ts';
import type { FollowEdge } from '../../../../ports/follow-edge.ts';
import type { RelationshipCursor } from '../../../../ports/relationship-reader.ts';
import type { FollowPair } from '../../../../ports/relationship-store.ts';
import type { UserRecord } from '../../../../ports/user-record.ts';
import type { Item, ItemKey } from '../item.ts';
import { SHARD_PREFIX, shardOf, userPartition } from './user-shards.ts';

// The items of the relationships table:
//
//   U#<user>            @<shard>               the user's counts, and whether they left
//                       @profile               what is known of the user, or a mark that they left
//                       E#<followee>           an edge from the user: all that its fold needs
//                       F#<place><followee>    edges from the user with a follow: the list of following
//                       R#<place><follower>    edges to the user with a follow: the list of followers
//   R#<shard>#<user>    R#<place><follower>    further followers, once the shard had many
//   LEAVING#<copy>      <user>                 left, and is being removed from the lists and counts of others
//
// An edge, its entries in both lists and the counts of both users are written in one transaction, always.

/** The newest place sorts first, whatever the number of partitions that a list is merged from. */
const PLACE_DIGITS = 20;

export interface EdgeItem extends Item {
  readonly follows: FollowEdge['follows'];
  readonly unfollowed?: string;
  /** Incremented with each write. */
  readonly v: number;
  /** Whether the entry in the list of followers lies in the shard's own partition. */
  readonly apart?: true;
}

export interface ListEntry extends Item {
  /** When the current follow began. */
  readonly since: string;
  readonly apart?: true;
}

export interface ProfileItem extends Item, Omit<UserRecord, 'userId'> {
  readonly v?: number;
  readonly hasLeft?: true;
}

export function profileKey(userId: string): ItemKey {
  return { pk: userPartition(userId), sk: `${SHARD_PREFIX}profile` };
}

export function userRecordOf(userId: string, { joinedAt, userName, firstName, lastName }: ProfileItem): UserRecord {
  return {
    userId,
    ...(joinedAt && { joinedAt }),
    ...(userName && { userName }),
    ...(firstName && { firstName }),
    ...(lastName && { lastName }),
  };
}

export function edgeKey({ followerId, followeeId }: FollowPair): ItemKey {
  return { pk: userPartition(followerId), sk: `E#${followeeId}` };
}

export function edgeOf({ followerId, followeeId }: FollowPair, { follows, unfollowed }: EdgeItem): FollowEdge {
  return { followerId, followeeId, follows, ...defined({ unfollowed }) };
}

/** The entries of an edge in both lists: none without a follow. */
export function entriesOf(edge: FollowEdge, apart: boolean): ListEntry[] {
  const [first] = edge.follows;
  if (first === undefined) return [];
  const what = { since: first.followedAt, ...(apart && { apart: true as const }) };
  return entryKeys(edge, first.sequence, apart).map((key) => ({ ...key, ...what }));
}

/** The keys of an edge in the lists of following and of followers, if it began at the sequence. */
export function entryKeys({ followerId, followeeId }: FollowPair, sequence: Sequence, apart: boolean): ItemKey[] {
  const place = placeOf(sequence);
  const followers = apart ? apartPartition(followeeId, shardOf(followerId)) : userPartition(followeeId);
  return [
    { pk: userPartition(followerId), sk: `F#${place}${followeeId}` },
    { pk: followers, sk: `R#${place}${followerId}` },
  ];
}

export function apartPartition(userId: string, shard: number): string {
  return `R#${shard}#${userId}`;
}

export type ListName = 'F' | 'R';

/** The other user of an entry. */
export function otherIn({ sk }: ItemKey): string {
  return sk.slice(2 + PLACE_DIGITS);
}

/** The cursor that continues after an entry. */
export function cursorOf(entry: ItemKey): RelationshipCursor {
  return { sequence: placeOf(entry.sk.slice(2, 2 + PLACE_DIGITS)), userId: otherIn(entry) };
}

/** The sort keys of a list after a cursor, whose entry may no longer exist. */
export function rangeBehind(list: ListName, after: RelationshipCursor | undefined): readonly [string, string] {
  const from = after === undefined ? `${list}#` : `${list}#${placeOf(after.sequence)}${after.userId}\u0000`;
  return [from, `${list}#~`];
}

/** Descends as the sequence ascends. Its own inverse. */
function placeOf(sequence: Sequence): string {
  return sequence.replaceAll(/[0-9]/g, (digit) => String(9 - Number(digit)));
}
