import { isDeepStrictEqual } from 'node:util';
import { createRowBuild } from '../../../adapters/embedded/tables/build.ts';
import { openSqliteRowReader } from '../../../adapters/embedded/tables/reader.ts';
import { catalogPersonalWords } from '../../../consumers/runtime/catalog-personal-words.ts';
import type { Log } from '../../../consumers/runtime/consumer.ts';
import type { OpenTableProjection } from '../../../consumers/tables/open-projection.ts';
import type { Row, RowReader } from '../../../ports/row-store.ts';
import type { Explanation } from '../../../replay/causes.ts';
import { foldLog } from '../../../replay/fold-log.ts';
import { catalogUpcasters } from '../../../schema-registry/catalog-upcasters.ts';
import type { Explainer } from '../projection.ts';
import { type AskedPartition, rowsAsked } from './asked-rows.ts';
import { type AskedRows, type PastRow, rowPast } from './row-past.ts';

/** Explains a row, named by `[table] partition [sort]`, or the first rows of a partition; without a table, of every table that can
 *  have such a key. The whole log is folded again, in memory, and the events that change the rows on the way are the
 *  explanation: nothing has to be kept for it. */
export function explainRows(projection: OpenTableProjection): Explainer['explain'] {
  const { described, forget } = projection;
  return async ({ path, log, position }, { words, limit }) => {
    const reader = openSqliteRowReader(path, described.layouts);
    try {
      const { partitions, isNamed } = rowsAsked(projection, words);
      const asked = await Promise.all(partitions.map((one) => keysOf(reader, one, limit)));
      const { rows } = createRowBuild(described, 0, forget);
      const past = rowPast(rows, asked, limit);
      const consumers = [past.noting(projection.consumer)];
      await foldLog({ ...foldingQuietly, consumers, log, upcasters: catalogUpcasters(), upTo: position() });
      const explained = asked.map((one) =>
        Promise.all(
          past.of(one).map(async (row) => {
            const [folded, kept] = [await rows.find(row.key), await reader.row(row.key)];
            return explanationOf(row, kept, folded.row);
          }),
        ),
      );
      return chosen(asked, await Promise.all(explained), isNamed);
    } finally {
      reader.close();
    }
  };
}

async function keysOf(reader: RowReader, { table, ...asked }: AskedPartition, limit: number): Promise<AskedRows> {
  const { partition, sort } = asked;
  const { name, sort: sortField } = table.layout;
  if (sort !== undefined || sortField === undefined) {
    return { table: name, ...asked, keys: [{ table: name, ...asked }] };
  }
  const { items } = await reader.rows(name, { partition, limit });
  return { table: name, partition, keys: items.map((row) => table.keyOf(row)) };
}

/** Tables that nobody has named and that never had such a row are only mentioned, unless there is nothing else. */
function chosen(asked: readonly AskedRows[], explained: readonly (readonly Explanation[])[], isNamed: boolean) {
  const isUnknown = (explanations: readonly Explanation[]) => explanations.every(({ reason }) => reason === 'no-event');
  const isEmpty = explained.every(isUnknown);
  const left = asked.filter(
    (_, index) => explained[index]?.length === 0 || (!isNamed && !isEmpty && isUnknown(explained[index] ?? [])),
  );
  const explanations = explained.flatMap((one, index) => (left.some((each) => each === asked[index]) ? [] : one));
  const names = left.map(({ table }) => table).join(', ');
  return { explanations, ...(left.length > 0 && { note: `no event in the log has changed such a row of ${names}` }) };
}

function explanationOf(past: PastRow, kept: Row | undefined, folded: Row | undefined): Explanation {
  const { key, causes } = past;
  const there = kept !== undefined;
  const reason = reasonOf(past, there);
  const state = there ? 'there' : reason === 'no-event' ? 'not there' : `not there, ${reason}`;
  return {
    id: [key.partition, key.sort].filter((value) => value !== undefined).join(' '),
    table: key.table,
    there,
    reason,
    because: `${state}: ${becauseOf(past)}`,
    asTheLogSays: isDeepStrictEqual(kept, folded),
    events: causes,
  };
}

function reasonOf({ changed, superseded }: PastRow, there: boolean): string {
  if (changed > 0) return there ? 'changed' : 'removed';
  return superseded > 0 ? 'superseded' : 'no-event';
}

function becauseOf({ key: { table }, changed, superseded, causes }: PastRow): string {
  const have = (count: number) => (count === 1 ? '1 event has' : `${count} events have`);
  const parts = [
    changed === 0
      ? `no event in the log has changed this row of ${table}`
      : `${have(changed)} changed this row of ${table}`,
    ...(superseded === 0 ? [] : [`${have(superseded)} had no effect because a newer one came first`]),
    ...(causes.length < changed + superseded ? [`the newest ${causes.length} of them are shown`] : []),
  ];
  return parts.join('; ');
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const foldingQuietly = {
  logger: silent,
  personal: catalogPersonalWords(),
  replayId: 'explain',
  isFull: () => false,
  onPage() {},
};
