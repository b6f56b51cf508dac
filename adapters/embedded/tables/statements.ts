import type { DatabaseSync } from 'node:sqlite';
import type { KeyValue, Row, RowKey, RowPage, RowQuery, TableLayout } from '../../../ports/row-store.ts';
import { queryOrder, type RowOrder, rowPage } from '../../shared/row-order.ts';
import { quoted, rowOfValues, type SqlValue } from './schema.ts';

/** Where the rows of a key are: its field or fields. */
export function whereKey({ keyFields }: TableLayout): string {
  return keyFields.map((field) => `${quoted(field)} = ?`).join(' AND ');
}

export function keyValues({ partition, sort }: RowKey): KeyValue[] {
  return sort === undefined ? [partition] : [partition, sort];
}

/** Lists rows of a table, with one statement for each kind of query. */
export function openRowLists(database: DatabaseSync, layout: TableLayout): (query: RowQuery) => RowPage {
  const prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  return (query) => {
    const { index, partition, from, to, after, limit } = query;
    const order = queryOrder(layout, query);
    const kind = `${index} ${query.order} ${from !== undefined} ${to !== undefined} ${after !== undefined}`;
    let statement = prepared.get(kind);
    if (statement === undefined) {
      statement = database.prepare(listSql(layout, order, query));
      statement.setReturnArrays(true);
      prepared.set(kind, statement);
    }
    const values = [partition, from, to, ...(after ?? []), limit + 1].filter((value) => value !== undefined);
    const found = statement.all(...values) as unknown as readonly SqlValue[][];
    const rows = found.map((each): Row => rowOfValues(each, layout.columns));
    return rowPage(rows, limit, order);
  };
}

/** Its parameters are, as far as they are asked for: the partition, from, to, each value of the place, the limit. */
function listSql(
  { name, columns }: TableLayout,
  order: RowOrder,
  { index, from, to, after, ...query }: RowQuery,
): string {
  const falling = query.order === 'descending';
  const fields = order.fields.map(quoted);
  const [first = ''] = fields;
  const place = fields.map(() => '?').join(', ');
  const conditions = [
    ...(order.partition === undefined ? [] : [`${quoted(order.partition)} = ?`]),
    ...(from === undefined ? [] : [`${first} >= ?`]),
    ...(to === undefined ? [] : [`${first} <= ?`]),
    ...(after === undefined ? [] : [`(${fields.join(', ')}) ${falling ? '<' : '>'} (${place})`]),
    ...(index === undefined ? [] : [`${first} IS NOT NULL`]),
  ];
  const selected = columns.map((column) => quoted(column.name)).join(', ');
  const ordered = fields.map((field) => (falling ? `${field} DESC` : field)).join(', ');
  return `SELECT ${selected} FROM ${quoted(name)} WHERE ${conditions.join(' AND ') || 'TRUE'} ORDER BY ${ordered} LIMIT ?`;
}
