import type { MarkedEvent } from '../../events/event-mark.ts';
import {
  type ForgetRow,
  type FoundRow,
  type ReadRow,
  type Row,
  type RowChange,
  type RowChanges,
  type RowKey,
  ROWS_PER_EVENT_MAX,
  type RowStore,
  type TableLayout,
  WRITES_PER_EVENT_MAX,
} from '../../ports/row-store.ts';
import type { OpenTable } from '../../projections/tables/open-tables.ts';
import type { Tables } from '../../projections/tables/define-table.ts';
import type { LeaveHandlers } from '../../projections/tables/table-projection.ts';
import type { HandlerTable, PartitionQuery } from '../../projections/tables/handler-table.ts';

type AnyTable = HandlerTable<Row, Row>;

/** What one handler reads and changes, until it is stored. */
export interface EventWork {
  readonly tables: Readonly<Record<string, AnyTable>>;
  /** From here on the handler can change nothing, whether it has ended or not. */
  end(): RowChanges;
}

const ENDED = 'it was used after its handler had ended: await every call that returns a promise';

export function beginEventWork(event: MarkedEvent, tables: readonly OpenTable[], store: RowStore): EventWork {
  const read = new Map<string, ReadRow>();
  const changes: RowChange[] = [];
  const count = rowCount();
  let hasListed = false;
  let ended = false;

  const requireOpen = (table: OpenTable) => {
    if (ended) throw table.misused(ENDED);
  };

  async function find(table: OpenTable, key: RowKey): Promise<FoundRow> {
    const text = textOf(key);
    const known = read.get(text);
    if (known !== undefined) return known.found;
    count(table, key, false);
    const found = await store.find(key);
    requireOpen(table);
    // The first of several calls at once decides, as if they were one.
    const first = read.get(text)?.found ?? found;
    read.set(text, { key, found: first });
    return first;
  }

  const openedTable = (table: OpenTable): AnyTable => {
    const change: AnyTable['change'] = (given, changed) => {
      requireOpen(table);
      const change = changeOf(table, given, changed);
      count(table, change.key, true);
      changes.push(change);
    };
    async function get(given: Row): Promise<Row | undefined> {
      requireOpen(table);
      const key = table.keyOf(given);
      const text = textOf(key);
      const own = changes.filter((each) => textOf(each.key) === text);
      const { row } = await find(table, key);
      return frozen(own.reduce<Row | undefined>((before, each) => each.change(before), row));
    }
    async function list(query: PartitionQuery): ReturnType<AnyTable['list']> {
      requireOpen(table);
      if (changes.some(({ key }) => key.table === table.layout.name)) {
        throw table.misused('its rows are listed by a handler that has changed some: list them first');
      }
      hasListed = true;
      const { items, ...rest } = await store.list(table.layout.name, query);
      requireOpen(table);
      for (const each of items) {
        count(table, each.key, false);
        // What was read first is what the handler has gone by.
        if (!read.has(textOf(each.key))) read.set(textOf(each.key), each);
      }
      return { items: items.flatMap(({ found: { row } }) => (row === undefined ? [] : [frozen(row)])), ...rest };
    }
    const remove: AnyTable['remove'] = (given) => change(given, () => undefined);
    return { change, remove, get: (given) => observed(get(given)), list: (query) => observed(list(query)) };
  };

  return {
    tables: Object.fromEntries(tables.map((table) => [table.layout.name, openedTable(table)])),
    end() {
      ended = true;
      return { event, read: [...read.values()], hasListed, changes };
    },
  };
}

/** Counts the rows of one event, and throws TABLE_MISUSED if they are more than every engine can store together. */
function rowCount() {
  const writes = new Map<string, number>();
  // One for the event.
  let needed = 1;
  return (table: OpenTable, key: RowKey, isChanged: boolean): void => {
    const text = textOf(key);
    const before = writes.get(text) ?? 0;
    const now = Math.max(before, writesOf(table.layout, isChanged));
    writes.set(text, now);
    needed += now - before;
    if (writes.size > ROWS_PER_EVENT_MAX) {
      throw table.misused(`one event reads and changes more than ${ROWS_PER_EVENT_MAX} rows`);
    }
    if (needed > WRITES_PER_EVENT_MAX) {
      throw table.misused(
        `one event may need more than ${WRITES_PER_EVENT_MAX} writes: one for itself, one for each row, and two more for each field of belongsTo of a row that it changes, if that is not the partition`,
      );
    }
  };
}

/** The most writes that a row needs if an event reads or changes it. A row is listed among those of each user to whom it
 *  belongs, except in their own partition, and a change may take it from one list to another. */
function writesOf({ belongsTo, partition }: TableLayout, isChanged: boolean): number {
  return isChanged ? 1 + 2 * belongsTo.filter((field) => field !== partition).length : 1;
}

type Changing = Parameters<AnyTable['change']>[1];

function changeOf(table: OpenTable, given: Row, changed: Changing): RowChange {
  return {
    key: table.keyOf(given),
    change(before) {
      const after = changed(frozen(before));
      // The same object means that nothing has changed.
      return after === undefined || after === before ? after : table.accept({ ...after, ...given }, given);
    },
  };
}

/** A handler that does not wait for it has ended when it fails, and the failure must not end the process. */
function observed<Result>(reading: Promise<Result>): Promise<Result> {
  reading.catch(() => {});
  return reading;
}

/** A handler that changed a row in place, instead of returning another one, would not be noticed. */
function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}

/** What else changes when rows are removed because their user has left. */
export function forgetting(tables: readonly OpenTable[], onLeave: LeaveHandlers<Tables>): ForgetRow {
  return (name, row) => {
    const changes: RowChange[] = [];
    const changed = tables.map((table) => {
      const change = (given: Row, how: Changing) => {
        const { belongsTo, changedBy } = table.layout;
        if (belongsTo.length > 0 || changedBy === 'one-key') {
          throw table.misused('onLeave changes its rows, which belong to users or are changed by one key only');
        }
        changes.push(changeOf(table, given, how));
        if (changes.length > ROWS_PER_EVENT_MAX) {
          throw table.misused(`onLeave makes more than ${ROWS_PER_EVENT_MAX} changes for one row`);
        }
      };
      return [table.layout.name, { change, remove: (given: Row) => change(given, () => undefined) }] as const;
    });
    onLeave[name]?.(row, Object.fromEntries(changed));
    return changes;
  };
}

function textOf({ table, partition, sort }: RowKey): string {
  return `${table}\0${typeof partition}${partition}\0${sort}`;
}
