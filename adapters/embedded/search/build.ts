import type { DatabaseSync } from 'node:sqlite';
import type { IndexedUser, SearchIndex } from '../../../ports/search-index.ts';
import { type ProjectionBuild, writeBuildFile } from '../build/file.ts';
import { createYublsBuild } from './build-yubls.ts';
import { SEARCH_SCHEMA, SEARCH_VERSION } from './file.ts';
import { joinNames, placesOf } from './users.ts';
import { userValues } from '../projection/user-columns.ts';

const USER_BYTES = 900;

/** The search index in memory, until it is written. */
export function createSearchBuild(): SearchIndex & ProjectionBuild {
  const users = new Map<string, IndexedUser>();
  const gone = new Set<string>();
  const yubls = createYublsBuild();
  return {
    changeUser(userId, fold) {
      if (gone.has(userId)) return;
      const before = users.get(userId);
      const after = fold(before);
      if (after !== before) users.set(userId, after);
    },
    removeUser(userId) {
      if (gone.has(userId)) return;
      gone.add(userId);
      users.delete(userId);
      yubls.removeAuthor(userId);
    },
    addYubl(yubl, words) {
      // Without words it cannot be found.
      if (words !== '' && !gone.has(yubl.authorId)) yubls.add(yubl, words);
    },
    deleteYubl: (yublId) => yubls.remove(yublId),
    bytes: () => users.size * USER_BYTES + gone.size * USER_BYTES + yubls.bytes(),
    feedEntries: () => 0,
    write(path, position) {
      const insert = (database: DatabaseSync) => {
        insertUsers(database, users);
        insertGone(database, gone);
        yubls.insertDeleted(database);
      };
      writeBuildFile(path, position, {
        version: SEARCH_VERSION,
        schema: SEARCH_SCHEMA,
        insert,
        waiting: yubls.waiting,
      });
    },
  };
}

function insertUsers(database: DatabaseSync, users: ReadonlyMap<string, IndexedUser>): void {
  const insert = database.prepare('INSERT INTO user VALUES (?, unhex(?), ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const insertName = database.prepare('INSERT INTO name VALUES (?, ?, unhex(?), ?)');
  const places: [initial: string, name: string, userId: string, number: number][] = [];
  let number = 0;
  for (const [userId, user] of users) {
    number += 1;
    insert.run(number, userId, joinNames(user.names), ...userValues(user));
    for (const [initial, name] of placesOf(user.names)) places.push([initial, name, userId, number]);
  }
  // Nearly sorted by code points, as the table is: an unsorted row costs a little more.
  places.sort(([initialA, nameA], [initialB, nameB]) => compare(initialA, initialB) || compare(nameA, nameB));
  for (const place of places) insertName.run(...place);
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function insertGone(database: DatabaseSync, gone: ReadonlySet<string>): void {
  const insert = database.prepare('INSERT INTO gone_user VALUES (unhex(?))');
  for (const userId of gone) insert.run(userId);
}
