import type { DatabaseSync } from 'node:sqlite';
import { type ArchivedTableName, archivedTableNames } from '../../../ports/log-archive.ts';
import { checkedColumns } from './checked-lines.ts';

// The contents of a log's file besides events, as lines: an object by column, blobs in hex. Readable with jq, and
// restored exactly.

interface Table {
  readonly table: string;
  readonly columns: readonly string[];
  readonly blobs: readonly string[];
  readonly order: string;
}

const tables: Readonly<Record<ArchivedTableName, Table>> = {
  'legacy-memory': {
    table: 'legacy_relationship',
    columns: ['relationship', 'version', 'follower', 'followee'],
    blobs: ['relationship', 'follower', 'followee'],
    order: 'relationship, version',
  },
  quarantine: {
    table: 'quarantine',
    columns:
      'id digest door origin code path message raw truncated correlation sequence at_ms released_ms persons sealed'.split(
        ' ',
      ),
    blobs: ['digest'],
    order: 'id',
  },
  'clock-mark': { table: 'clock_mark', columns: ['one', 'sequence'], blobs: [], order: 'one' },
};

type Value = string | number | null | Uint8Array;

/** All rows of a table in a fixed order. Read it to its end within one transaction. */
export function* tableLines(database: DatabaseSync, name: ArchivedTableName): Generator<string> {
  const { table, columns, blobs, order } = tables[name];
  const there = new Set(
    (database.prepare('SELECT name FROM pragma_table_info(?)').all(table) as { name: string }[]).map(
      ({ name }) => name,
    ),
  );
  // Tables added by a release do not exist before its first writer ran.
  const selected = columns.filter((column) => there.has(column)).join(', ');
  const rows = database.prepare(`SELECT ${selected} FROM ${table} ORDER BY ${order}`).iterate();
  for (const row of rows as IterableIterator<Record<string, Value>>) {
    for (const blob of blobs) row[blob] = Buffer.from(row[blob] as Uint8Array).toString('hex');
    yield JSON.stringify(row);
  }
}

/** Returns a function that restores a line. */
export function tableWriter(database: DatabaseSync, name: ArchivedTableName): (line: string) => void {
  const { table, columns, blobs } = tables[name];
  const places = columns.map(() => '?').join(', ');
  const insert = database.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`);
  return (line) => {
    const row = checkedColumns(line, blobs);
    const valueOf = (column: string) =>
      blobs.includes(column) ? Buffer.from(String(row[column]), 'hex') : (row[column] ?? null);
    insert.run(...columns.map(valueOf));
  };
}

/** Why a line is not a row of a table; undefined if it is one. */
export function faultOfRow(name: ArchivedTableName, line: string): string | undefined {
  try {
    checkedColumns(line, tables[name].blobs);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Whether a log's file holds nothing that an archive would. */
export function isEmptyLog(database: DatabaseSync): boolean {
  const names = ['event', ...archivedTableNames.map((name) => tables[name].table)];
  return names.every((table) => database.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() === undefined);
}
