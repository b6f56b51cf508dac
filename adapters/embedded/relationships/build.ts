import type { DatabaseSync } from 'node:sqlite';
import type { FollowEdge } from '../../../ports/follow-edge.ts';
import type { RelationshipStore } from '../../../ports/relationship-store.ts';
import type { UserRecord } from '../../../ports/user-record.ts';
import { type ProjectionBuild, writeBuildFile } from '../build/file.ts';
import { JOINED, LEFT, NAMED, RELATIONSHIP_SCHEMA, RELATIONSHIP_VERSION } from './file.ts';
import { edgeValues, listed } from './rows.ts';
import { userValues } from '../projection/user-columns.ts';

interface BuiltUser {
  readonly number: number;
  readonly userId: string;
  state: number;
  followers: number;
  following: number;
  record: UserRecord | undefined;
  /** Outgoing edges by the number of the followee, and the numbers of users with an edge to this one. */
  edges: Map<number, FollowEdge> | undefined;
  incoming: Set<number> | undefined;
}

const USER_BYTES = 600;
const EDGE_BYTES = 450;

/** The relationships in memory, until they are written. */
export function createRelationshipBuild(): RelationshipStore & ProjectionBuild {
  const network = createNetwork();
  const { users, placeOf, totals } = network;
  return {
    changeUser(userId, fold) {
      const known = users.get(userId);
      if (known?.state === LEFT) return;
      const before = known && (known.record ?? { userId });
      const after = fold(before);
      if (after === before) return;
      const user = known ?? placeOf(userId);
      user.record = after;
      const state = after.joinedAt === undefined ? NAMED : JOINED;
      if (state === JOINED && user.state !== JOINED) totals.users += 1;
      user.state = state;
    },
    changeEdge({ followerId, followeeId }, fold) {
      const follower = placeOf(followerId);
      const followee = placeOf(followeeId);
      if (follower.state === LEFT || followee.state === LEFT) return;
      const before = follower.edges?.get(followee.number);
      const after = fold(before);
      if (after !== before) network.change(follower, followee, { before, after });
    },
    removeUser(userId) {
      const user = placeOf(userId);
      if (user.state === LEFT) return;
      network.end(user);
      if (user.state === JOINED) totals.users -= 1;
      user.state = LEFT;
      user.record = undefined;
    },
    bytes: () => users.size * USER_BYTES + totals.edges * EDGE_BYTES,
    feedEntries: () => 0,
    write(path, position) {
      const insert = (database: DatabaseSync) => {
        insertUsers(database, users.values());
        insertEdges(database, users.values());
        database.prepare('UPDATE totals SET users = ?, follows = ?').run(totals.users, totals.follows);
      };
      writeBuildFile(path, position, { version: RELATIONSHIP_VERSION, schema: RELATIONSHIP_SCHEMA, insert });
    },
  };
}

interface Change {
  readonly before: FollowEdge | undefined;
  readonly after: FollowEdge;
}

/** Users and the edges between them, with the counts that follow from these. */
function createNetwork() {
  const users = new Map<string, BuiltUser>();
  const byNumber: BuiltUser[] = [];
  const totals = { users: 0, follows: 0, edges: 0 };

  function placeOf(userId: string): BuiltUser {
    const known = users.get(userId);
    if (known !== undefined) return known;
    const nothing = { record: undefined, edges: undefined, incoming: undefined };
    const named: BuiltUser = { number: users.size + 1, userId, state: NAMED, followers: 0, following: 0, ...nothing };
    users.set(userId, named);
    byNumber[named.number] = named;
    return named;
  }

  function count(follower: BuiltUser, followee: BuiltUser | undefined, change: number): void {
    follower.following += change;
    if (followee !== undefined) followee.followers += change;
    totals.follows += change;
  }

  function change(follower: BuiltUser, followee: BuiltUser, { before, after }: Change): void {
    (follower.edges ??= new Map()).set(followee.number, after);
    (followee.incoming ??= new Set()).add(follower.number);
    if (before === undefined) totals.edges += 1;
    count(follower, followee, listed(after) - listed(before));
  }

  /** Ends the edges of a user who left; those of former followers stay. */
  function end(user: BuiltUser): void {
    for (const [number, edge] of user.edges ?? []) {
      if (listed(edge) === 1) count(user, byNumber[number], -1);
      byNumber[number]?.incoming?.delete(user.number);
    }
    totals.edges -= user.edges?.size ?? 0;
    user.edges = undefined;
    for (const number of user.incoming ?? []) {
      const follower = byNumber[number];
      if (follower === undefined || listed(follower.edges?.get(user.number)) === 0) continue;
      count(follower, user, -1);
      follower.edges?.delete(user.number);
      user.incoming?.delete(number);
      totals.edges -= 1;
    }
  }

  return { users, placeOf, totals, change, end };
}

function insertUsers(database: DatabaseSync, users: Iterable<BuiltUser>): void {
  const insert = database.prepare('INSERT INTO user VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  for (const { number, userId, state, followers, following, record = { userId } } of users) {
    insert.run(number, userId, state, followers, following, ...userValues(record));
  }
}

function insertEdges(database: DatabaseSync, users: Iterable<BuiltUser>): void {
  const insert = database.prepare('INSERT INTO edge VALUES (?, ?, ?, ?, ?, ?, ?)');
  for (const { number, edges } of users) {
    const ordered = [...(edges ?? [])].toSorted(([a], [b]) => a - b);
    for (const [followee, edge] of ordered) insert.run(number, followee, ...edgeValues(edge));
  }
}
