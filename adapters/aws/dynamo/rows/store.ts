import { identityOf, isCovered, markWith } from '../../../../events/event-mark.ts';
import type {
  DescribedTables,
  ForgetRow,
  RowChanges,
  RowKey,
  RowsStored,
  RowStore,
  TableLayout,
} from '../../../../ports/row-store.ts';
import { keyIn } from '../../../shared/row-order.ts';
import { requireSameTables } from '../../../shared/table-description.ts';
import { LOST, untilUncontended } from '../contention.ts';
import { keyText } from '../item.ts';
import { createCommits, unchangedSince } from './commits.ts';
import { DESCRIPTION, eventKey, foundIn, itemKey, rowIn, type RowItem, rowItem, type RowTable } from './items.ts';
import { openLeaving } from './leaving.ts';
import { listRows } from './reader.ts';

/** The tables of one version of a projection, which any number of writers share.
 *
 *  An event that changes one row, in a table that one key changes, and has read nothing, is one conditional put: the
 *  row's mark tells it from one that was stored before. Everything else is a transaction: the rows, and, where no mark
 *  tells, an item that says that the event was stored. An event that leaves the rows as they are is noted as well: later
 *  it might find them otherwise. Events that wait at the same time share a transaction, so that a row that many of them
 *  change is written once.
 *
 *  Everything rejects with SCHEMA_INVALID if the table was first used with other definitions of its tables. */
export function openDynamoRowStore(table: RowTable, described: DescribedTables, forget: ForgetRow): RowStore {
  const named = new Map(described.layouts.map((layout) => [layout.name, layout]));
  const layoutOf = (name: string): TableLayout => {
    const layout = named.get(name);
    if (layout === undefined) throw new Error(`there is no table ${name}`);
    return layout;
  };
  const commits = createCommits(table, layoutOf);
  const leaving = openLeaving({ table, layouts: described.layouts, commits, forget });
  let checking: Promise<void> | undefined;
  /** Once, before anything is read. */
  function checked(): Promise<void> {
    checking ??= requireDescribed(table, described).catch((error: unknown) => {
      checking = undefined;
      throw error;
    });
    return checking;
  }
  return {
    async find(key) {
      await checked();
      return foundIn((await table.get(itemKey(key))) as RowItem | undefined);
    },
    async list(name, query) {
      await checked();
      const layout = layoutOf(name);
      const { items, ...rest } = await listRows(table, layout, query);
      return { items: items.map(({ row, item }) => ({ key: keyIn(row, layout), found: foundIn(item) })), ...rest };
    },
    async store(changes) {
      await checked();
      return await leaving.unlessLeft(changes, (guarded) =>
        isSinglePut(changes, layoutOf) ? putRow(table, guarded, layoutOf) : commits.add(guarded),
      );
    },
    async leave(event, userId) {
      await checked();
      await leaving.leave(event, userId);
    },
    async isKnown(event) {
      const item = await table.get(eventKey(event));
      if (item !== undefined) await leaving.afterKnown(item);
      return item !== undefined;
    },
  };
}

/** The first writer of a table notes what it is going to keep there. */
async function requireDescribed(table: RowTable, described: DescribedTables): Promise<void> {
  const lines = [...described.description];
  const noted = await table.get(DESCRIPTION);
  if (noted !== undefined) return requireSameTables(described, noted['lines'] as string[]);
  if (await table.put({ ...DESCRIPTION, lines }, { expression: 'attribute_not_exists(pk)' })) return;
  const other = await table.get(DESCRIPTION);
  requireSameTables(described, (other?.['lines'] as string[] | undefined) ?? lines);
}

type LayoutOf = (table: string) => TableLayout;

function isSinglePut({ read, hasListed, changes }: RowChanges, layoutOf: LayoutOf): boolean {
  if (read.length > 0 || hasListed) return false;
  const [first, ...others] = changes.map(({ key }) => key);
  if (first === undefined) return false;
  const { changedBy, belongsTo, partition } = layoutOf(first.table);
  // A row that belongs to a user is two items, unless their rows are a partition.
  if (changedBy !== 'one-key' || belongsTo.some((field) => field !== partition)) return false;
  const text = keyText(itemKey(first));
  return others.every((key) => keyText(itemKey(key)) === text);
}

async function putRow(table: RowTable, { event, changes }: RowChanges, layoutOf: LayoutOf): Promise<RowsStored> {
  const { key } = changes[0] as { readonly key: RowKey };
  const layout = layoutOf(key.table);
  return await untilUncontended<RowsStored>(table, 'a row', async () => {
    const item = (await table.get(itemKey(key))) as RowItem | undefined;
    if (isCovered(event, item?.mark)) return 'superseded';
    const before = item && rowIn(item);
    const after = changes.reduce((row, { change }) => change(row), before);
    const put = rowItem(key, { row: after, version: identityOf(event), mark: markWith(item?.mark, event) }, layout);
    return (await table.put(put, unchangedSince(item))) ? 'stored' : LOST;
  });
}
