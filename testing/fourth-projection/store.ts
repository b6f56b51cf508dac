import { openSqlite } from '../../adapters/embedded/files/sqlite.ts';
import type { ProjectionFile } from '../../adapters/embedded/projection/file.ts';
import type { Activity, ActivityReader, ActivityStore } from './consumer.ts';

export const ACTIVITY_SCHEMA = `
  CREATE TABLE IF NOT EXISTS member (
    number INTEGER PRIMARY KEY, user_id TEXT NOT NULL UNIQUE, user_name TEXT, gone INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE IF NOT EXISTS post (
    yubl_id TEXT PRIMARY KEY, author_id TEXT, deleted INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS post_author ON post (author_id) WHERE deleted = 0;
`;

export function openActivityStore({ database }: Pick<ProjectionFile, 'database'>): ActivityStore {
  const join = database.prepare(`INSERT INTO member (user_id, user_name) VALUES (?, ?)
    ON CONFLICT (user_id) DO UPDATE SET user_name = excluded.user_name WHERE gone = 0`);
  const leave = database.prepare(`INSERT INTO member (user_id, gone) VALUES (?, 1)
    ON CONFLICT (user_id) DO UPDATE SET user_name = NULL, gone = 1`);
  const post = database.prepare(`INSERT INTO post (yubl_id, author_id) VALUES (?, ?)
    ON CONFLICT (yubl_id) DO UPDATE SET author_id = excluded.author_id`);
  const remove = database.prepare(`INSERT INTO post (yubl_id, deleted) VALUES (?, 1)
    ON CONFLICT (yubl_id) DO UPDATE SET deleted = 1`);
  return {
    join: (userId, userName) => void join.run(userId, userName),
    leave: (userId) => void leave.run(userId),
    post: (yublId, authorId) => void post.run(yublId, authorId),
    remove: (yublId) => void remove.run(yublId),
  };
}

export function openActivityReader(path: string): ActivityReader & { close(): void } {
  const database = openSqlite(path, { readOnly: true, synchronous: 'NORMAL', cacheMiB: 1, autocheckpointMiB: 0 });
  const activity = database.prepare(`
    SELECT user_id AS userId, user_name AS userName,
      (SELECT count(*) FROM post WHERE author_id = user_id AND deleted = 0) AS yubls
    FROM member WHERE user_id = ? AND gone = 0`);
  return {
    activity: async (userId) => activity.get(userId) as unknown as Activity | undefined,
    close: () => database.close(),
  };
}
