import { auditSearch } from '../../../adapters/embedded/search/audit.ts';
import { createSearchBuild } from '../../../adapters/embedded/search/build.ts';
import { SEARCH_SCHEMA, SEARCH_VERSION } from '../../../adapters/embedded/search/file.ts';
import { openSqliteSearchIndexReader } from '../../../adapters/embedded/search/index-reader.ts';
import { openSqliteSearchIndex } from '../../../adapters/embedded/search/search-index.ts';
import { storageError } from '../../../adapters/embedded/files/sqlite.ts';
import { openProjectionFile } from '../../../adapters/embedded/projection/file.ts';
import { indexSearch } from '../../../consumers/index-search.ts';
import type { SearchReader } from '../../../ports/search-reader.ts';
import { foldWords } from '../../../projections/search/folded-text.ts';
import { searchReader } from '../../../projections/search/search-queries.ts';
import type { Logger } from '../../logger.ts';
import { lazyService, type Service, startService } from '../../threads/services.ts';
import type { EmbeddedProjection, LiveReader, ReaderPlace } from '../projection.ts';
import type { SearchThread } from './search-thread.ts';

export const embeddedSearch: EmbeddedProjection<SearchReader> = {
  open(path) {
    const file = openProjectionFile({ path, version: SEARCH_VERSION, schema: SEARCH_SCHEMA, cacheMiB: 12 });
    return { file, consumers: [indexSearch(openSqliteSearchIndex(file))] };
  },
  build() {
    const build = createSearchBuild();
    return { build, consumers: [indexSearch(build)] };
  },
  openReader({ path }) {
    const index = openSqliteSearchIndexReader(path);
    return { ...searchReader(index), close: () => index.close() };
  },
  openLiveReader: openSearchThread,
  audit: auditSearch(foldWords),
  keys: [
    { table: 'user', place: 'number', key: 'user_name', where: "user_name <> '' AND names <> ''" },
    { table: 'yubl', place: 'place', key: 'text', where: "text <> ''" },
  ],
  // FTS5 removes the words of deleted yubls only when it merges.
  tidying: "INSERT INTO yubl_words (yubl_words) VALUES ('optimize')",
  explainer: async () => ({ explain: (await import('./explaining.ts')).explainSearch }),
};

function openSearchThread({ path }: ReaderPlace, logger: Logger): LiveReader<SearchReader> {
  const entry = new URL('./search-thread.ts', import.meta.url);
  const thread = lazyService(async () => {
    try {
      return await startService<SearchThread>(entry, { input: () => ({ path }), logger });
    } catch (error) {
      throw storageError(error, path);
    }
  });
  const unanswered = new Set<Promise<unknown>>();
  async function ask<Answer>(question: (search: Service<SearchThread>) => Promise<Answer>): Promise<Answer> {
    const answer = thread.get().then(question);
    unanswered.add(answer);
    try {
      return await answer;
    } finally {
      unanswered.delete(answer);
    }
  }
  return {
    reader: {
      users: (text, query) => ask((search) => search.call('users', { text, query })),
      yubls: (text, query) => ask((search) => search.call('yubls', { text, query })),
    },
    isUsed: thread.started,
    warmUp: async () => void (await thread.get()),
    async close() {
      await Promise.allSettled(unanswered);
      await thread.stop();
    },
  };
}
