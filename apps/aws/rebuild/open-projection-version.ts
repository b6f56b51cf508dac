import { createTable } from '../../../adapters/aws/dynamo/create-table.ts';
import { type OnRequest, openDynamoClient } from '../../../adapters/aws/dynamo/client.ts';
import { openDynamoTable } from '../../../adapters/aws/dynamo/table.ts';
import type { DynamoTable } from '../../../adapters/aws/dynamo/dynamo-table.ts';
import { openKinesisClient } from '../../../adapters/aws/kinesis/client.ts';
import { catalogPersonalWords } from '../../../consumers/runtime/catalog-personal-words.ts';
import { defined } from '../../../events/defined.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { catalogUpcasters } from '../../../schema-registry/catalog-upcasters.ts';
import { projectionNamed } from '../../projections/registry.ts';
import { openArchive } from '../functions/archive-events.ts';
import { compareWith } from './comparing.ts';
import { kinesisSource } from './source.ts';
import type { AwsRebuildParts, RebuiltVersion } from './work.ts';
import { type AwsResources, projectionName } from '../resources.ts';

/** The dependencies of a rebuild in one installation. */
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

async function openProjectionVersion(
  aws: AwsResources,
  projection: ProjectionName,
  { version, onRequest }: { readonly version: string; readonly onRequest: OnRequest },
): Promise<RebuiltVersion> {
  const part = await projectionNamed(projection).aws.load();
  const client = openDynamoClient(aws.endpoint, onRequest);
  const name = projectionName(aws.settings, projection, version);
  const table = openDynamoTable(client, name);
  const liveTable = async () => aws.projectionTable(projection, await aws.versions.now(projection));
  return {
    consumers: part.rebuildConsumers(aws, table, version),
    async createTables() {
      await createTable(client, name, defined({ indexes: part.indexes }));
      await part.create?.(aws, version);
    },
    async audit(options) {
      const found = await part.audit({ aws, table, version }, options);
      const lost = (await hasNone(table)) && !(await hasNone(await liveTable()));
      const broken = lost ? [...found.broken, 'it is empty, and the live version is not'] : found.broken;
      return { ...found, broken, live: 'not comparable' };
    },
    compare: async (gate, signal) =>
      compareWith({ aws, projection, part, table, live: await liveTable(), version }, gate, signal),
    close: () => client.close(),
  };
}

async function hasNone(table: DynamoTable): Promise<boolean> {
  for await (const page of table.scan()) if (page.length > 0) return false;
  return true;
}
