import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { indexSearch } from '../../consumers/index-search.ts';
import { handleAlone } from '../../consumers/runtime/handle-alone.ts';
import { searchIndexReaderContract } from '../../ports/contracts/search-index-reader.contract.ts';
import { type SearchEngine, searchIndexContract } from '../../ports/contracts/search-index.contract.ts';
import { searchReader } from '../../projections/search/search-queries.ts';
import { searchModel } from '../../projections/search/search.model.ts';
import { openProjectionFile } from './projection-file.ts';
import { SEARCH_SCHEMA, SEARCH_VERSION } from './search-file.ts';
import { openSqliteSearchIndexReader } from './sqlite-search-index-reader.ts';
import { openSqliteSearchIndex } from './sqlite-search-index.ts';

const sqlite: SearchEngine = {
  name: 'SQLite',
  model: searchModel,
  newPlace() {
    const folder = mkdtempSync(join(tmpdir(), 'figtree-search-'));
    return { place: join(folder, 'search.db'), remove: () => rmSync(folder, { recursive: true }) };
  },
  async open(path) {
    const file = openProjectionFile({ path, version: SEARCH_VERSION, schema: SEARCH_SCHEMA });
    const store = openSqliteSearchIndex(file);
    const index = openSqliteSearchIndexReader(path);
    return {
      store,
      reader: { index, search: searchReader(index) },
      unit: file,
      handle: handleAlone(indexSearch(store)),
      async close() {
        index.close();
        file.close();
      },
    };
  },
};

searchIndexContract(sqlite);
searchIndexReaderContract(sqlite);
