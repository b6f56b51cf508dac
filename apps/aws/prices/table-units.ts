import type { Handler, Log } from '../../../consumers/runtime/consumer.ts';
import { catalog, type EventData, type EventType, eventTypes } from '../../../events/catalog.ts';
import type { EventDefinition } from '../../../events/define-event.ts';
import type { HandledEvent } from '../../../events/envelope.ts';
import { sequenceOf } from '../../../events/sequence.ts';
import type { Row, RowChanges, RowKey, RowStore, TableLayout } from '../../../ports/row-store.ts';
import type { OpenTableProjection } from '../../../consumers/tables/open-projection.ts';
import type { UnitsByType } from '../projection.ts';
import { type Units, units } from './units.ts';

/** What the events of a projection of tables cost, counted for the examples of the catalog: of rows of 1 KB at most,
 *  and without other events in the same transaction, which would share its rows. */
export async function tableUnits(projection: OpenTableProjection): Promise<UnitsByType> {
  const counted = openCountingStore(projection.described.layouts);
  const consumer = projection.consumer(counted.store);
  const found: Partial<Record<EventType, Units>> = {};
  let ordinal = 0;
  for (const type of eventTypes) {
    const handler = consumer.on[type] as unknown as Handler<EventType> | undefined;
    if (handler === undefined) continue;
    for (const data of catalog[type].examples) {
      ordinal += 1;
      const event = exampleEvent(type, data, ordinal);
      const cost = await costOf(() => handler(event, { replay: true, log: silent }), counted.take);
      if (cost.writeUnits >= (found[type]?.writeUnits ?? 0)) found[type] = cost;
    }
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

/** Keeps rows in memory, and counts what DynamoDB would. */
function openCountingStore(layouts: readonly TableLayout[]): { readonly store: RowStore; take(): Units } {
  const rows = new Map<string, Row>();
  let cost = NOTHING;
  const textOf = ({ table, partition, sort }: RowKey) => JSON.stringify([table, partition, sort]);
  const add = (writeUnits: number, readUnits: number, requests: number) => {
    cost = units(cost.writeUnits + writeUnits, cost.readUnits + readUnits, cost.requests + requests);
  };
  const layoutOf = (name: string) => layouts.find((layout) => layout.name === name);

  function write(key: RowKey, after: Row | undefined): number {
    const before = rows.get(textOf(key));
    if (after === undefined) rows.delete(textOf(key));
    else rows.set(textOf(key), after);
    // An index entry that moves is deleted and put.
    const perIndex = Number(before !== undefined) + Number(after !== undefined);
    const layout = layoutOf(key.table);
    const listed = isListed(layout) && before === undefined ? 2 : 0;
    return listed + (layout?.indexes.length ?? 0) * perIndex;
  }

  return {
    take() {
      const taken = cost;
      cost = NOTHING;
      return taken;
    },
    store: {
      find(key) {
        add(0, 1, 1);
        const row = rows.get(textOf(key));
        return { ...(row !== undefined && { row }) };
      },
      list() {
        add(0, 1, 1);
        return { items: [] };
      },
      isKnown: () => false,
      // The rows of the user cost what they cost, each.
      leave: () => add(1, 1, 2),
      store({ read, hasListed, changes }: RowChanges) {
        const keys = new Map(changes.map(({ key }) => [textOf(key), key]));
        const marks = changes.some(({ key }) => layoutOf(key.table)?.changedBy === 'one-key');
        const single =
          read.length === 0 &&
          !hasListed &&
          keys.size === 1 &&
          marks &&
          !isListed(layoutOf(changes[0]?.key.table ?? ''));
        const others = read.filter(({ key }) => !keys.has(textOf(key))).length;
        const noted = marks && read.length === 0 && !hasListed ? 0 : 1;
        let inIndexes = 0;
        for (const [text, key] of keys) {
          const own = changes.filter((change) => textOf(change.key) === text);
          inIndexes += write(
            key,
            own.reduce((row, { change }) => change(row), rows.get(text)),
          );
        }
        const written = single ? 1 : 2 * (keys.size + others + noted);
        add(written + inIndexes, keys.size + others + 1, 2);
        return 'stored';
      },
    },
  };
}

/** Whether its rows are listed among those of their users by items of their own. */
function isListed(layout: TableLayout | undefined): boolean {
  return layout?.belongsTo.some((field) => field !== layout.partition) ?? false;
}

const NOTHING = units(0, 0, 0);
