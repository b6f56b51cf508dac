import { USER_COLUMNS } from '../projection/user-columns.ts';

// The tables of the relationships projection's file.
//
//   user    all users that any event named: text ids become small numbers here and nowhere else.
//           state: 0 named only (nothing or not enough is known of the user), 1 joined, 2 left. followers and following
//           are the lengths of the user's lists.
//   edge    who follows whom. seconds, ordinal: the sequence of the follow that began the current follow, as its two
//           numbers; NULL if there is none. since: when that was. later: further follows of FollowEdge as JSON, nearly
//           always NULL. unfollowed: sequence of the newest unfollow. A leaver has no edge with a follow.
//   totals  one row: number of users who joined and have not left, number of edges with a follow.
export const RELATIONSHIP_VERSION = 2;

export const RELATIONSHIP_SCHEMA = `
  CREATE TABLE IF NOT EXISTS user (
    number INTEGER PRIMARY KEY, user_id TEXT NOT NULL UNIQUE, state INTEGER NOT NULL DEFAULT 0,
    followers INTEGER NOT NULL DEFAULT 0, following INTEGER NOT NULL DEFAULT 0, ${USER_COLUMNS});
  CREATE INDEX IF NOT EXISTS user_most_followed ON user (followers DESC, user_id) WHERE state = 1;
  CREATE TABLE IF NOT EXISTS edge (
    follower INTEGER NOT NULL, followee INTEGER NOT NULL, seconds INTEGER, ordinal INTEGER, since TEXT, later TEXT,
    unfollowed TEXT, PRIMARY KEY (follower, followee)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS edge_following ON edge (follower, seconds, ordinal) WHERE seconds IS NOT NULL;
  CREATE INDEX IF NOT EXISTS edge_followers ON edge (followee, seconds, ordinal) WHERE seconds IS NOT NULL;
  CREATE TABLE IF NOT EXISTS totals (
    one INTEGER PRIMARY KEY CHECK (one = 1), users INTEGER NOT NULL, follows INTEGER NOT NULL);
  INSERT OR IGNORE INTO totals VALUES (1, 0, 0);
`;

export const NAMED = 0;
export const JOINED = 1;
export const LEFT = 2;
