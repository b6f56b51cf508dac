import { isDeepStrictEqual } from 'node:util';
import type { Consumer } from '../../../consumers/runtime/consumer.ts';
import { whenStored } from '../../../consumers/runtime/when-stored.ts';
import type { RecordedEvent } from '../../../events/envelope.ts';
import type { KeyValue, RowChanges, RowKey, RowsStored, RowStore } from '../../../ports/row-store.ts';
import { causeOf, type Cause } from '../../../replay/causes.ts';

/** A row and what the events of the log did to it. */
export interface PastRow {
  readonly key: RowKey;
  /** The newest events that changed it, or would have if a newer one had not come first. */
  readonly causes: Cause[];
  changed: number;
  superseded: number;
  /** An event that left it as it was, which may supersede others: removing a row that is not there yet, for instance. */
  silent: RecordedEvent | undefined;
}

/** Rows of a table that are explained: one, or those of a partition. */
export interface AskedRows {
  readonly table: string;
  readonly partition: KeyValue;
  readonly sort?: KeyValue;
  /** The rows that are there. */
  readonly keys: readonly RowKey[];
}

export interface RowPast {
  /** The consumer over the same rows, which also notes what each event does to them. */
  noting(consumerOf: (rows: RowStore) => Consumer): Consumer;
  /** In the order in which they were asked for, followed in each partition by those that are no longer there. */
  of(asked: AskedRows): readonly PastRow[];
}

/** Follows at most `limit` rows of a partition, and notes the newest `limit` events of each. */
export function rowPast(rows: RowStore, asked: readonly AskedRows[], limit: number): RowPast {
  const followed = new Map(asked.map((one) => [one, one.keys.map(pastRow)]));
  const all = () => [...followed.values()].flat();
  // What became of the current event, for the rows that it changes.
  const outcomes = new Map<PastRow, RowsStored>();

  // Rows that are not there at the end are known once an event changes them.
  function follow(key: RowKey): PastRow | undefined {
    for (const [one, past] of followed) {
      if (one.table !== key.table || one.partition !== key.partition) continue;
      const known = past.find((row) => row.key.sort === key.sort);
      if (known !== undefined || one.sort !== undefined || past.length >= limit) return known;
      const row = pastRow(key);
      past.push(row);
      return row;
    }
    return undefined;
  }

  const store = (work: RowChanges) => {
    const touched = work.changes.map(({ key }) => follow(key));
    return whenStored<RowsStored, RowsStored>(rows.store(work), (stored) => {
      for (const row of touched) if (row !== undefined) outcomes.set(row, stored);
      return stored;
    });
  };

  const found = async () =>
    new Map(await Promise.all(all().map(async (row) => [row, (await rows.find(row.key)).row] as const)));

  return {
    noting(consumerOf) {
      const consumer = consumerOf({ ...rows, store });
      const on = Object.entries(consumer.on).map(([type, handler]) => {
        const handle = handler as (event: RecordedEvent, context: unknown) => unknown;
        const noting = async (event: RecordedEvent, context: unknown) => {
          outcomes.clear();
          const before = await found();
          await handle(event, context);
          for (const [row, now] of await found()) {
            note(row, event, isDeepStrictEqual(now, before.get(row)) ? outcomes.get(row) : 'changed');
            row.causes.splice(0, Math.max(0, row.causes.length - limit));
          }
        };
        return [type, noting];
      });
      return { ...consumer, on: Object.fromEntries(on) as Consumer['on'] };
    },
    of: (one) => followed.get(one) ?? [],
  };
}

function note(row: PastRow, event: RecordedEvent, did: RowsStored | 'changed' | undefined): void {
  if (did === 'changed') {
    row.changed += 1;
    row.causes.push(causeOf(event));
    row.silent = undefined;
  } else if (did === 'superseded') {
    row.superseded += 1;
    if (row.silent !== undefined) row.causes.push(causeOf(row.silent));
    row.causes.push({ ...causeOf(event), superseded: true });
    row.silent = undefined;
  } else if (did === 'stored') row.silent = event;
}

function pastRow(key: RowKey): PastRow {
  return { key, causes: [], changed: 0, superseded: 0, silent: undefined };
}
