import type { Page } from '../../../../ports/page.ts';
import {
  INDEXED_BYTES_MAX,
  type KeyValue,
  type Row,
  type RowPlace,
  type RowQuery,
  type RowReader,
  SORT_BYTES_MAX,
  type TableLayout,
} from '../../../../ports/row-store.ts';
import { queryOrder, rowPage } from '../../../shared/row-order.ts';
import type { TableQuery } from '../dynamo-table.ts';
import {
  indexPartition,
  itemKey,
  partitionKey,
  placeText,
  rowIn,
  type RowItem,
  type RowTable,
  valueText,
} from './items.ts';

/** Reads the tables of one version of a projection. Lists by the key are strongly consistent, those by an index are
 *  not. */
export function openDynamoRowReader(table: RowTable, layouts: readonly TableLayout[]): RowReader {
  const named = new Map(layouts.map((layout) => [layout.name, layout]));
  return {
    async row(key) {
      const item = (await table.get(itemKey(key))) as RowItem | undefined;
      return item && rowIn(item);
    },
    async rows(name, query) {
      const layout = named.get(name);
      if (layout === undefined) throw new Error(`there is no table ${name}`);
      const { items, ...rest } = await listRows(table, layout, query);
      return { items: items.map(({ row }) => row), ...rest };
    },
  };
}

// Before and behind the texts of all values.
const FIRST = '-';
const LAST = 'u';
// Behind all places that begin with the same value: a value is followed by a NUL character, or by nothing.
const BEHIND = '\u0001';
const BOUND_MAX = 2 + Math.max(SORT_BYTES_MAX, INDEXED_BYTES_MAX);

export interface ListedRow {
  readonly row: Row;
  readonly item: RowItem;
}

export async function listRows(
  table: RowTable,
  layout: TableLayout,
  query: RowQuery,
): Promise<Page<ListedRow, RowPlace>> {
  const { index, partition, from, to, after, limit } = query;
  const order = queryOrder(layout, query);
  const falling = query.order === 'descending';
  const behind = after && placeText(after);
  let low = from === undefined ? FIRST : boundText(from);
  let high = to === undefined ? LAST : index === undefined ? boundText(to) : boundText(to) + BEHIND;
  // The place itself is left out below.
  if (behind !== undefined && falling && precedes(behind, high)) high = behind;
  if (behind !== undefined && !falling && precedes(low, behind)) low = behind;
  // DynamoDB refuses a range that is empty.
  if (precedes(high, low)) return { items: [] };
  const number = index === undefined ? undefined : layout.indexes.findIndex(({ name }) => name === index);
  const asked: TableQuery = {
    pk:
      index === undefined ? partitionKey(layout.name, partition ?? '') : indexPartition(layout.name, index, partition),
    between: [low, high],
    falling,
    pageSize: limit + 2,
    ...(number !== undefined && { index: number }),
  };
  const found: ListedRow[] = [];
  for await (const page of table.query(asked)) {
    for (const item of page as RowItem[]) {
      const row = rowIn(item);
      if (row === undefined || placeText(order.fields.map((field) => row[field] as string | number)) === behind)
        continue;
      found.push({ row, item });
    }
    if (found.length > limit) break;
  }
  const rows = found.slice(0, limit + 1).map(({ row }) => row);
  const { items, ...rest } = rowPage(rows, limit, order);
  return { items: found.slice(0, items.length), ...rest };
}

/** Sorts among the texts of all values like the bound. DynamoDB refuses longer ones than it keeps; a text that is cut,
 *  but longer than all that are kept, is in the same place among them. */
function boundText(bound: KeyValue): string {
  return valueText(typeof bound === 'string' ? beginOf(bound) : bound);
}

function beginOf(text: string): string {
  // Each unit has one byte at least, and three at most.
  if (text.length <= BOUND_MAX) return text;
  const begin = text.slice(0, BOUND_MAX);
  // Not in the middle of a character of two units.
  return begin.isWellFormed() ? begin : begin.slice(0, -1);
}

/** As DynamoDB orders texts: by their bytes, which is not the order of JavaScript's strings. */
function precedes(one: string, other: string): boolean {
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0;
}
