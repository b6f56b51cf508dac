import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { RecordedEvent } from '../../events/envelope.ts';
import {
  type KeyValue,
  PARTITION_BYTES_MAX,
  type Row,
  type RowPage,
  type RowPlace,
  type RowQuery,
  type RowReader,
  type TableLayout,
} from '../row-store.ts';
import { histories } from './histories.ts';

/** A history in an order in which its keys may be handled: that of each key is its own. */
export const keyOrders: fc.Arbitrary<readonly RecordedEvent[]> = histories.chain((events) =>
  fc
    .array(fc.nat(), { minLength: events.length, maxLength: events.length })
    .map((choices) => interleaved(events, choices)),
);

function interleaved(events: readonly RecordedEvent[], choices: readonly number[]): RecordedEvent[] {
  const queues = [...Map.groupBy(events, ({ partitionkey }) => partitionkey).values()].map((queue) => [...queue]);
  return choices.flatMap((choice) => {
    const waiting = queues.filter((queue) => queue.length > 0);
    return waiting[choice % waiting.length]?.shift() ?? [];
  });
}

/** What a RowStore has stored is what its RowReader finds: each row by its key, and all lists in both directions, page
 *  by page, as a naive model has them. */
export async function expectRows(
  reader: RowReader,
  layouts: readonly TableLayout[],
  expected: Readonly<Record<string, readonly Row[]>>,
): Promise<void> {
  for (const layout of layouts) {
    const rows = expected[layout.name] ?? [];
    const own = [layout.partition, layout.sort].filter((field) => field !== undefined);
    const keyOf = (row: Row) => ({
      table: layout.name,
      partition: row[own[0] ?? ''] as KeyValue,
      ...(own[1] !== undefined && { sort: row[own[1]] as KeyValue }),
    });
    for (const row of rows) expect(await reader.row(keyOf(row))).toEqual(row);
    const read = (query: Omit<RowQuery, 'limit'>) =>
      everyPage((page) => reader.rows(layout.name, { ...query, ...page }));
    const unbounded = { from: undefined, to: undefined, order: undefined };
    await expectBounds(reader, layout, rows);
    for (const partition of partitionsOf(rows, layout.partition)) {
      const inside = rows.filter((row) => row[layout.partition] === partition);
      const sorted = sortedBy(inside, own.slice(1));
      expect(await read({ partition })).toEqual(sorted);
      expect(await read({ partition, index: undefined, ...unbounded })).toEqual(sorted);
      expect(await read({ partition, order: 'descending' })).toEqual(sorted.toReversed());
    }
    for (const { name: index, partition: by, sort } of layout.indexes) {
      const partitions = by === undefined ? [undefined] : partitionsOf(rows, by);
      for (const partition of partitions) {
        const inside = rows.filter((row) => row[sort] !== undefined && (by === undefined || row[by] === partition));
        const sorted = sortedBy(inside, [sort, ...own]);
        const asked = partition === undefined ? { index } : { index, partition };
        expect(await read(asked)).toEqual(sorted);
        expect(await read({ index, partition, ...unbounded })).toEqual(sorted);
        expect(await read({ ...asked, order: 'descending' })).toEqual(sorted.toReversed());
        const [low, high] = [sorted[1]?.[sort], sorted.at(-2)?.[sort]] as (KeyValue | undefined)[];
        if (low === undefined || high === undefined) continue;
        const between = sorted.filter((row) => compare(row[sort], low) >= 0 && compare(row[sort], high) <= 0);
        expect(await read({ ...asked, from: low, to: high, order: 'descending' })).toEqual(between.toReversed());
      }
    }
  }
}

/** What is asked for comes from outside: texts longer than any that is kept are compared as well, and only another type
 *  is a mistake of the query. */
async function expectBounds(reader: RowReader, layout: TableLayout, rows: readonly Row[]): Promise<void> {
  const { name, partition: by, sort } = layout;
  const isText = (field: string) => layout.columns.find((column) => column.name === field)?.kind === 'text';
  const lists = [{ partition: by, ...(sort !== undefined && { sort }) }, ...layout.indexes];
  for (const { name: index, partition: inside, sort: ordered } of lists as Partial<TableLayout['indexes'][number]>[]) {
    const list = { limit: 1000, ...(index !== undefined && { index }) };
    if (inside !== undefined && isText(inside)) {
      const partition = 'x'.repeat(PARTITION_BYTES_MAX * 8);
      expect(await reader.rows(name, { ...list, partition })).toEqual({ items: [] });
      await expect(reader.rows(name, { ...list, partition: 7 })).rejects.toMatchObject({ code: 'TABLE_MISUSED' });
    }
    if (ordered === undefined || !isText(ordered)) continue;
    const [of] = rows;
    const partition = inside === undefined ? undefined : (of?.[inside] as KeyValue | undefined);
    if (of?.[ordered] === undefined) continue;
    const all = rows.filter((row) => row[ordered] !== undefined && (inside === undefined || row[inside] === partition));
    const asked = { ...list, ...(partition !== undefined && { partition }) };
    for (const more of ['x'.repeat(2000), '\u{1F33F}'.repeat(1000), `x${'\u{1F33F}'.repeat(1000)}`]) {
      const bound = `${of[ordered] as string}${more}`;
      const below = all.filter((row) => compare(row[ordered], bound) < 0);
      const names = (found: readonly Row[]) => found.map((row) => JSON.stringify(row)).toSorted();
      const to = await reader.rows(name, { ...asked, to: bound });
      expect(names(to.items)).toEqual(names(below));
      const from = await reader.rows(name, { ...asked, from: bound });
      expect(names(from.items)).toEqual(names(all.filter((row) => !below.includes(row))));
    }
  }
}

function partitionsOf(rows: readonly Row[], field: string): KeyValue[] {
  return [...new Set(rows.map((row) => row[field] as KeyValue)), 'nobody'];
}

function sortedBy(rows: readonly Row[], fields: readonly string[]): Row[] {
  return rows.toSorted((a, b) => fields.map((field) => compare(a[field], b[field])).find((order) => order !== 0) ?? 0);
}

/** Numbers by their size, texts by their bytes of UTF-8. */
function compare(one: unknown, other: unknown): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return Buffer.compare(Buffer.from(String(one)), Buffer.from(String(other)));
}

const LIMIT = 3;

async function everyPage(read: (page: Pick<RowQuery, 'limit' | 'after'>) => Promise<RowPage>): Promise<Row[]> {
  const rows: Row[] = [];
  let next: RowPlace | undefined;
  do {
    const page = await read({ limit: LIMIT, after: next });
    expect(page.items.length).toBeLessThanOrEqual(LIMIT);
    rows.push(...page.items);
    next = page.next;
  } while (next !== undefined);
  return rows;
}
