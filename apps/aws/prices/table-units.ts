import { openDynamoRowStore } from '../../../adapters/aws/dynamo/rows/store.ts';
import type { Handler, Log } from '../../../consumers/runtime/consumer.ts';
import { catalog, type EventData, type EventType, eventTypes } from '../../../events/catalog.ts';
import type { EventDefinition } from '../../../events/define-event.ts';
import type { HandledEvent } from '../../../events/envelope.ts';
import { sequenceOf } from '../../../events/sequence.ts';
import type { OpenTableProjection } from '../../../consumers/tables/open-projection.ts';
import type { UnitsByType } from '../projection.ts';
import { type CountingTable, openCountingTable } from './counting-table.ts';
import { type Units, units } from './units.ts';

/** What the events of a projection of tables cost, counted for the examples of the catalog in its own store: of rows of
 *  1 KB at most, and without other events in the same transaction, which would share its rows. */
export async function tableUnits(projection: OpenTableProjection): Promise<UnitsByType> {
  const indexes = projection.described.layouts.map((layout) => layout.indexes.length);
  return await countExamples(projection, openCountingTable(Math.max(...indexes)));
}

/** The same in a table whose requests are counted in another way. */
export async function countExamples(
  projection: OpenTableProjection,
  { table, taken }: CountingTable,
): Promise<UnitsByType> {
  const { described, forget } = projection;
  const store = openDynamoRowStore(table, described, forget);
  // The first request of a store notes once what its tables are.
  await store.find({ table: described.layouts[0]?.name ?? '', partition: '' });
  taken();
  const found: Partial<Record<EventType, Units>> = {};
  const { on } = projection.consumer(store);
  for (const event of exampleEvents()) {
    const handler = on[event.type] as unknown as Handler<EventType> | undefined;
    if (handler === undefined) continue;
    const cost = await costOf(() => handler(event, { replay: true, log: silent }), taken);
    if (cost.writeUnits >= (found[event.type]?.writeUnits ?? 0)) found[event.type] = cost;
  }
  return found;
}

/** A handler that an example makes fail is counted as one that changes a row. */
async function costOf(handle: () => unknown, counted: () => Units): Promise<Units> {
  try {
    await handle();
    return counted();
  } catch {
    counted();
    return units(1, 1, 2);
  }
}

/** Events of all types, each newer than those before it. Users leave at the end: nothing is kept of them afterwards. */
function exampleEvents(): HandledEvent[] {
  const types = [...eventTypes.filter((type) => type !== 'user-left'), 'user-left' as const];
  return types
    .flatMap((type) => catalog[type].examples.map((data) => [type, data] as const))
    .map(([type, data], index) => exampleEvent(type, data, index + 1));
}

function exampleEvent<Type extends EventType>(type: Type, data: EventData<Type>, ordinal: number): HandledEvent {
  const { dataschema, subject, partitionKey } = catalog[type] as unknown as EventDefinition<Type>;
  const id = `example-${ordinal}`;
  const event = {
    specversion: '1.0',
    id,
    source: 'urn:example',
    type,
    time: TIME,
    recordedtime: TIME,
    datacontenttype: 'application/json',
    dataschema,
    subject: subject(data),
    partitionkey: partitionKey(data),
    sequence: sequenceOf(1, ordinal),
    correlationid: id,
    data,
  };
  // The catalog ties the type to its data.
  return event as unknown as HandledEvent;
}

const TIME = '2016-02-22T07:02:00.000Z';
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
