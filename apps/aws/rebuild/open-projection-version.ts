import { createTable } from '../../../adapters/aws/dynamo/create-table.ts';
import { type OnRequest, openDynamoClient } from '../../../adapters/aws/dynamo/client.ts';
import { openDynamoFeedStore } from '../../../adapters/aws/dynamo/feed/store.ts';
import { openDynamoRelationshipStore } from '../../../adapters/aws/dynamo/relationships/store.ts';
import { type DynamoTable, openDynamoTable } from '../../../adapters/aws/dynamo/table.ts';
import { openKinesisClient } from '../../../adapters/aws/kinesis/client.ts';
import { addToFeed } from '../../../consumers/add-to-feed.ts';
import { distributeYubl } from '../../../consumers/distribute-yubl.ts';
import { indexSearch } from '../../../consumers/index-search.ts';
import { maintainFeed } from '../../../consumers/maintain-feed.ts';
import { catalogPersonalWords } from '../../../consumers/runtime/catalog-personal-words.ts';
import type { Consumer } from '../../../consumers/runtime/consumer.ts';
import { untracedFanOut } from '../../../consumers/runtime/in-transaction-fan-out.ts';
import { trackRelationships } from '../../../consumers/track-relationships.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { catalogUpcasters } from '../../../schema-registry/catalog-upcasters.ts';
import { openArchive } from '../functions/archive-events.ts';
import { FOLLOWERS_PER_BATCH } from '../functions/distribute-yubl.ts';
import { kinesisSource } from './rebuild-source.ts';
import type { AwsRebuildParts, ProjectionVersion } from './rebuild-work.ts';
import { type AwsResources, projectionName } from '../resources.ts';
import { openSearchEngine } from '../search-engine.ts';

/** What a rebuild works with, in one installation. */
export function rebuildPartsOf(aws: AwsResources): AwsRebuildParts {
  return {
    control: aws.table('control'),
    versions: aws.versions,
    archive: openArchive(aws),
    stream: kinesisSource(openKinesisClient(aws.endpoint), aws.settings.stream),
    open: (projection, version, onRequest) => openProjectionVersion(aws, projection, { version, onRequest }),
    upcasters: catalogUpcasters(),
    personal: catalogPersonalWords(),
    log: aws.log,
  };
}

function openProjectionVersion(
  aws: AwsResources,
  projection: ProjectionName,
  { version, onRequest }: { readonly version: string; readonly onRequest: OnRequest },
): ProjectionVersion {
  const client = openDynamoClient(aws.endpoint, onRequest);
  const name = projectionName(aws.settings, projection, version);
  const table = openDynamoTable(client, name);
  return {
    consumers: consumersOf[projection](aws, table, version),
    async createTables() {
      await createTable(client, name);
      if (projection === 'search') await openSearchEngine(aws).create(version);
    },
    close: () => client.close(),
  };
}

type ConsumersOf = (aws: AwsResources, table: DynamoTable, version: string) => readonly Consumer[];

const consumersOf: Readonly<Record<ProjectionName, ConsumersOf>> = {
  feed({ settings: { celebrityFollowers } }, table) {
    const store = openDynamoFeedStore(table);
    // At once, and not by way of the topic: that leads to the tables that are live.
    const fanOut = untracedFanOut(addToFeed(store));
    const options = { celebrityFollowers, batchSizeMax: FOLLOWERS_PER_BATCH };
    return [maintainFeed(store), distributeYubl(store, fanOut, options)];
  },
  relationships: (_aws, table) => [trackRelationships(openDynamoRelationshipStore(table))],
  search: (aws, table, version) => [indexSearch(openSearchEngine(aws).index(version, table))],
};
