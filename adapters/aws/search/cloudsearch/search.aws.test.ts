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
import { type CloudSearchDouble, startCloudSearchDouble } from '../../../../testing/aws/cloudsearch-double.ts';
import { awsUnderTest } from '../../../../testing/aws/emulated.ts';
import { openCloudSearchDomain } from './client.ts';
import { CLOUDSEARCH_FIELDS } from './fields.ts';
import { openCloudSearchIndexReader } from './index-reader.ts';
import { type CloudSearchUploader, openCloudSearchUploader } from './uploader.ts';
import { openDynamoSearchIndex } from '../dynamo-search-index.ts';

const dynamo = awsUnderTest('dynamodb');

// A simulated clock for the domain and its writers, because a turn takes ten seconds.
let time = Date.now();
const now = () => time;
const pace = { everyMs: 10_000, visibleAfterMs: 60_000 };
const domains = new Map<string, Promise<CloudSearchDouble>>();

const engine: SearchEngine = {
  name: `${dynamo.engine} and a double of CloudSearch`,
  transactions: false,
  model: searchModel,
  newPlace() {
    const place = dynamo.newName();
    domains.set(place, startCloudSearchDouble({ fields: CLOUDSEARCH_FIELDS, now, ...pace }));
    return { place, remove: () => removeAll(place) };
  },
  async open(place) {
    const { endpoint } = await startedFor(place);
    const tables = openDynamoClient(dynamo.config);
    await createTable(tables, place);
    const table = openDynamoTable(tables, place);
    const domain = openCloudSearchDomain({ ...dynamo.config, searchEndpoint: endpoint, documentEndpoint: endpoint });
    const uploader = openCloudSearchUploader(table, domain.documents, { now });
    let isSettled = false;
    const store = openDynamoSearchIndex(table, async (documents) => {
      isSettled = false;
      await uploader.notify(documents);
    });
    const index = settledFirst(openCloudSearchIndexReader(table, domain.searches), async () => {
      if (!isSettled) await settle(uploader);
      isSettled = true;
    });
    return {
      store,
      reader: { index, search: searchReader(index) },
      unit: { commit: async (work) => void (await work()), attempt: (work) => work() },
      handle: handleAlone(indexSearch(store)),
      async close() {
        tables.close();
        domain.close();
      },
    };
  },
};

async function startedFor(place: string): Promise<CloudSearchDouble> {
  const domain = await domains.get(place);
  if (domain === undefined) throw new Error(`no domain for ${place}`);
  return domain;
}

/** CloudSearch shows a batch after a while; the contract reads immediately. */
function settledFirst(index: SearchIndexReader, settle: () => Promise<void>): SearchIndexReader {
  return {
    users: async (names, query) => (await settle(), index.users(names, query)),
    yubls: async (words, query) => (await settle(), index.yubls(words, query)),
  };
}

async function settle(uploader: CloudSearchUploader): Promise<void> {
  for (;;) {
    const { againInMs } = await uploader.drain();
    if (againInMs === undefined) break;
    time += againInMs;
  }
  time += pace.visibleAfterMs;
}

async function removeAll(place: string): Promise<void> {
  const tables = openDynamoClient(dynamo.config);
  await Promise.all([deleteTable(tables, place), startedFor(place).then((domain) => domain.close())]);
  tables.close();
  domains.delete(place);
}

const because = dynamo.skipReason === undefined ? '' : ` (${dynamo.skipReason})`;

describe.skipIf(dynamo.skipReason)(`search by CloudSearch${because}`, () => {
  searchIndexContract(engine, 12);
  searchIndexReaderContract(engine);
});
