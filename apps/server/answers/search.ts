import type { SearchReader } from '../../../ports/search-reader.ts';
import { cursors, pageDocument } from '../cursor.ts';
import type { ProjectionAnswers } from '../projection-api.ts';

export const searchAnswers: ProjectionAnswers<SearchReader> = {
  'search-users': async (reader, { key, limit }) =>
    pageDocument(await reader.users(key, { limit }), cursors.userSearch),
  'search-yubls': async (reader, { key, limit }) =>
    pageDocument(await reader.yubls(key, { limit }), cursors.yublSearch),
};
