import { describe } from 'vitest';
import { indexSearch } from '../../../../consumers/index-search.ts';
import { handleAlone } from '../../../../testing/consumers/handle-alone.ts';
import { searchIndexReaderContract } from '../../../../ports/contracts/search-index-reader.contract.ts';
import { type SearchEngine, searchIndexContract } from '../../../../ports/contracts/search-index.contract.ts';
import type { SearchIndexReader } from '../../../../ports/search-index-reader.ts';
import { searchReader } from '../../../../projections/search/search-queries.ts';
import { searchModel } from '../../../../projections/search/search.model.ts';
import { createTable } from '../../dynamo/create-table.ts';
import { deleteTable } from '../../../../testing/aws/table-removal.ts';
import { openDynamoClient } from '../../dynamo/client.ts';
import { openDynamoTable } from '../../dynamo/table.ts';
import { awsUnderTest } from '../../../../testing/aws/emulated.ts';
import { openDynamoSearchIndex } from '../dynamo-search-index.ts';
import { openOpenSearchClient } from './client.ts';
import { createOpenSearchIndexes, indexName } from './indexes.ts';
import { openOpenSearchIndexReader } from './index-reader.ts';
import { openOpenSearchUploader } from './uploader.ts';

const dynamo = awsUnderTest('dynamodb');
const openSearch = awsUnderTest('opensearch');
const endpoint = openSearch.config.endpoint ?? '';
const skipReason = dynamo.skipReason ?? openSearch.skipReason;

const engine: SearchEngine = {
  name: `${dynamo.engine} and ${openSearch.engine}`,
  transactions: false,
  model: searchModel,
  newPlace() {
    const place = dynamo.newName();
    return { place, remove: () => removeAll(place) };
  },
  async open(place) {
    const tables = openDynamoClient(dynamo.config);
    const client = openOpenSearchClient({ endpoint });
    await Promise.all([createTable(tables, place), createOpenSearchIndexes(client, place, { shards: 1, replicas: 0 })]);
    const upload = openOpenSearchUploader(client, place);
    let isFresh = false;
    const store = openDynamoSearchIndex(openDynamoTable(tables, place), async (documents) => {
      await upload(documents);
      isFresh = false;
    });
    const index = refreshedFirst(openOpenSearchIndexReader(client, place), async () => {
      if (!isFresh) await client.indices.refresh({ index: aliasesOf(place) });
      isFresh = true;
    });
    return {
      store,
      reader: { index, search: searchReader(index) },
      unit: { commit: async (work) => void (await work()), attempt: (work) => work() },
      handle: handleAlone(indexSearch(store)),
      async close() {
        tables.close();
        await client.close();
      },
    };
  },
};

/** Searches find what was written a second ago; the contract reads immediately. */
function refreshedFirst(index: SearchIndexReader, refresh: () => Promise<void>): SearchIndexReader {
  return {
    users: async (names, query) => (await refresh(), index.users(names, query)),
    yubls: async (words, query) => (await refresh(), index.yubls(words, query)),
  };
}

function aliasesOf(place: string): string[] {
  return [indexName(place, 'users'), indexName(place, 'yubls')];
}

async function removeAll(place: string): Promise<void> {
  const tables = openDynamoClient(dynamo.config);
  const client = openOpenSearchClient({ endpoint });
  // An alias cannot be deleted, only the index behind it.
  const index = aliasesOf(place).map((alias) => `${alias}-1`);
  await Promise.all([deleteTable(tables, place), client.indices.delete({ index, ignore_unavailable: true })]);
  tables.close();
  await client.close();
}

describe.skipIf(skipReason)(`search by OpenSearch${skipReason === undefined ? '' : ` (${skipReason})`}`, () => {
  searchIndexContract(engine, 12);
  searchIndexReaderContract(engine);
});
