import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { createTable } from '../../adapters/aws/dynamo/create-table.ts';
import { openDynamoClient } from '../../adapters/aws/dynamo/client.ts';
import { openDynamoStreamParking } from '../../adapters/aws/dynamo/parking/stream-parking.ts';
import { openDynamoRowStore } from '../../adapters/aws/dynamo/rows/store.ts';
import { openDynamoTable } from '../../adapters/aws/dynamo/table.ts';
import { awsTables } from '../../apps/aws/projections/tables.ts';
import { parseVariables } from '../../apps/config.ts';
import type { Consumer } from '../../consumers/runtime/consumer.ts';
import { catalogPersonalWords } from '../../consumers/runtime/catalog-personal-words.ts';
import { createStreamHandler } from '../../consumers/stream/stream-handler.ts';
import type { OpenTableProjection } from '../../consumers/tables/open-projection.ts';
import type { EventType } from '../../events/catalog.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import type { TableLayout } from '../../ports/row-store.ts';
import { batchesOf } from '../../resilience/batches.ts';
import { catalogUpcasters } from '../../schema-registry/catalog-upcasters.ts';
import { openTableInMemory } from '../../testing/aws/table-in-memory.ts';
import { handleAlone } from '../../testing/consumers/handle-alone.ts';
import { expectEqual } from '../harness/benchmark.ts';
import { streamRecord } from '../load/stream-batches.ts';
import { BATCH_RECORDS } from './usage-per-million.ts';
import { meterRows, type RowsTaken } from './row-meter.ts';
import { deleted, followed, joined, left, posted, read, renamed, unfollowed } from './sample-events.ts';

/** What the events of a type take together. */
export interface TypeUnits extends Omit<RowsTaken, 'rows'> {
  readonly events: number;
  /** The number of events that change a row. */
  readonly changing: number;
  /** The number of rows that each event changes, added up: a row that several of them change counts several times. */
  readonly rows: number;
}

export interface MeasuredType {
  readonly type: EventType;
  /** The tables of the rows that its events change. */
  readonly tables: readonly TableLayout[];
  /** One event after the other. */
  readonly alone: TypeUnits;
  /** In batches, as a function receives them. */
  readonly batched: TypeUnits;
}

const USERS = 100;
const AUTHOR = 0;

/** Measures a projection of tables, whose rows are to have less than 1 KB, by the types that it handles, in two new
 *  tables of its name. */
export async function measureTables(
  config: DynamoDBClientConfig,
  projection: OpenTableProjection,
): Promise<readonly MeasuredType[]> {
  const history = historyOf(USERS);
  const alone = await openRows(config, projection, 'alone');
  const batched = await openRows(config, projection, 'batched');
  try {
    const missing = alone.types.filter((type) => history.every(([event]) => event?.type !== type));
    expectEqual(`types of ${projection.name} without an event`, missing.join(), '');
    const measured: MeasuredType[] = [];
    for (const events of history) {
      const type = events[0]?.type;
      if (type === undefined || !alone.types.includes(type)) continue;
      const each = await takenByEach(alone, events);
      const names = new Set(each.flatMap(({ rows }) => [...rows.values()]));
      const tables = projection.described.layouts.filter(({ name }) => names.has(name));
      const total = totalOf(each);
      measured.push({ type, tables, alone: total, batched: { ...total, ...(await takenInBatches(batched, events)) } });
    }
    return measured;
  } finally {
    alone.close();
    batched.close();
  }
}

interface Rows {
  readonly consumers: readonly Consumer[];
  readonly types: readonly EventType[];
  taken(): RowsTaken;
  close(): void;
}

/** A table with the consumers of the function. Effects are as without any settings. */
async function openRows(config: DynamoDBClientConfig, projection: OpenTableProjection, way: string): Promise<Rows> {
  const { name, described, forget } = projection;
  const client = openDynamoClient(config);
  const { indexes = 0 } = awsTables(projection);
  const table = `${name}-${way}`;
  await createTable(client, table, { indexes });
  const store = openDynamoRowStore(openDynamoTable(client, table), described, forget);
  const taken = meterRows(client);
  // The first request of a store notes once what its tables are.
  await store.find({ table: described.layouts[0]?.name ?? '', partition: '' });
  taken();
  const consumers = projection.consumers(store, (settings) => parseVariables(settings, {}));
  const types = consumers.flatMap(({ on }) => Object.keys(on) as EventType[]);
  return { consumers, types, taken, close: () => client.close() };
}

async function takenByEach({ consumers, taken }: Rows, events: readonly EventEnvelope[]): Promise<RowsTaken[]> {
  const each: RowsTaken[] = [];
  for (const event of events) {
    for (const consumer of consumers) await handleAlone(consumer)({ ...event, recordedtime: event.time });
    each.push(taken());
  }
  return each;
}

function totalOf(each: readonly RowsTaken[]): TypeUnits {
  const total = (count: (one: RowsTaken) => number) => each.reduce((sum, one) => sum + count(one), 0);
  return {
    events: each.length,
    changing: total(({ rows }) => Math.sign(rows.size)),
    rows: total(({ rows }) => rows.size),
    writeUnits: total(({ writeUnits }) => writeUnits),
    indexUnits: total(({ indexUnits }) => indexUnits),
    readUnits: total(({ readUnits }) => readUnits),
    requests: total(({ requests }) => requests),
  };
}

/** The same events change the same rows, so only units and requests differ. */
async function takenInBatches(
  { consumers, taken }: Rows,
  events: readonly EventEnvelope[],
): Promise<Omit<RowsTaken, 'rows'>> {
  const handle = createStreamHandler({
    consumers,
    parking: openDynamoStreamParking(openTableInMemory(calm), { scope: 'bench' }),
    quarantine: { add: () => Promise.reject(new Error('nothing is to be refused')) },
    upcasters: catalogUpcasters(),
    personal: catalogPersonalWords(),
    logger: silent,
  });
  for (const batch of batchesOf(events.map(streamRecord), { countMax: BATCH_RECORDS })) {
    const { batchItemFailures } = await handle({ Records: batch }, { getRemainingTimeInMillis: () => 60_000 });
    expectEqual('failures', batchItemFailures.length, 0);
  }
  const { rows: _, ...units } = taken();
  return units;
}

const calm = { before: async () => {}, after: async () => {}, answerIsLost: () => false };
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Events of all types, those of one type together. Everyone posts once on the same day, half of them delete that, and
 *  some leave. */
function historyOf(users: number): readonly (readonly EventEnvelope[])[] {
  const all = Array.from({ length: users }, (_, number) => number);
  const half = all.slice(1, users / 2);
  return [
    all.map(joined),
    all.map(renamed),
    all.slice(1).map((user) => followed(user, AUTHOR)),
    all.map(read),
    all.map((user) => posted(user, user)),
    half.map(deleted),
    half.map((user) => unfollowed(user, AUTHOR)),
    all.slice(-10).map(left),
  ];
}
