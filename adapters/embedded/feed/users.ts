import type { DatabaseSync } from 'node:sqlite';

/** Users of the feed file by their number, with what the writer needs frequently. */
export interface FeedUsers {
  /** Assigns a number to a user who is new. */
  of(userId: string): FeedUser;
  find(userId: string): FeedUser | undefined;
  markGone(user: FeedUser): void;
  markPulled(user: FeedUser): void;
  countYubls(userNumber: number, difference: number): void;
  /** Writes buffered counts. */
  flush(): void;
  forget(): void;
}

export interface FeedUser {
  readonly number: number;
  gone: boolean;
  pulled: boolean;
}

const USERS_CACHED_MAX = 200_000;

export function openFeedUsers(database: DatabaseSync): FeedUsers {
  const select = database.prepare('SELECT number, gone, pulled FROM user WHERE user_id = ?');
  const insert = database.prepare('INSERT INTO user (user_id) VALUES (?)');
  const setGone = database.prepare('UPDATE user SET gone = 1, yubls = 0, floor = NULL, pulled = 0 WHERE number = ?');
  const setPulled = database.prepare('UPDATE user SET pulled = 1 WHERE number = ?');
  const addYubls = database.prepare('UPDATE user SET yubls = yubls + ?2 WHERE number = ?1');
  const users = new Map<string, FeedUser>();
  const yublCounts = new Map<number, number>();

  function remember(userId: string, user: FeedUser): FeedUser {
    if (users.size >= USERS_CACHED_MAX) users.clear();
    users.set(userId, user);
    return user;
  }

  function find(userId: string): FeedUser | undefined {
    const known = users.get(userId);
    if (known !== undefined) return known;
    const row = select.get(userId) as { number: number; gone: number; pulled: number } | undefined;
    if (row === undefined) return undefined;
    return remember(userId, { number: row.number, gone: row.gone === 1, pulled: row.pulled === 1 });
  }

  return {
    find,
    of(userId) {
      const known = find(userId);
      if (known !== undefined) return known;
      const number = Number(insert.run(userId).lastInsertRowid);
      return remember(userId, { number, gone: false, pulled: false });
    },
    markGone(user) {
      user.gone = true;
      user.pulled = false;
      yublCounts.delete(user.number);
      setGone.run(user.number);
    },
    markPulled(user) {
      if (user.pulled) return;
      user.pulled = true;
      setPulled.run(user.number);
    },
    countYubls(userNumber, difference) {
      yublCounts.set(userNumber, (yublCounts.get(userNumber) ?? 0) + difference);
    },
    flush() {
      for (const [userNumber, difference] of yublCounts) addYubls.run(userNumber, difference);
      yublCounts.clear();
    },
    forget() {
      users.clear();
      yublCounts.clear();
    },
  };
}
