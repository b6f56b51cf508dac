import { createTable } from '../../adapters/aws/dynamo/create-table.ts';
import { type OnRequest, openDynamoClient } from '../../adapters/aws/dynamo/client.ts';
import { auditRelationshipTable } from '../../adapters/aws/dynamo/relationships/audit.ts';
import { openDynamoRelationshipStore } from '../../adapters/aws/dynamo/relationships/store.ts';
import { openDynamoTable } from '../../adapters/aws/dynamo/table.ts';
import { openKinesisClient } from '../../adapters/aws/kinesis/client.ts';
import { openS3Client } from '../../adapters/aws/s3/client.ts';
import { openS3EventArchive } from '../../adapters/aws/s3/event-archive.ts';
import { catalogPersonalWords } from '../../consumers/runtime/catalog-personal-words.ts';
import { trackRelationships } from '../../consumers/track-relationships.ts';
import { catalogUpcasters } from '../../schema-registry/catalog-upcasters.ts';
import { openLiveVersions } from '../../apps/aws/live-versions.ts';
import { rebuildOnAws } from '../../apps/aws/rebuild/rebuild.ts';
import type { AwsRebuildOptions, AwsRebuildParts, RebuiltVersion } from '../../apps/aws/rebuild/work.ts';
import { kinesisSource } from '../../apps/aws/rebuild/source.ts';
import type { AwsEndpoint } from '../../apps/aws/resources.ts';

/** Everything that a rebuild needs to find its data, as JSON, so that another process can get it as well. */
export interface RebuildPlace {
  readonly config: Readonly<Record<'dynamo' | 'kinesis' | 's3', AwsEndpoint>>;
  /** Prefix of all table names. */
  readonly tables: string;
  readonly stream: string;
  readonly bucket: string;
  readonly prefix: string;
}

export function tableOf({ tables }: Pick<RebuildPlace, 'tables'>, version: string): string {
  return `${tables}-${version}`;
}

export function openRelationships(
  place: Pick<RebuildPlace, 'tables' | 'config'>,
  version: string,
  onRequest?: OnRequest,
): RebuiltVersion {
  const client = openDynamoClient(place.config.dynamo, onRequest);
  const name = tableOf(place, version);
  const table = openDynamoTable(client, name);
  return {
    consumers: [trackRelationships(openDynamoRelationshipStore(table))],
    createTables: () => createTable(client, name),
    audit: async (options) => ({ ...(await auditRelationshipTable(table, options)), live: 'not comparable' }),
    compare: () => Promise.reject(new Error('no gate is asked for')),
    close: () => client.close(),
  };
}

export function rebuildParts(place: RebuildPlace): AwsRebuildParts {
  const { config, stream, bucket, prefix } = place;
  const control = openDynamoTable(openDynamoClient(config.dynamo), tableOf(place, 'control'));
  const silent = () => {};
  return {
    control,
    versions: openLiveVersions(control),
    archive: openS3EventArchive({ client: openS3Client(config.s3), bucket, prefix }),
    stream: kinesisSource(openKinesisClient(config.kinesis), stream),
    open: async (_, version, onRequest) => openRelationships(place, version, onRequest),
    upcasters: catalogUpcasters(),
    personal: catalogPersonalWords(),
    log: { debug: silent, info: silent, warn: silent, error: silent },
  };
}

/** For a process that is going to be killed. Writes a line for each stage that it reaches. */
export async function reportingRebuild(place: RebuildPlace, options: Omit<AwsRebuildOptions, 'signal'>): Promise<void> {
  const { signal } = new AbortController();
  const onProgress: AwsRebuildOptions['onProgress'] = ({ stage }) => console.log(stage);
  await rebuildOnAws(rebuildParts(place), { ...options, signal, onProgress });
}
