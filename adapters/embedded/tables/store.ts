import type { DatabaseSync } from 'node:sqlite';
import type { MarkedEvent } from '../../../events/event-mark.ts';
import type { DescribedTables, ForgetRow, Row, RowKey, RowStore, TableLayout } from '../../../ports/row-store.ts';
import { keyIn } from '../../shared/row-order.ts';
import { requireSameTables } from '../../shared/table-description.ts';
import type { ProjectionFile } from '../projection/file.ts';
import {
  changeHeldRows,
  foundIn,
  type HeldRow,
  type HeldRows,
  keyText,
  measuring,
  removeHeldRow,
} from './held-rows.ts';
import { MARK, quoted, rowOf, rowOfValues, type SqlValue, valuesOf } from './schema.ts';
import { keyValues, openRowLists, whereKey } from './statements.ts';

interface RowOfFile extends HeldRow {
  readonly inFile: boolean;
  changed: boolean;
  /** As the memory counts it. */
  bytes: number;
}

// Enough for all rows of an ordinary transaction. Rows may be large, and the threads of the features have 256 MB each.
const ROWS_HELD_MAX = 20_000;
const BYTES_HELD_MAX = 32 * 1024 * 1024;
// A user may have more rows than there is memory.
const ROWS_LEAVING = 100;

/** What the rows of all tables take that are held. */
interface Memory {
  rows: number;
  bytes: number;
}

/** The rows in a projection's file. They are held in memory until the transaction ends, because many of its events
 *  change the same ones, or until they take too much of it: then they are written in between, but not while an event
 *  changes some. */
export function openSqliteRowStore(
  { database, onTransaction }: Pick<ProjectionFile, 'database' | 'onTransaction'>,
  described: DescribedTables,
  forget: ForgetRow,
): RowStore {
  const { tables, flush, flushIfFull, forgetHeld } = openHeldTables(database, described.layouts);
  onTransaction({ flush, forget: forgetHeld });

  function tableNamed(name: string): OpenTable {
    const table = tables.get(name);
    if (table === undefined) throw new Error(`there is no table ${name}`);
    return table;
  }
  const leavers = openLeavers(database);
  const held: HeldRows<RowOfFile> = {
    hold: (key: RowKey) => tableNamed(key.table).hold(key),
    isMarked: (name: string) => tableNamed(name).marked,
    changed: (row) => tableNamed(row.key.table).changed(row),
  };
  const isOfLeaver = (name: string, row: Row) => {
    const { belongsTo } = tableNamed(name).layout;
    return belongsTo.some((field) => leavers.has(row[field] as string));
  };
  const removeOfLeaver = (event: MarkedEvent, name: string, row: Row) => {
    removeHeldRow(keyIn(row, tableNamed(name).layout), held);
    changeHeldRows({ event, read: [], hasListed: false, changes: forget(name, row) }, held);
  };
  return {
    find(key) {
      flushIfFull();
      return foundIn(held.hold(key));
    },
    list(name, query) {
      flush();
      const { layout, list } = tableNamed(name);
      const { items, ...rest } = list(query);
      return { items: items.map((row) => ({ key: keyIn(row, layout), found: { row } })), ...rest };
    },
    store(changes) {
      flushIfFull();
      const stored = changeHeldRows(changes, held);
      for (const { key } of changes.changes) {
        const { row } = held.hold(key);
        if (row !== undefined && isOfLeaver(key.table, row)) removeOfLeaver(changes.event, key.table, row);
      }
      return stored;
    },
    // The checkpoint knows, and no event comes here twice.
    isKnown: () => false,
    leave(event, userId) {
      leavers.add(userId);
      for (const { layout, ofUser } of tables.values()) {
        flush();
        for (let rows = ofUser(userId); rows.length > 0; rows = ofUser(userId)) {
          for (const row of rows) removeOfLeaver(event, layout.name, row);
          flush();
        }
      }
    },
  };
}

/** Throws SCHEMA_INVALID if the file was written with other definitions of its tables. */
export function requireDescribed(database: DatabaseSync, described: DescribedTables): void {
  const lines = database.prepare('SELECT line FROM figtree_tables').all() as { line: string }[];
  requireSameTables(
    described,
    lines.map(({ line }) => line),
  );
}

/** All tables, which share the memory. */
function openHeldTables(database: DatabaseSync, layouts: readonly TableLayout[]) {
  const memory: Memory = { rows: 0, bytes: 0 };
  const tables = new Map(layouts.map((layout) => [layout.name, openTable(database, layout, memory)]));

  function forgetHeld(): void {
    tables.forEach((table) => table.forget());
    memory.rows = 0;
    memory.bytes = 0;
  }
  function flush(): void {
    tables.forEach((table) => table.writeChanged());
    forgetHeld();
  }
  function flushIfFull(): void {
    if (memory.rows >= ROWS_HELD_MAX || memory.bytes >= BYTES_HELD_MAX) flush();
  }
  return { tables, flush, flushIfFull, forgetHeld };
}

type OpenTable = ReturnType<typeof openTable>;

