import type { SearchReader } from '../../../ports/search-reader.ts';
import { cursors, pageDocument } from '../cursor.ts';
import type { ProjectionAnswers } from '../projection-api.ts';

export const searchAnswers: ProjectionAnswers<SearchReader> = {
  async answer(reader, { what, key, limit }) {
    return what === 'search-users'
      ? pageDocument(await reader.users(key, { limit }), cursors.userSearch)
      : pageDocument(await reader.yubls(key, { limit }), cursors.yublSearch);
  },
};
