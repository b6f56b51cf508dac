import type { DatabaseSync } from 'node:sqlite';
import type { KeyValue, Row, RowKey, RowPage, RowQuery, TableLayout } from '../../../ports/row-store.ts';
import { queryOrder, rowPage } from '../../shared/row-order.ts';
import { quoted, rowOf, type SqlValue } from './schema.ts';

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
    const { from, to, after, limit, partition } = query;
    const order = queryOrder(layout, query);
    const falling = query.order === 'descending';
    const fields = order.fields.map(quoted);
    const [first = ''] = fields;
    const values: SqlValue[] = [];
    const conditions: string[] = [];
    const also = (condition: string, ...given: readonly SqlValue[]) => {
      conditions.push(condition);
      values.push(...given);
    };
    if (order.partition !== undefined && partition !== undefined) also(`${quoted(order.partition)} = ?`, partition);
    if (query.index !== undefined) also(`${first} IS NOT NULL`);
    if (from !== undefined) also(`${first} >= ?`, from);
    if (to !== undefined) also(`${first} <= ?`, to);
    if (after !== undefined) {
      also(`(${fields.join(', ')}) ${falling ? '<' : '>'} (${fields.map(() => '?').join(', ')})`, ...after);
    }
    const ordered = fields.map((field) => (falling ? `${field} DESC` : field)).join(', ');
    const sql = `SELECT * FROM ${quoted(layout.name)} WHERE ${conditions.join(' AND ') || 'TRUE'} ORDER BY ${ordered} LIMIT ?`;
    let statement = prepared.get(sql);
    if (statement === undefined) prepared.set(sql, (statement = database.prepare(sql)));
    const found = statement.all(...values, limit + 1) as Readonly<Record<string, unknown>>[];
    return rowPage(
      found.map((each): Row => rowOf(each, layout.columns)),
      limit,
      order,
    );
  };
}
