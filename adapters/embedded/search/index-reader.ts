import type { SearchIndexReader } from '../../../ports/search-index-reader.ts';
import { openReadingMoments } from '../files/reading-moments.ts';
import { openUserPages } from './user-pages.ts';
import { openYublPages } from './yubl-pages.ts';
import { openSqlite } from '../files/sqlite.ts';

/** Opens the search file for reading, beside its writer in this or another process. The writer must have opened it once
 *  to create the tables; until events come, answers are empty. */
export function openSqliteSearchIndexReader(path: string): SearchIndexReader & { close(): void } {
  const database = openSqlite(path, { readOnly: true, synchronous: 'NORMAL', cacheMiB: 32, autocheckpointMiB: 0 });
  const users = openUserPages(database);
  const yubls = openYublPages(database);
  const moments = openReadingMoments(database);

  return {
    users: async (names, query) => moments.read(() => users(names, query)),
    yubls: async (words, query) => moments.read(() => yubls(words, query)),
    close() {
      moments.end();
      database.close();
    },
  };
}
