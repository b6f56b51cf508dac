// Figtree's three read models as a careful user of Emmett would write them in SQLite. Each statement does as much as it
// can, because each one is prepared anew and is a round trip to a thread of sqlite3. All seven events are handled in
// order of arrival: unlike Figtree, nothing here compares the source's own order, and names are folded by lower case
// alone.

const FEED_LENGTH = 800;

const relationships = {
  name: 'relationships',
  schema: [
    `CREATE TABLE profile (
      user_id TEXT PRIMARY KEY, user_name TEXT, first_name TEXT, last_name TEXT, joined_at TEXT,
      followers INTEGER NOT NULL DEFAULT 0, following INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID`,
    `CREATE TABLE follow (
      followee_id TEXT, follower_id TEXT, since TEXT, PRIMARY KEY (followee_id, follower_id)) WITHOUT ROWID`,
    'CREATE INDEX follow_follower ON follow (follower_id, followee_id)',
  ],
  on: {
    'user-joined': ({ userId, userName, firstName, lastName, joinedAt }, connection) =>
      connection.command(
        `INSERT INTO profile VALUES (?1, ?2, ?3, ?4, ?5,
          (SELECT count(*) FROM follow WHERE followee_id = ?1), (SELECT count(*) FROM follow WHERE follower_id = ?1))`,
        [userId, userName, firstName ?? null, lastName ?? null, joinedAt],
      ),
    'user-profile-updated': ({ userId, ...changes }, connection) =>
      connection.command(
        `UPDATE profile SET user_name = coalesce(?2, user_name),
          first_name = iif(?3, ?4, first_name), last_name = iif(?5, ?6, last_name) WHERE user_id = ?1`,
        [userId, changes.userName ?? null, ...given(changes, 'firstName'), ...given(changes, 'lastName')],
      ),
    async 'user-left'({ userId }, connection) {
      const follows = 'SELECT 1 FROM follow WHERE';
      await connection.command(
        `UPDATE profile SET
          followers = followers - EXISTS (${follows} followee_id = profile.user_id AND follower_id = ?1),
          following = following - EXISTS (${follows} follower_id = profile.user_id AND followee_id = ?1)
          WHERE user_id IN (SELECT followee_id FROM follow WHERE follower_id = ?1
            UNION SELECT follower_id FROM follow WHERE followee_id = ?1)`,
        [userId],
      );
      await connection.command('DELETE FROM follow WHERE follower_id = ?1 OR followee_id = ?1', [userId]);
      await connection.command('DELETE FROM profile WHERE user_id = ?', [userId]);
    },
    async followed({ followerId, followeeId, followedAt }, connection) {
      const row = [followeeId, followerId, followedAt];
      const { changes } = await connection.command('INSERT OR IGNORE INTO follow VALUES (?, ?, ?)', row);
      if (changes > 0) await count({ followerId, followeeId }, 1, connection);
    },
    async unfollowed({ followerId, followeeId }, connection) {
      const pair = [followeeId, followerId];
      const { changes } = await connection.command(
        'DELETE FROM follow WHERE (followee_id, follower_id) = (?, ?)',
        pair,
      );
      if (changes > 0) await count({ followerId, followeeId }, -1, connection);
    },
  },
};

const count = ({ followerId, followeeId }, change, connection) =>
  connection.command(
    `UPDATE profile SET followers = followers + iif(user_id = ?1, ?3, 0), following = following + iif(user_id = ?2, ?3, 0)
      WHERE user_id IN (?1, ?2)`,
    [followeeId, followerId, change],
  );

const given = (changes, field) => [field in changes, changes[field] ?? null];

const search = {
  name: 'search',
  schema: [
    'CREATE TABLE user_name (user_id TEXT, field TEXT, name TEXT, PRIMARY KEY (user_id, field)) WITHOUT ROWID',
    'CREATE INDEX user_name_name ON user_name (name)',
    // The row of a yubl is its global position, so that the newest come first without sorting.
    'CREATE TABLE found_yubl (place INTEGER PRIMARY KEY, yubl_id TEXT UNIQUE, author_id TEXT, posted_at TEXT, text TEXT)',
    'CREATE INDEX found_yubl_author ON found_yubl (author_id)',
    `CREATE VIRTUAL TABLE yubl_words USING fts5 (text, content = 'found_yubl', content_rowid = 'place', detail = none)`,
  ],
  on: {
    'user-joined': (data, connection) => name(data, connection),
    'user-profile-updated': (data, connection) => name(data, connection),
    async 'user-left'({ userId }, connection) {
      await connection.command('DELETE FROM user_name WHERE user_id = ?', [userId]);
      await forget('author_id', userId, connection);
    },
    async 'yubl-posted'({ yublId, authorId, postedAt, text }, connection, place) {
      const row = [place, yublId, authorId, postedAt, text];
      await connection.command('INSERT INTO found_yubl VALUES (?, ?, ?, ?, ?)', row);
      await connection.command('INSERT INTO yubl_words (rowid, text) VALUES (?, ?)', [place, text]);
    },
    'yubl-deleted': ({ yublId }, connection) => forget('yubl_id', yublId, connection),
  },
};

