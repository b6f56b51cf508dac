import type { Column, DescribedTables, Row, TableLayout } from '../../../ports/row-store.ts';
import { orderOf } from '../../shared/row-order.ts';

// A table of a projection is a table of SQLite with one column per field, so that any tool can query it: texts as TEXT,
// numbers as INTEGER or REAL, flags as 0 or 1, everything else as JSON. An absent field is NULL.
//
//   figtree_mark      in tables that one key changes: the newest event that changed the row
//   figtree_removed   the marks of their removed rows
//   figtree_keys_of…  the partitions of a table
//   figtree_left      the users who left, if rows belong to users
//   figtree_tables    the lines that describe the tables, to notice that their definition has changed

export const MARK = 'figtree_mark';

/** Creates the tables, unless they exist. */
export function tablesSchema({ layouts, description }: Pick<DescribedTables, 'layouts' | 'description'>): string {
  return [
    ...layouts.flatMap(tableSchema),
    `CREATE TABLE IF NOT EXISTS figtree_removed (
      name TEXT NOT NULL, partition_value, sort_value, mark TEXT NOT NULL,
      PRIMARY KEY (name, partition_value, sort_value)) WITHOUT ROWID`,
    'CREATE TABLE IF NOT EXISTS figtree_left (user_id TEXT PRIMARY KEY) WITHOUT ROWID',
    'CREATE TABLE IF NOT EXISTS figtree_tables (line TEXT PRIMARY KEY) WITHOUT ROWID',
    // Only in a new file: those of an existing one say what it was written with.
    `INSERT INTO figtree_tables SELECT value FROM json_each(${literal(JSON.stringify(description))})
      WHERE NOT EXISTS (SELECT 1 FROM figtree_tables)`,
  ].join(';\n');
}

function tableSchema(layout: TableLayout): string[] {
  const { name, columns, partition, keyFields, indexes, changedBy, belongsTo } = layout;
  const declared = columns.map(
    (column) => `${quoted(column.name)} ${TYPES[column.kind]}${column.optional ? '' : ' NOT NULL'}`,
  );
  if (changedBy === 'one-key') declared.push(`${MARK} TEXT NOT NULL`);
  return [
    `CREATE VIEW IF NOT EXISTS ${quoted(keyView(name))} AS SELECT DISTINCT ${quoted(partition)} AS key FROM ${quoted(name)}`,
    `CREATE TABLE IF NOT EXISTS ${quoted(name)} (${declared.join(', ')}, PRIMARY KEY (${keyFields.map(quoted).join(', ')})) WITHOUT ROWID`,
    ...belongsTo.map((field) => ownerIndex(name, field)),
    ...indexes.map((index) => {
      const { partition: by, fields } = orderOf(layout, index.name);
      const ordered = [...new Set(by === undefined ? fields : [by, ...fields])].map(quoted);
      return `CREATE INDEX IF NOT EXISTS ${quoted(`${name}__${index.name}`)} ON ${quoted(name)} (${ordered.join(', ')})`;
    }),
  ];
}

function ownerIndex(table: string, field: string): string {
  return `CREATE INDEX IF NOT EXISTS ${quoted(`${table}__figtree_${field}`)} ON ${quoted(table)} (${quoted(field)})`;
}

const TYPES: Readonly<Record<Column['kind'], string>> = {
  text: 'TEXT',
  integer: 'INTEGER',
  number: 'REAL',
  flag: 'INTEGER',
  json: 'TEXT',
};

/** The partitions of a table, one per row. */
export function keyView(table: string): string {
  return `figtree_keys_of_${table}`;
}

export function quoted(name: string): string {
  return `"${name}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export type SqlValue = string | number | null;

/** In the order of the columns. */
export function valuesOf(row: Row, columns: readonly Column[]): SqlValue[] {
  return columns.map(({ name, kind }) => {
    const value = row[name];
    if (value === undefined) return null;
    if (kind === 'flag') return value === true ? 1 : 0;
    return kind === 'json' ? JSON.stringify(value) : (value as string | number);
  });
}

export function rowOf(found: Readonly<Record<string, unknown>>, columns: readonly Column[]): Row {
  return rowOfValues(
    columns.map(({ name }) => found[name]),
    columns,
  );
}

/** The same for values in the order of the columns. */
export function rowOfValues(values: readonly unknown[], columns: readonly Column[]): Row {
  const row: Record<string, unknown> = {};
  for (const [place, { name, kind }] of columns.entries()) {
    const value = values[place];
    if (value === null || value === undefined) continue;
    if (kind === 'flag') row[name] = value === 1;
    else row[name] = kind === 'json' ? JSON.parse(value as string) : value;
  }
  return row;
}
