import type { SearchIndex } from '../../../ports/search-index.ts';
import type { ProjectionFile } from '../projection/file.ts';
import { openIndexedUsers } from './users.ts';
import { openIndexedYubls } from './yubls.ts';

/** The search index in a projection's file. */
export function openSqliteSearchIndex(file: Pick<ProjectionFile, 'database' | 'onTransaction'>): SearchIndex {
  const users = openIndexedUsers(file.database);
  const yubls = openIndexedYubls(file);
  return {
    changeUser: (userId, fold) => users.change(userId, fold),
    removeUser(userId) {
      if (users.remove(userId)) yubls.removeAuthor(userId);
    },
    addYubl(yubl, words) {
      // Without words it cannot be found.
      if (words !== '' && !users.isGone(yubl.authorId)) yubls.add(yubl, words);
    },
    deleteYubl: (yublId) => yubls.remove(yublId),
  };
}
