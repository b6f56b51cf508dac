import { createRowBuild } from '../../../adapters/embedded/tables/build.ts';
import { openSqliteRowReader } from '../../../adapters/embedded/tables/reader.ts';
import { isDeepStrictEqual } from 'node:util';
import type { Consumer, Log } from '../../../consumers/runtime/consumer.ts';
import { catalogPersonalWords } from '../../../consumers/runtime/catalog-personal-words.ts';
import type { RecordedEvent } from '../../../events/envelope.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { KeyValue, RowKey, RowReader, RowStore } from '../../../ports/row-store.ts';
import type { OpenTable } from '../../../projections/tables/open-tables.ts';
import { causeOf, type Cause, type Explanation } from '../../../replay/causes.ts';
import { foldLog } from '../../../replay/fold-log.ts';
import { catalogUpcasters } from '../../../schema-registry/catalog-upcasters.ts';
import type { OpenTableProjection } from '../../../consumers/tables/open-projection.ts';
import type { Explainer } from '../projection.ts';

interface ExplainedRow {
  readonly key: RowKey;
  readonly causes: Cause[];
  count: number;
}

/** Explains a row, named by `[table] partition [sort]`, or the first rows of a partition. The whole log is folded again,
 *  in memory, and the events that change the rows on the way are the explanation: nothing has to be kept for it. */
export function explainRows(projection: OpenTableProjection): Explainer['explain'] {
  const { described, forget } = projection;
  return async ({ path, log, position }, { words, limit }) => {
    const reader = openSqliteRowReader(path, described.layouts);
    try {
      const asked = rowsAsked(projection, words);
      const keys = 'key' in asked ? [asked.key] : await keysOf(reader, asked, limit);
      const explained = keys.map((key): ExplainedRow => ({ key, causes: [], count: 0 }));
      const { rows } = createRowBuild(described, 0, forget);
      const noting = notingChanges(projection.consumer(rows), rows, { explained, limit });
      const upTo = position();
      await foldLog({ ...foldingQuietly, consumers: [noting], log, upcasters: catalogUpcasters(), upTo });
      const explanations = explained.map(async ({ key, causes, count }): Promise<Explanation> => {
        const [folded, kept] = [await rows.find(key), await reader.row(key)];
        return {
          id: [key.partition, key.sort].filter((value) => value !== undefined).join(' '),
          there: kept !== undefined,
          reason: count === 0 ? 'no-event' : kept === undefined ? 'removed' : 'changed',
          because: becauseOf(key, { count, shown: causes.length }),
          asTheLogSays: isDeepStrictEqual(kept, folded.row),
          events: causes,
        };
      });
      const note = keys.length === 0 ? { note: 'this partition has no rows' } : {};
      return { explanations: await Promise.all(explanations), ...note };
    } finally {
      reader.close();
    }
  };
}

async function keysOf(reader: RowReader, { table, partition }: PartitionAsked, limit: number): Promise<RowKey[]> {
  const { items } = await reader.rows(table.layout.name, { partition, limit });
  return items.map((row) => table.keyOf(row));
}

function becauseOf({ table }: RowKey, { count, shown }: { readonly count: number; readonly shown: number }): string {
  if (count === 0) return `no event in the log has changed this row of ${table}`;
  const newest = shown < count ? `; the newest ${shown} of them are shown` : '';
  return `${count} ${count === 1 ? 'event has' : 'events have'} changed this row of ${table}${newest}`;
}

/** The same consumer, which also notes the events that change the rows. */
function notingChanges(
  consumer: Consumer,
  rows: RowStore,
  { explained, limit }: { readonly explained: readonly ExplainedRow[]; readonly limit: number },
): Consumer {
  const found = () => Promise.all(explained.map(async ({ key }) => (await rows.find(key)).row));
  const on = Object.entries(consumer.on).map(([type, handler]) => {
    const handle = handler as (event: RecordedEvent, context: unknown) => unknown;
    const noting = async (event: RecordedEvent, context: unknown) => {
      const before = await found();
      await handle(event, context);
      for (const [index, row] of (await found()).entries()) {
        const of = explained[index];
        if (of === undefined || isDeepStrictEqual(row, before[index])) continue;
        of.count += 1;
        of.causes.push(causeOf(event));
        if (of.causes.length > limit) of.causes.shift();
      }
    };
    return [type, noting];
  });
  return { ...consumer, on: Object.fromEntries(on) as Consumer['on'] };
}

interface PartitionAsked {
  readonly table: OpenTable;
  readonly partition: KeyValue;
}

function rowsAsked(
  { name, tables }: OpenTableProjection,
  words: readonly string[],
): PartitionAsked | { readonly key: RowKey } {
  const named = tables.find(({ layout }) => layout.name === words[0]);
  const table = named ?? tables[0];
  if (table === undefined) throw new Error(`projection ${name} has no tables`);
  const { partition, sort, columns } = table.layout;
  const values = named === undefined ? words : words.slice(1);
  const [first, second] = [partition, sort].map((field, index) => {
    const isText = columns.find((column) => column.name === field)?.kind === 'text';
    return isText || values[index] === undefined ? values[index] : Number(values[index]);
  });
  if (first === undefined || values.length > (sort === undefined ? 1 : 2)) {
    const choice = tables.map(({ layout }) => layout.name).join(' | ');
    throw new FigtreeError('REQUEST_INVALID', `rows are named by: [${choice}] ${partition} ${sort ?? ''}`.trimEnd());
  }
  if (sort !== undefined && second === undefined) return { table, partition: first };
  return { key: table.keyOf({ [partition]: first, ...(sort !== undefined && { [sort]: second }) }) };
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const foldingQuietly = {
  logger: silent,
  personal: catalogPersonalWords(),
  replayId: 'explain',
  isFull: () => false,
  onPage() {},
};