function openTable(database: DatabaseSync, layout: TableLayout, memory: Memory) {
  const marked = layout.changedBy === 'one-key';
  const statements = rowStatements(database, layout, marked);
  const removed = openRemovedRows(database, layout.name);
  const held = new Map<string, RowOfFile>();
  const bytesOf = measuring(layout.columns);

  const markIn = (values: readonly unknown[]) => (marked ? (values[layout.columns.length] as string) : undefined);

  function hold(key: RowKey): RowOfFile {
    const text = keyText(key);
    const known = held.get(text);
    if (known !== undefined) return known;
    const found = statements.get(key);
    const row = found && rowOfValues(found, layout.columns);
    const mark = found === undefined ? (marked ? removed.markOf(key) : undefined) : markIn(found);
    const entry = { key, row, mark, inFile: found !== undefined, changed: false, bytes: bytesOf(row) };
    held.set(text, entry);
    memory.rows += 1;
    memory.bytes += entry.bytes;
    return entry;
  }

  function changed(entry: RowOfFile): void {
    entry.changed = true;
    const bytes = bytesOf(entry.row);
    memory.bytes += bytes - entry.bytes;
    entry.bytes = bytes;
  }

  function write({ key, row, mark, inFile }: RowOfFile): void {
    const values = row === undefined ? undefined : valuesOf(row, layout.columns);
    if (values !== undefined && marked) values.push(mark ?? '');
    if (values === undefined) {
      if (inFile) statements.remove(key);
    } else if (inFile) statements.update(key, values);
    else statements.insert(values);
    if (marked) removed.note(key, row === undefined ? mark : undefined);
  }

  return {
    layout,
    marked,
    ofUser: openOwnRows(database, layout),
    hold,
    changed,
    writeChanged() {
      for (const entry of held.values()) if (entry.changed) write(entry);
    },
    forget: () => held.clear(),
    list: openRowLists(database, layout),
  };
}

/** Some rows of a user, as long as there are any; none if rows do not belong to users. */
function openOwnRows(database: DatabaseSync, { name, columns, belongsTo }: TableLayout): (userId: string) => Row[] {
  if (belongsTo.length === 0) return () => [];
  const isOfUser = belongsTo.map((field) => `${quoted(field)} = ?1`).join(' OR ');
  const select = database.prepare(`SELECT * FROM ${quoted(name)} WHERE ${isOfUser} LIMIT ${ROWS_LEAVING}`);
  return (userId) => select.all(userId).map((found) => rowOf(found, columns));
}

function openLeavers(database: DatabaseSync) {
  const get = database.prepare('SELECT 1 FROM figtree_left WHERE user_id = ?');
  const add = database.prepare('INSERT OR IGNORE INTO figtree_left VALUES (?)');
  return {
    has: (userId: string) => get.get(userId) !== undefined,
    add: (userId: string) => void add.run(userId),
  };
}

function rowStatements(database: DatabaseSync, layout: TableLayout, marked: boolean) {
  const table = quoted(layout.name);
  const names = [...layout.columns.map(({ name }) => quoted(name)), ...(marked ? [MARK] : [])];
  const where = whereKey(layout);
  const get = database.prepare(`SELECT ${names.join(', ')} FROM ${table} WHERE ${where}`);
  get.setReturnArrays(true);
  const insert = database.prepare(
    `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
  );
  // Leaves those indexes alone whose fields stay as they are.
  const update = database.prepare(
    `UPDATE ${table} SET ${names.map((name) => `${name} = ?`).join(', ')} WHERE ${where}`,
  );
  const remove = database.prepare(`DELETE FROM ${table} WHERE ${where}`);
  return {
    get: (key: RowKey) => get.get(...keyValues(key)) as readonly unknown[] | undefined,
    insert: (values: readonly SqlValue[]) => void insert.run(...values),
    update: (key: RowKey, values: readonly SqlValue[]) => void update.run(...values, ...keyValues(key)),
    remove: (key: RowKey) => void remove.run(...keyValues(key)),
  };
}

/** The marks of removed rows, so that an older event cannot bring them back. Most projections remove none. */
function openRemovedRows(database: DatabaseSync, table: string) {
  const where = 'name = ? AND partition_value = ? AND sort_value = ?';
  const get = database.prepare(`SELECT mark FROM figtree_removed WHERE ${where}`);
  const put = database.prepare('INSERT OR REPLACE INTO figtree_removed VALUES (?, ?, ?, ?)');
  const forget = database.prepare(`DELETE FROM figtree_removed WHERE ${where}`);
  // May stay true after a rollback, which only costs queries.
  let some = database.prepare('SELECT 1 FROM figtree_removed WHERE name = ? LIMIT 1').get(table) !== undefined;
  const placeOf = ({ partition, sort = '' }: RowKey) => [table, partition, sort] as const;
  return {
    markOf: (key: RowKey) => (some ? (get.get(...placeOf(key))?.['mark'] as string | undefined) : undefined),
    note(key: RowKey, mark: string | undefined): void {
      if (mark !== undefined) {
        some = true;
        put.run(...placeOf(key), mark);
      } else if (some) forget.run(...placeOf(key));
    },
  };
}
