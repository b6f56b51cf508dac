import { openDynamoSearchIndex } from '../../adapters/aws/search/dynamo-search-index.ts';
import { openCloudSearchDomain } from '../../adapters/aws/search/cloudsearch/client.ts';
import { openCloudSearchIndexReader } from '../../adapters/aws/search/cloudsearch/index-reader.ts';
import {
  type CloudSearchUploader,
  type Drained,
  openCloudSearchUploader,
} from '../../adapters/aws/search/cloudsearch/uploader.ts';
import { openOpenSearchClient } from '../../adapters/aws/search/opensearch/client.ts';
import { createOpenSearchIndexes } from '../../adapters/aws/search/opensearch/indexes.ts';
import { openOpenSearchIndexReader } from '../../adapters/aws/search/opensearch/index-reader.ts';
import { openOpenSearchUploader } from '../../adapters/aws/search/opensearch/uploader.ts';
import type { SearchIndex } from '../../ports/search-index.ts';
import type { SearchIndexReader } from '../../ports/search-index-reader.ts';
import { type AwsEndpoint, type AwsResources, projectionName } from './resources.ts';
import { required, type SearchSettings } from './settings.ts';
import type { DynamoTable } from '../../adapters/aws/dynamo/dynamo-table.ts';

/** The search projection with the engine that the settings name. `table` is that of the version. */
export interface SearchEngine {
  index(version: string, table: DynamoTable): SearchIndex;
  reader(version: string, table: DynamoTable): SearchIndexReader;
  /** Creates what the engine needs for a version, unless it exists. */
  create(version: string): Promise<void>;
  /** For an engine with its own pace: sends some of the marked documents. Call it after each batch of events and by a
   *  schedule. */
  readonly drain?: (table: DynamoTable) => Promise<Drained>;
}

/** Throws CONFIG_INVALID if no engine is set. */
export function openSearchEngine(aws: Pick<AwsResources, 'settings' | 'endpoint'>): SearchEngine {
  const settings = required(aws.settings.search, 'FIGTREE_OPENSEARCH_URL');
  if (settings.engine === 'cloudsearch') return cloudSearch(settings, aws.endpoint);
  return openSearch(settings, (version) => projectionName(aws.settings, 'search', version), aws.endpoint.region);
}

type SettingsOf<Engine> = Extract<SearchSettings, { engine: Engine }>;

function openSearch(
  { url, signing }: SettingsOf<'opensearch'>,
  nameOf: (version: string) => string,
  region?: string,
): SearchEngine {
  const client = openOpenSearchClient({
    endpoint: url.href,
    ...(signing !== 'none' && { signing: { service: signing, region: required(region, 'AWS_REGION') } }),
  });
  return {
    index: (version, table) => openDynamoSearchIndex(table, openOpenSearchUploader(client, nameOf(version))),
    reader: (version) => openOpenSearchIndexReader(client, nameOf(version)),
    create: (version) => createOpenSearchIndexes(client, nameOf(version), { serverless: signing === 'aoss' }),
  };
}

function cloudSearch({ searches, documents }: SettingsOf<'cloudsearch'>, endpoint: AwsEndpoint): SearchEngine {
  const { endpoint: _elsewhere, ...config } = endpoint;
  const domain = openCloudSearchDomain({
    ...config,
    searchEndpoint: searches.href,
    documentEndpoint: documents.href,
  });
  const uploaders = new Map<string, CloudSearchUploader>();
  function uploader(table: DynamoTable): CloudSearchUploader {
    let known = uploaders.get(table.name);
    if (known === undefined) uploaders.set(table.name, (known = openCloudSearchUploader(table, domain.documents)));
    return known;
  }
  return {
    index: (_version, table) => openDynamoSearchIndex(table, uploader(table).notify),
    reader: (_version, table) => openCloudSearchIndexReader(table, domain.searches),
    // Its fields belong to the domain, and are created with it.
    create: () => Promise.resolve(),
    drain: (table) => uploader(table).drain(),
  };
}
