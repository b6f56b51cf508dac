import type { SearchIndexReader } from '../../ports/search-index-reader.ts';
import { openUserPages } from './search-user-pages.ts';
import { openYublPages } from './search-yubl-pages.ts';
import { openSqlite } from './sqlite.ts';

/** Opens the search file for reading, beside its writer in this or another process. The writer has to have opened it
 *  once, which makes the tables; until events come they are empty, and so are the answers. */
export function openSqliteSearchIndexReader(path: string): SearchIndexReader & { close(): void } {
  const database = openSqlite(path, { readOnly: true, synchronous: 'NORMAL', cacheMiB: 32, autocheckpointPages: 0 });
  const users = openUserPages(database);
  const yubls = openYublPages(database);
  const begin = database.prepare('BEGIN');
  const end = database.prepare('COMMIT');

  // One moment for all statements of an answer: the writer may commit between any two of them.
  function atOneMoment<Result>(read: () => Result): Result {
    begin.run();
    try {
      return read();
    } finally {
      end.run();
    }
  }

  return {
    users: async (names, query) => atOneMoment(() => users(names, query)),
    yubls: async (words, query) => atOneMoment(() => yubls(words, query)),
    close: () => database.close(),
  };
}
