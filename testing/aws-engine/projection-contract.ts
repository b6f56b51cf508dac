import type { AwsProjection } from '../../apps/aws/projection.ts';
import { openAwsResources } from '../../apps/aws/resources.ts';
import { parseAwsSettings } from '../../apps/aws/settings.ts';
import { openLogger } from '../../apps/logger.ts';
import type { ProjectionDefinition } from '../../apps/projections/definition.ts';
import type { Consumer, Handler, HandlerContext } from '../../consumers/runtime/consumer.ts';
import type { EventType } from '../../events/catalog.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import { openTableInMemory } from '../aws/table-in-memory.ts';
import type { ProjectionName } from '../../ports/progress.ts';
import type { DynamoTable } from '../../adapters/aws/dynamo/dynamo-table.ts';

const log = openLogger({ level: 'silent', destination: 2 });
const context: HandlerContext = { replay: true, log };

/** What a definition lacks on AWS, in words; nothing if it is whole. Its consumers handle a history of events of the catalog, with
 *  their table in memory. */
export async function awsBreaches(
  definition: ProjectionDefinition,
  history: readonly RecordedEvent[],
): Promise<string[]> {
  const part = await definition.aws.load();
  return [...(await typeBreaches(definition.name, part)), ...(await effectBreaches(part, history))];
}

// Nothing is asked of these addresses.
const resources = openAwsResources(
  parseAwsSettings({
    FIGTREE_FAN_OUT_TOPIC: 'arn:aws:sns:eu-west-1:123456789012:fan-out',
    FIGTREE_CLOUDSEARCH_SEARCH_URL: 'http://127.0.0.1:9/',
    FIGTREE_CLOUDSEARCH_DOCUMENT_URL: 'http://127.0.0.1:9/',
  }),
  { endpoint: 'http://127.0.0.1:9/', region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } },
  log,
);
const VERSION = '1';

/** Its function, its rebuild and its costs are about the same events. */
async function typeBreaches(name: ProjectionName, part: AwsProjection): Promise<string[]> {
  const typesOf = (consumers: readonly Consumer[]) =>
    [...new Set(consumers.flatMap(({ on }) => Object.keys(on)))].toSorted().join(' ');
  const tables = new Set<string>();
  const projectionTable = (projection: string) => {
    tables.add(projection);
    return tableInMemory();
  };
  const streamed = typesOf(part.streamConsumers({ ...resources, projectionTable })(VERSION));
  const rebuilt = typesOf(part.rebuildConsumers(resources, tableInMemory(), VERSION));
  const units = await part.units();
  const priced = Object.keys(units).toSorted().join(' ');
  const free = Object.entries(units).filter(([, { requests }]) => requests <= 0);
  const others = [...tables].filter((table) => table !== name);
  return [
    ...(streamed === '' ? ['its function wants no events'] : []),
    ...(streamed === rebuilt ? [] : [`its function handles ${streamed}, its rebuild ${rebuilt}`]),
    ...free.map(([type]) => `its units say that ${type} takes no request`),
    ...others.map((table) => `its function writes to the table of ${table}`),
    ...(streamed === priced ? [] : [`its function handles ${streamed}, units are told of ${priced}`]),
  ];
}

/** Every event is handled, also when it is delivered again. The histories of each store check that it has its effect once. */
async function effectBreaches(part: AwsProjection, history: readonly RecordedEvent[]): Promise<string[]> {
  const table = tableInMemory();
  const consumers = part.rebuildConsumers(resources, table, VERSION);
  try {
    await handleAll(consumers, history);
    await handleAll(consumers, history);
  } catch (error) {
    return [`it cannot handle every event: ${(error as Error).message}`];
  }
  for await (const page of table.scan({ expression: 'attribute_exists(pk)' })) {
    if (page.length > 0) return await auditBreaches(part, table);
  }
  return ['it writes nothing'];
}

/** What is found in a table that was written without trouble; and its keys are found in it. */
async function auditBreaches(part: AwsProjection, table: DynamoTable): Promise<string[]> {
  const { broken, counts, digest } = await part.audit({ aws: resources, table, version: VERSION }, {});
  const keys: string[] = [];
  for await (const page of table.scan(part.keys.filter)) keys.push(...page.map(part.keys.keyOf));
  return [
    ...broken.map((what) => `its audit finds: ${what}`),
    ...(Object.values(counts).some((count) => count > 0) ? [] : ['its audit counts nothing']),
    ...(/[1-9a-f]/.test(digest) ? [] : ['its audit digests nothing']),
    ...(keys.some((key) => key !== '') ? [] : ['it has no keys']),
  ];
}

export async function handleAll(consumers: readonly Consumer[], history: readonly RecordedEvent[]): Promise<void> {
  for (const event of history) {
    for (const { on } of consumers) {
      // The catalog ties a type to its data; looked up by a type that is not known before, the handler has to be widened.
      const handler = on[event.type] as unknown as Handler<EventType> | undefined;
      await handler?.(event, context);
    }
  }
}

function tableInMemory(): DynamoTable {
  return openTableInMemory({ before: async () => {}, after: async () => {}, answerIsLost: () => false });
}
