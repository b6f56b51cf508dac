import type { AuditedFile } from '../projection/audit.ts';
import { JOINED, LEFT } from './file.ts';

/** Checks invariants that hold in any order of arrival: counts are the lengths of lists, totals their sums, and users
 *  who left neither follow nor are followed. */
export function auditRelationships(file: AuditedFile): Readonly<Record<string, number>> {
  const { count, expectNone, digest } = file;
  const users = count(`SELECT count(*) FROM user WHERE state = ${JOINED}`);
  const follows = count('SELECT count(*) FROM edge WHERE seconds IS NOT NULL');
  const inTotals = (column: string) => count(`SELECT ${column} FROM totals`);
  if (inTotals('users') !== users) file.noteBroken(`the totals count ${inTotals('users')} of ${users} users`);
  if (inTotals('follows') !== follows) file.noteBroken(`the totals count ${inTotals('follows')} of ${follows} follows`);
  expectNone(mismatches('followers', 'followee'), 'users whose count of followers does not match their list');
  expectNone(mismatches('following', 'follower'), 'users whose count of followed users does not match their list');
  expectNone(
    'SELECT count(*) FROM edge WHERE seconds IS NOT NULL AND follower = followee',
    'users who follow themselves',
  );
  expectNone(
    `SELECT count(*) FROM edge WHERE seconds IS NOT NULL AND (
       coalesce((SELECT state FROM user WHERE number = follower), ${LEFT}) = ${LEFT}
       OR coalesce((SELECT state FROM user WHERE number = followee), ${LEFT}) = ${LEFT})`,
    'follows of users who left or do not exist',
  );
  digest(
    'users',
    `SELECT concat_ws(char(31), user_id, state, followers, following, coalesce(joined_at, ''), coalesce(user_name, ''),
       coalesce(first_name, char(30)), coalesce(last_name, char(30)))
     FROM user WHERE state > 0 ORDER BY user_id`,
  );
  digest(
    'follows',
    `SELECT concat_ws(char(31), a.user_id, b.user_id, seconds, ordinal, since)
     FROM edge JOIN user a ON a.number = follower JOIN user b ON b.number = followee
     WHERE seconds IS NOT NULL ORDER BY a.user_id, b.user_id`,
  );
  return { users, follows };
}

function mismatches(counted: 'followers' | 'following', by: 'followee' | 'follower'): string {
  return `SELECT count(*) FROM user LEFT JOIN (
      SELECT ${by} AS number, count(*) AS length FROM edge WHERE seconds IS NOT NULL GROUP BY ${by}) lists
    ON lists.number = user.number WHERE ${counted} != coalesce(length, 0)`;
}
