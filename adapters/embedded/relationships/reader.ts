import type { DatabaseSync } from 'node:sqlite';
import { ordinalOf, secondsOf, sequenceOf } from '../../../events/sequence.ts';
import type { Page, PageQuery } from '../../../ports/page.ts';
import type {
  Relationship,
  RelationshipCursor,
  RelationshipReader,
  UserProfile,
} from '../../../ports/relationship-reader.ts';
import { JOINED } from './file.ts';
import { openSqlite } from '../files/sqlite.ts';

/** Opens the relationships file for reading, beside its writer in this or another process. The writer must have opened
 *  it once to create the tables; until events come, answers are empty. */
export function openSqliteRelationshipReader(path: string): RelationshipReader & { close(): void } {
  const database = openSqlite(path, { readOnly: true, synchronous: 'NORMAL', cacheMiB: 16, autocheckpointMiB: 0 });
  return { ...relationshipReader(database), close: () => database.close() };
}

const PROFILE = `user_id AS userId, user_name AS userName, first_name AS firstName, last_name AS lastName,
  joined_at AS joinedAt, followers, following`;

function relationshipReader(database: DatabaseSync): RelationshipReader {
  const user = database.prepare(`SELECT ${PROFILE} FROM user WHERE user_id = ? AND state = ${JOINED}`);
  const mostFollowed = database.prepare(
    `SELECT ${PROFILE} FROM user WHERE state = ${JOINED} ORDER BY followers DESC, user_id LIMIT ?`,
  );
  const totals = database.prepare('SELECT users, follows FROM totals');
  const since = database.prepare(`
    SELECT since FROM edge WHERE seconds IS NOT NULL
      AND follower = (SELECT number FROM user WHERE user_id = ?)
      AND followee = (SELECT number FROM user WHERE user_id = ?)`);
  return {
    user: async (userId) => plain(user.get(userId)) as UserProfile | undefined,
    followers: openList(database, { whose: 'followee', other: 'follower' }),
    following: openList(database, { whose: 'follower', other: 'followee' }),
    async followingSince(followerId, followeeId) {
      const row = since.get(followerId, followeeId) as { since: string } | undefined;
      return row?.since;
    },
    mostFollowed: async (limit) => mostFollowed.all(limit).map(plain) as unknown as UserProfile[],
    totals: async () => plain(totals.get()) as unknown as Awaited<ReturnType<RelationshipReader['totals']>>,
  };
}

// SQLite's rows have no prototype; results are ordinary objects.
const plain = (row: object | undefined): object | undefined => (row === undefined ? undefined : { ...row });

interface ListRow {
  readonly userId: string;
  readonly since: string;
  readonly seconds: number;
  readonly ordinal: number;
}

type List = (userId: string, query: PageQuery<RelationshipCursor>) => Promise<Page<Relationship, RelationshipCursor>>;

function openList(database: DatabaseSync, { whose, other }: { whose: string; other: string }): List {
  // The index does not order user ids within one sequence: SQLite sorts such rows, which are few, separately and still
  // stops at the limit.
  const page = database.prepare(`
    SELECT u.user_id AS userId, e.since, e.seconds, e.ordinal FROM edge e CROSS JOIN user u ON u.number = e.${other}
    WHERE e.${whose} = (SELECT number FROM user WHERE user_id = :userId) AND e.seconds IS NOT NULL
      AND (e.seconds, e.ordinal) <= (:seconds, :ordinal)
      AND NOT (e.seconds = :seconds AND e.ordinal = :ordinal AND u.user_id <= :afterId)
    ORDER BY e.seconds DESC, e.ordinal DESC, u.user_id LIMIT :limit`);

  return async (userId, { limit, after }) => {
    // One more than the page holds, to know whether there is a next one.
    const found = page.all({ userId, limit: limit + 1, ...placeOf(after) }) as unknown as ListRow[];
    const items = found.slice(0, limit).map((row): Relationship => ({ userId: row.userId, since: row.since }));
    const last = found[limit - 1];
    if (found.length <= limit || last === undefined) return { items };
    return { items, next: { sequence: sequenceOf(last.seconds, last.ordinal), userId: last.userId } };
  };
}

const BEFORE_ALL = { seconds: Number.MAX_SAFE_INTEGER, ordinal: 0, afterId: '' };

function placeOf(after: RelationshipCursor | undefined): typeof BEFORE_ALL {
  if (after === undefined) return BEFORE_ALL;
  return { seconds: secondsOf(after.sequence), ordinal: ordinalOf(after.sequence), afterId: after.userId };
}
