import type { RelationshipStore } from '../../../ports/relationship-store.ts';
import type { ProjectionFile } from '../projection/file.ts';
import { JOINED, LEFT, NAMED } from './file.ts';
import { edgeOf, type EdgeRow, edgeValues, listed } from './rows.ts';
import { type UserColumns, userRecordOf, userValues } from '../projection/user-columns.ts';

/** The relationships in a projection's file. Buffers nothing in memory: a rollback undoes everything. */
export function openSqliteRelationshipStore({ database }: Pick<ProjectionFile, 'database'>): RelationshipStore {
  const readUser = database.prepare('SELECT * FROM user WHERE user_id = ?');
  const standing = database.prepare('SELECT number, state FROM user WHERE user_id = ?');
  const nameUser = database.prepare('INSERT INTO user (user_id) VALUES (?) RETURNING number, state');
  const writeUser = database.prepare(`
    UPDATE user SET state = ?, joined_at = ?, joined_at_sequence = ?, user_name = ?, user_name_sequence = ?,
      first_name = ?, first_name_sequence = ?, last_name = ?, last_name_sequence = ? WHERE number = ?`);
  const readEdge = database.prepare('SELECT * FROM edge WHERE follower = ? AND followee = ?');
  const writeEdge = database.prepare('INSERT OR REPLACE INTO edge VALUES (?, ?, ?, ?, ?, ?, ?)');
  const countFollowers = database.prepare('UPDATE user SET followers = followers + ? WHERE number = ?');
  const countFollowing = database.prepare('UPDATE user SET following = following + ? WHERE number = ?');
  const countTotals = database.prepare('UPDATE totals SET users = users + ?, follows = follows + ?');
  const leave = openLeaving(database);

  const placeOf = (userId: string) => (standing.get(userId) ?? nameUser.get(userId)) as unknown as Standing;

  return {
    changeUser(userId, fold) {
      const row = readUser.get(userId) as unknown as UserRow | undefined;
      if (row?.state === LEFT) return;
      const before = row === undefined ? undefined : userRecordOf(userId, row);
      const after = fold(before);
      if (after === before) return;
      const { number, state } = row ?? placeOf(userId);
      const joined = after.joinedAt !== undefined;
      writeUser.run(joined ? JOINED : NAMED, ...userValues(after), number);
      if (joined && state !== JOINED) countTotals.run(1, 0);
    },

    changeEdge(pair, fold) {
      const follower = placeOf(pair.followerId);
      const followee = placeOf(pair.followeeId);
      if (follower.state === LEFT || followee.state === LEFT) return;
      const row = readEdge.get(follower.number, followee.number) as unknown as EdgeRow | undefined;
      const before = row === undefined ? undefined : edgeOf(pair, row);
      const after = fold(before);
      if (after === before) return;
      writeEdge.run(follower.number, followee.number, ...edgeValues(after));
      const change = listed(after) - listed(before);
      if (change === 0) return;
      countFollowers.run(change, followee.number);
      countFollowing.run(change, follower.number);
      countTotals.run(0, change);
    },

    removeUser(userId) {
      const { number, state } = placeOf(userId);
      if (state === LEFT) return;
      const follows = leave(number);
      countTotals.run(state === JOINED ? -1 : 0, -follows);
    },
  };
}

interface Standing {
  readonly number: number;
  readonly state: number;
}

type UserRow = Standing & UserColumns;

/** Removes a user from everything; returns the number of follows that ended. */
function openLeaving(database: ProjectionFile['database']): (number: number) => number {
  const uncountFollowers = database.prepare(`
    UPDATE user SET followers = followers - 1
    WHERE number IN (SELECT followee FROM edge WHERE follower = ? AND seconds IS NOT NULL)`);
  const uncountFollowing = database.prepare(`
    UPDATE user SET following = following - 1
    WHERE number IN (SELECT follower FROM edge WHERE followee = ? AND seconds IS NOT NULL)`);
  const deleteFollowing = database.prepare('DELETE FROM edge WHERE follower = ?');
  const deleteFollowers = database.prepare('DELETE FROM edge WHERE followee = ? AND seconds IS NOT NULL');
  const erase = database.prepare(`
    UPDATE user SET state = ${LEFT}, followers = 0, following = 0, joined_at = NULL, joined_at_sequence = NULL,
      user_name = NULL, user_name_sequence = NULL, first_name = NULL, first_name_sequence = NULL, last_name = NULL,
      last_name_sequence = NULL WHERE number = ?`);
  return (number) => {
    const ended = Number(uncountFollowers.run(number).changes) + Number(uncountFollowing.run(number).changes);
    deleteFollowing.run(number);
    deleteFollowers.run(number);
    erase.run(number);
    return ended;
  };
}
