import { FigtreeError } from '../../events/errors.ts';
import { PARTITION_BYTES_MAX } from '../../ports/row-store.ts';
import type { KeyValue, Row, RowKey, RowPage, RowPlace, RowQuery, TableLayout } from '../../ports/row-store.ts';
import { countFitting, type Measured } from './page-fitting.ts';

/** How a list of rows is ordered: by these fields, one after the other, and within which partition. */
export interface RowOrder {
  /** The first one is the field that `from` and `to` are about; the key's fields make it unambiguous. */
  readonly fields: readonly string[];
  /** Absent if all rows of the table are in one list. */
  readonly partition?: string;
}

/** The order of an index, or of the table's own key. Throws TABLE_MISUSED if there is no such index. */
export function orderOf(layout: TableLayout, index: string | undefined): RowOrder {
  const { partition, sort = partition } = layout;
  return index === undefined ? { partition, fields: [sort] } : indexOrder(layout, index);
}

/** The order that a query asks for. Its partition and its bounds come from outside and may be longer than any that is
 *  kept. Throws TABLE_MISUSED for a list that does not exist and for values that cannot be compared with those of the fields, and
 *  CURSOR_INVALID for a place in another list. */
export function queryOrder(layout: TableLayout, query: RowQuery): RowOrder {
  const { partition, from, to, after, index } = query;
  const order = orderOf(layout, index);
  if ((order.partition === undefined) !== (partition === undefined)) {
    throw misused(layout, `a list of ${index ?? 'its rows'} needs ${order.partition ?? 'no partition'}`);
  }
  const [first] = order.fields;
  const isBounded = from !== undefined || to !== undefined;
  if (isBounded && index === undefined && layout.sort === undefined) {
    throw misused(layout, 'its partitions have one row, so from and to mean nothing');
  }
  for (const [field, value] of [
    [order.partition, partition],
    [first, from],
    [first, to],
  ] as const) {
    if (value !== undefined && !isComparable(layout, field, value))
      throw misused(layout, `${field} is compared with ${typeof value}`);
  }
  // As many as a key of DynamoDB may have. A place that was issued has fewer.
  const isPlace = after?.length === order.fields.length && Buffer.byteLength(after.join()) < 1000;
  const isIn = (field: string, at: number) => isComparable(layout, field, after?.[at]) && mayBeKept(after?.[at]);
  if (after !== undefined && !(isPlace && order.fields.every(isIn))) {
    throw new FigtreeError('CURSOR_INVALID', 'The cursor was not issued by this list');
  }
  return order;
}

function isComparable({ columns }: TableLayout, field: string | undefined, value: unknown): boolean {
  const isText = columns.find(({ name }) => name === field)?.kind === 'text';
  return isText ? typeof value === 'string' : Number.isFinite(value);
}

/** False for a text that is longer than all limits. */
function mayBeKept(value: unknown): boolean {
  return typeof value !== 'string' || Buffer.byteLength(value) <= PARTITION_BYTES_MAX;
}

function misused({ name }: TableLayout, reason: string): FigtreeError {
  return new FigtreeError('TABLE_MISUSED', `table ${name}: ${reason}`);
}

function indexOrder(layout: TableLayout, wanted: string): RowOrder {
  const found = layout.indexes.find((index) => index.name === wanted);
  if (found === undefined) throw misused(layout, `it has no index ${wanted}`);
  const { partition, sort } = found;
  const fields = [...new Set([sort, ...layout.keyFields])];
  return partition === undefined ? { fields } : { partition, fields };
}

// A character of a text takes at most six bytes of JSON, when it is escaped.
const measuredRow: Measured<Row> = {
  bytesMax(row) {
    let bytes = 2;
    for (const [field, value] of Object.entries(row)) bytes += field.length + 4 + 6 * lengthOf(value);
    return bytes;
  },
  json: (row) => JSON.stringify(row),
};

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  return typeof value === 'object' ? JSON.stringify(value).length : 24;
}

/** A page of the rows that were found, one more than it may have if there are any behind it. It ends earlier if its
 *  rows would have more than PAGE_BYTES_MAX. */
export function rowPage(found: readonly Row[], limit: number, { fields }: RowOrder): RowPage {
  const items = found.slice(0, countFitting(found, limit, measuredRow));
  const last = items.at(-1);
  if (found.length === items.length || last === undefined) return { items };
  return { items, next: placeIn(last, fields) };
}

function placeIn(row: Row, fields: readonly string[]): RowPlace {
  return fields.map((field) => row[field] as KeyValue);
}

export function keyIn(row: Row, { name, partition, sort }: TableLayout): RowKey {
  const key = { table: name, partition: row[partition] as KeyValue };
  return sort === undefined ? key : { ...key, sort: row[sort] as KeyValue };
}
