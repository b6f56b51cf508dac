import type { Fold } from '../../../ports/relationship-store.ts';
import type { IndexedUser } from '../../../ports/search-index.ts';
import type { ProjectionFile } from '../projection/file.ts';
import { compareNames, initialOf, SEPARATOR } from './file.ts';
import { type UserColumns, userRecordOf, userValues } from '../projection/user-columns.ts';

/** The users' half of the search index. Buffers nothing in memory. */
export interface IndexedUsers {
  change(userId: string, fold: Fold<IndexedUser>): void;
  /** False if the user had already left. */
  remove(userId: string): boolean;
  isGone(userId: string): boolean;
}

type UserRow = UserColumns & { readonly number: number; readonly names: string };

export function openIndexedUsers(database: ProjectionFile['database']): IndexedUsers {
  const read = database.prepare('SELECT * FROM user WHERE user_id = unhex(?)');
  // A user keeps the same number as long as they stay: the rows of their names refer to it.
  const write = database.prepare('INSERT OR REPLACE INTO user VALUES (?, unhex(?), ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const erase = database.prepare('DELETE FROM user WHERE user_id = unhex(?)');
  const addName = database.prepare('INSERT INTO name VALUES (?, ?, unhex(?), ?)');
  const removeName = database.prepare('DELETE FROM name WHERE initial = ? AND name = ? AND user_id = unhex(?)');
  const gone = database.prepare('SELECT 1 FROM gone_user WHERE user_id = unhex(?)');
  const markGone = database.prepare('INSERT OR IGNORE INTO gone_user VALUES (unhex(?))');

  function removeNames(userId: string, names: readonly string[]): void {
    for (const [initial, name] of placesOf(names)) removeName.run(initial, name, userId);
  }

  return {
    change(userId, fold) {
      if (gone.get(userId) !== undefined) return;
      const row = read.get(userId) as unknown as UserRow | undefined;
      const before = row === undefined ? undefined : { ...userRecordOf(userId, row), names: splitNames(row.names) };
      const after = fold(before);
      if (after === before) return;
      const names = joinNames(after.names);
      const { lastInsertRowid: number } = write.run(row?.number ?? null, userId, names, ...userValues(after));
      if (names === (row?.names ?? '')) return;
      removeNames(userId, before?.names ?? []);
      for (const [initial, name] of placesOf(after.names)) addName.run(initial, name, userId, number);
    },
    remove(userId) {
      if (markGone.run(userId).changes === 0) return false;
      const row = read.get(userId) as unknown as UserRow | undefined;
      if (row === undefined) return true;
      removeNames(userId, splitNames(row.names));
      erase.run(userId);
      return true;
    },
    isGone: (userId) => gone.get(userId) !== undefined,
  };
}

/** The rows of `name` for a user's names: each with initial '' and with the initials of the others. */
export function placesOf(names: readonly string[]): [initial: string, name: string][] {
  return names.flatMap((name) => {
    const others = names.filter((other) => other !== name);
    const initials = new Set(['', ...others.map(initialOf)]);
    return [...initials].map((initial): [string, string] => [initial, name]);
  });
}

export function joinNames(names: readonly string[]): string {
  if (names.length === 0) return '';
  const sorted = names.toSorted(compareNames);
  return SEPARATOR + sorted.join(SEPARATOR) + SEPARATOR;
}

function splitNames(names: string): string[] {
  return names.split(SEPARATOR).filter((name) => name !== '');
}
