import * as z from 'zod';
import { FigtreeError } from '../../events/errors.ts';
import {
  INDEXED_BYTES_MAX,
  type KeyValue,
  PARTITION_BYTES_MAX,
  type Row,
  ROW_BYTES_MAX,
  type RowKey,
  SORT_BYTES_MAX,
  type TableLayout,
} from '../../ports/row-store.ts';
import { type DescribedTable, describedTable, type Table, type Tables } from './define-table.ts';

/** A table with what decides what may be kept in it. */
export interface OpenTable extends DescribedTable {
  readonly schema: z.ZodObject;
  /** The row as its schema returns it. Throws ROW_INVALID if that refuses it, if it changes the fields of the key, or if
   *  no engine could keep it. */
  accept(row: unknown, key: Row): Row;
  /** Throws ROW_INVALID if no row can have this key. */
  keyOf(given: Readonly<Record<string, unknown>>): RowKey;
  /** The same for a reader: undefined if no row can have this key. */
  keyIn(asked: Readonly<Record<string, unknown>>): RowKey | undefined;
  /** For a mistake in the projection's own code. */
  misused(what: string): FigtreeError;
}

/** Throws DECLARATION_INVALID, which names the projection, if one of its tables cannot be kept by every engine. */
export function openTables(projection: string, tables: Tables): OpenTable[] {
  const names = Object.keys(tables);
  if (names.length === 0) throw new FigtreeError('DECLARATION_INVALID', `projection ${projection}: it has no tables`);
  return Object.entries(tables).map(([name, table]) => openTable(projection, name, table));
}

function openTable(projection: string, name: string, table: Table): OpenTable {
  const { layout, description } = describedNaming(projection, name, table);
  const schema = z.compile(table.schema);
  const place = `projection ${projection}, table ${name}`;
  const refuse = (reason: string): never => {
    throw new FigtreeError('ROW_INVALID', `${place}: ${reason}`);
  };
  const limits = limitedFields(layout);
  const { keyFields } = layout;
  const texts = new Set(layout.columns.flatMap((column) => (column.kind === 'text' ? [column.name] : [])));

  function requireLimits(row: Row): void {
    for (const [field, bytesMax] of limits) {
      const value = row[field];
      if (typeof value !== 'string') continue;
      if (value.includes('\0')) refuse(`${field} contains a NUL character`);
      // A character of UTF-16 has at most three bytes.
      if (value.length * 3 > bytesMax && Buffer.byteLength(value) > bytesMax) {
        refuse(`${field} has more than ${bytesMax} bytes`);
      }
    }
  }

  function keyOf(given: Readonly<Record<string, unknown>>): RowKey {
    for (const field of keyFields) {
      const value = given[field];
      const isText = texts.has(field);
      const isRight = isText ? typeof value === 'string' && value.isWellFormed() : Number.isFinite(value);
      if (!isRight) refuse(`its key needs ${field}, a ${isText ? 'text' : 'number'}`);
    }
    requireLimits(given);
    const partition = given[layout.partition] as KeyValue;
    if (layout.sort === undefined) return { table: name, partition };
    return { table: name, partition, sort: given[layout.sort] as KeyValue };
  }

  return {
    layout,
    schema: table.schema,
    description,
    keyOf,
    keyIn(asked) {
      try {
        return keyOf(asked);
      } catch {
        return undefined;
      }
    },
    accept(row, key) {
      const parsed = schema.safeParse(row);
      if (!parsed.success) return refuse(`its schema refuses a row: ${issuesOf(parsed.error)}`);
      const accepted = wellFormed(parsed.data);
      for (const field of keyFields) {
        if (accepted[field] !== key[field]) refuse(`its schema changes ${field}, which identifies the row`);
      }
      requireLimits(accepted);
      if (mayExceed(accepted) && Buffer.byteLength(JSON.stringify(accepted)) > ROW_BYTES_MAX) {
        refuse(`a row has more than ${ROW_BYTES_MAX} bytes`);
      }
      return accepted;
    },
    misused: (what) => new FigtreeError('TABLE_MISUSED', `${place}: ${what}`),
  };
}

function describedNaming(projection: string, name: string, table: Table): DescribedTable {
  try {
    return describedTable(name, table);
  } catch (error) {
    throw new FigtreeError('DECLARATION_INVALID', `projection ${projection}, ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** The fields that identify and order rows, with the most bytes that each may have. */
function limitedFields({ partition, sort, indexes, belongsTo }: TableLayout): [field: string, bytesMax: number][] {
  const limits: [string, number][] = [[partition, PARTITION_BYTES_MAX]];
  if (sort !== undefined) limits.push([sort, SORT_BYTES_MAX]);
  for (const field of belongsTo) limits.push([field, SORT_BYTES_MAX]);
  for (const index of indexes) {
    if (index.partition !== undefined) limits.push([index.partition, PARTITION_BYTES_MAX]);
    limits.push([index.sort, INDEXED_BYTES_MAX]);
  }
  return limits;
}

/** Half a surrogate pair would be replaced by the storage, and then differ from what was stored. */
function wellFormed(row: Row): Row {
  const broken = Object.entries(row).filter(([, value]) => typeof value === 'string' && !value.isWellFormed());
  if (broken.length === 0) return row;
  return { ...row, ...Object.fromEntries(broken.map(([field, value]) => [field, String(value).toWellFormed()])) };
}

/** Without making JSON of a row that has a few short values, as nearly all have. */
function mayExceed(row: Row): boolean {
  let characters = 0;
  for (const value of Object.values(row)) {
    if (typeof value === 'object' && value !== null) return true;
    if (typeof value === 'string') characters += value.length;
  }
  // JSON escapes a character as six bytes at most.
  return characters * 6 > ROW_BYTES_MAX / 2;
}

function issuesOf({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join('.') || 'the row'}: ${message}`).join('; ');
}