function name({ userId, ...data }, connection) {
  const fields = ['userName', 'firstName', 'lastName'].filter((field) => field in data);
  const rows = fields.flatMap((field) => [userId, field, data[field]?.toLowerCase() ?? null]);
  return connection.command(
    `INSERT OR REPLACE INTO user_name VALUES ${fields.map(() => '(?, ?, ?)').join(', ')}`,
    rows,
  );
}

async function forget(column, id, connection) {
  await connection.command(
    `INSERT INTO yubl_words (yubl_words, rowid, text)
      SELECT 'delete', place, text FROM found_yubl WHERE ${column} = ?`,
    [id],
  );
  await connection.command(`DELETE FROM found_yubl WHERE ${column} = ?`, [id]);
}

// A feed may grow to twice its length before all feeds are cut: cutting at every entry would cost a search in each
// follower's feed, or a counter for each of them to write.
const CUT_EVERY_YUBLS = 10_000;
let yublsSinceCut = 0;

const feed = {
  name: 'feed',
  schema: [
    'CREATE TABLE feed_follow (followee_id TEXT, follower_id TEXT, PRIMARY KEY (followee_id, follower_id)) WITHOUT ROWID',
    'CREATE INDEX feed_follow_follower ON feed_follow (follower_id)',
    'CREATE TABLE feed_yubl (place INTEGER PRIMARY KEY, yubl_id TEXT UNIQUE, author_id TEXT, posted_at TEXT, text TEXT)',
    'CREATE INDEX feed_yubl_author ON feed_yubl (author_id)',
    'CREATE TABLE feed_entry (user_id TEXT, place INTEGER, PRIMARY KEY (user_id, place)) WITHOUT ROWID',
  ],
  on: {
    followed: ({ followerId, followeeId }, connection) =>
      connection.command('INSERT OR IGNORE INTO feed_follow VALUES (?, ?)', [followeeId, followerId]),
    async unfollowed({ followerId, followeeId }, connection) {
      const pair = [followeeId, followerId];
      await connection.command('DELETE FROM feed_follow WHERE (followee_id, follower_id) = (?, ?)', pair);
      await connection.command(
        `DELETE FROM feed_entry WHERE user_id = ? AND place IN (SELECT place FROM feed_yubl WHERE author_id = ?)`,
        [followerId, followeeId],
      );
    },
    async 'user-left'({ userId }, connection) {
      await connection.command('DELETE FROM feed_entry WHERE user_id = ?', [userId]);
      await hide('author_id', userId, connection);
      await connection.command('DELETE FROM feed_follow WHERE followee_id = ?1 OR follower_id = ?1', [userId]);
    },
    async 'yubl-posted'({ yublId, authorId, postedAt, text }, connection, place) {
      const row = [place, yublId, authorId, postedAt, text];
      await connection.command('INSERT INTO feed_yubl VALUES (?, ?, ?, ?, ?)', row);
      await connection.command('INSERT INTO feed_entry SELECT follower_id, ? FROM feed_follow WHERE followee_id = ?', [
        place,
        authorId,
      ]);
      yublsSinceCut += 1;
      if (yublsSinceCut < CUT_EVERY_YUBLS) return;
      yublsSinceCut = 0;
      await cutFeeds(connection, 2 * FEED_LENGTH);
    },
    'yubl-deleted': ({ yublId }, connection) => hide('yubl_id', yublId, connection),
  },
  finish: (connection) => cutFeeds(connection, FEED_LENGTH),
};

async function hide(column, id, connection) {
  const places = `SELECT place FROM feed_yubl WHERE ${column} = ?1`;
  const readers = `SELECT follower_id FROM feed_follow WHERE followee_id IN
    (SELECT author_id FROM feed_yubl WHERE ${column} = ?1)`;
  await connection.command(`DELETE FROM feed_entry WHERE user_id IN (${readers}) AND place IN (${places})`, [id]);
  await connection.command(`DELETE FROM feed_yubl WHERE ${column} = ?`, [id]);
}

const cutFeeds = (connection, longerThan) =>
  connection.command(
    `WITH long AS (SELECT user_id FROM feed_entry GROUP BY user_id HAVING count(*) > ?),
      first AS (SELECT user_id, (SELECT place FROM feed_entry WHERE user_id = long.user_id
        ORDER BY place DESC LIMIT 1 OFFSET ${FEED_LENGTH - 1}) AS place FROM long)
      DELETE FROM feed_entry WHERE EXISTS
        (SELECT 1 FROM first WHERE first.user_id = feed_entry.user_id AND feed_entry.place < first.place)`,
    [longerThan],
  );

/** In the form of Emmett's definitions, with their tables and final steps. */
export const readModels = [relationships, search, feed].map(({ name: modelName, schema, on, finish }) => ({
  schema,
  finish,
  definition: {
    name: modelName,
    canHandle: Object.keys(on),
    async handle(events, { connection }) {
      for (const { type, data, metadata } of events) {
        await on[type](data, connection, Number(metadata.globalPosition));
      }
    },
  },
}));
