import { type EventMark, identityOf, isCovered, type MarkedEvent, markWith } from '../../../../events/event-mark.ts';
import { isFigtreeError } from '../../../../events/errors.ts';
import type { Row, RowChanges, RowKey, RowsStored, TableLayout } from '../../../../ports/row-store.ts';
import { startAttempts } from '../../../../resilience/retry.ts';
import { computedChanges } from '../../../shared/computed-changes.ts';
import type { Condition, TransactAction } from '../dynamo-table.ts';
import { dynamoFailure } from '../failure.ts';
import { type Item, type ItemKey, keyText } from '../item.ts';
import { itemBytes } from '../item-bytes.ts';
import {
  eventItem,
  eventKey,
  itemKey,
  ownedItems,
  ownersOf,
  rowIn,
  type RowItem,
  rowItem,
  type RowTable,
} from './items.ts';

/** Stores the changes of events in transactions, several events in one. */
export interface Commits {
  /** The row to remove, for changes that are made because its user has left: whatever has changed it before. If it is
   *  gone, nothing is done. */
  add(changes: RowChanges, removed?: RowKey): Promise<RowsStored>;
}

type LayoutOf = (table: string) => TableLayout;

interface Waiting {
  readonly changes: RowChanges;
  readonly removed: RowKey | undefined;
  readonly resolve: (stored: RowsStored) => void;
  readonly reject: (error: unknown) => void;
}

// DynamoDB's limits of a transaction, less a margin for what it counts besides the items.
const ACTIONS_MAX = 100;
const BYTES_MAX = 3_500_000;
const RETRY = { attemptsMax: 30, firstMs: 10, maxMs: 500 };

/** One transaction at a time: two of one process would only make each other fail where they share a row. */
export function createCommits(table: RowTable, layoutOf: LayoutOf): Commits {
  let waiting: Waiting[] = [];
  let running = false;

  async function run(): Promise<void> {
    running = true;
    while (waiting.length > 0) {
      const together = takeFitting(waiting);
      waiting = waiting.slice(together.length);
      await commit(table, layoutOf, together);
    }
    running = false;
  }

  return {
    add(changes, removed) {
      const { promise, resolve, reject } = Promise.withResolvers<RowsStored>();
      waiting.push({ changes, removed, resolve, reject });
      // Not earlier: other handlers may end in this turn of the event loop.
      if (!running) setImmediate(() => (running ? undefined : void run()));
      return promise;
    },
  };
}

/** Those at the front that surely have room in one transaction: at least one. */
function takeFitting(waiting: readonly Waiting[]): readonly Waiting[] {
  const keys = new Set<string>();
  for (const [index, { changes }] of waiting.entries()) {
    // Twice, because a row may be listed among those of its user.
    keysOf(changes).forEach((key) => keys.add(keyText(key)).add(`of a user ${keyText(key)}`));
    if (keys.size > ACTIONS_MAX && index > 0) return waiting.slice(0, index);
  }
  return waiting;
}

function keysOf({ event, read, changes }: RowChanges): ItemKey[] {
  return [eventKey(event), ...[...read, ...changes].map(({ key }) => itemKey(key))];
}

/** Settles all of them. Never rejects. */
async function commit(table: RowTable, layoutOf: LayoutOf, together: readonly Waiting[]): Promise<void> {
  let left = together;
  const attempts = startAttempts(RETRY);
  try {
    do {
      const found = (await table.getAll(left.flatMap(({ changes }) => keysOf(changes)))) as Map<string, RowItem>;
      const transaction = openTransaction(found, layoutOf);
      left = left.filter((each) => isTaken(each, transaction));
      if (left.length === 0) return;
      const actions = transaction.actions();
      const isTooLarge = actions.length > ACTIONS_MAX || bytesOf(actions) > BYTES_MAX;
      if (left.length > 1 && isTooLarge) return await commitHalves(table, layoutOf, left);
      if ((await table.transact(actions)).length === 0) {
        left.forEach(({ resolve }) => resolve('stored'));
        return;
      }
    } while (await attempts.again());
    throw dynamoFailure(table.name, new Error('too many concurrent changes to the same rows'));
  } catch (error) {
    // One of them may be at fault for a request that is refused.
    if (left.length > 1 && !isFigtreeError(error, 'STORAGE_FAILED')) return await commitHalves(table, layoutOf, left);
    left.forEach(({ reject }) => reject(error));
  }
}

async function commitHalves(table: RowTable, layoutOf: LayoutOf, all: readonly Waiting[]): Promise<void> {
  const half = Math.ceil(all.length / 2);
  await commit(table, layoutOf, all.slice(0, half));
  await commit(table, layoutOf, all.slice(half));
}

/** Whether it is part of the transaction. Otherwise it is settled, without any effect. */
function isTaken({ changes, removed, resolve, reject }: Waiting, transaction: Transaction): boolean {
  try {
    const outcome = removed === undefined ? transaction.take(changes) : transaction.remove(removed, changes);
    if (outcome === 'taken') return true;
    resolve(outcome);
  } catch (error) {
    reject(error);
  }
  return false;
}

interface Transaction {
  /** Throws what a change throws, and has no effect then. */
  take(changes: RowChanges): 'taken' | RowsStored;
  /** The same for a row to remove. */
  remove(key: RowKey, changes: RowChanges): 'taken' | RowsStored;
  actions(): TransactAction[];
}

interface CommittedRow {
  readonly key: RowKey;
  /** As it is stored. */
  readonly item: RowItem | undefined;
  readonly before: Row | undefined;
  row: Row | undefined;
  version: string | undefined;
  mark: EventMark | undefined;
  isChanged: boolean;
}

function usersOf(results: ReadonlyMap<CommittedRow, Row | undefined>, layoutOf: LayoutOf): string[] {
  const users = [...results].flatMap(([{ key }, after]) => ownersOf(after, layoutOf(key.table)));
  return [...new Set(users)];
}

interface Changing {
  /** Absent if the row is removed because its user has left: its mark stays. */
  readonly event?: MarkedEvent;
  readonly version: string;
}

/** A transaction that several events fill, each of which sees the rows as the events before it leave them. */
function openTransaction(found: ReadonlyMap<string, RowItem>, layoutOf: LayoutOf): Transaction {
  const rows = new Map<string, CommittedRow>();
  const checked = new Set<string>();
  const events = new Map<string, Item>();

  function rowAt(key: RowKey): CommittedRow {
    const text = keyText(itemKey(key));
    let known = rows.get(text);
    if (known === undefined) {
      const item = found.get(text);
      const { version, mark } = item ?? {};
      const row = item && rowIn(item);
      known = { key, item, before: row, row, version, mark, isChanged: false };
      rows.set(text, known);
    }
    return known;
  }

  const isMarked = (row: CommittedRow) => layoutOf(row.key.table).changedBy === 'one-key';

  /** The version tells the changes of one event apart, if it is stored in several transactions. */
  function change(row: CommittedRow, after: Row | undefined, { event, version }: Changing): void {
    row.row = after;
    row.isChanged = true;
    row.version = version;
    if (isMarked(row) && event !== undefined) row.mark = markWith(row.mark, event);
  }

  const isStale = (read: RowChanges['read']) => read.some((each) => rowAt(each.key).version !== each.found.version);

  return {
    remove(key, { event, read, changes }) {
      const row = rowAt(key);
      if (row.row === undefined) return 'stored';
      if (isStale(read)) return 'stale';
      const results = computedChanges(changes, rowAt, new Map([[row, undefined]]));
      const version = `${identityOf(event)} ${keyText(itemKey(key))}`;
      for (const [each, after] of results) change(each, after, { version });
      return 'taken';
    },
    take({ event, read, hasListed, changes }) {
      const eventText = keyText(eventKey(event));
      if (found.has(eventText)) return 'stored';
      // Delivered twice at once: stored when the other one is.
      if (events.has(eventText)) return 'taken';
      if (isStale(read)) return 'stale';
      // Before any change is computed: one that is made again may be refused.
      const marked = changes.map(({ key }) => rowAt(key)).filter(isMarked);
      if (marked.some(({ mark }) => isCovered(event, mark))) return 'superseded';
      const results = computedChanges(changes, rowAt);
      for (const { key } of read) checked.add(keyText(itemKey(key)));
      for (const [row, after] of results) {
        if (after !== row.row || isMarked(row)) change(row, after, { event, version: identityOf(event) });
        else checked.add(keyText(itemKey(row.key)));
      }
      const tells = read.length === 0 && !hasListed && [...results.keys()].some(isMarked);
      if (!tells) events.set(eventText, eventItem(event, usersOf(results, layoutOf)));
      return 'taken';
    },
    actions() {
      const changed = [...rows].flatMap(([text, row]): TransactAction[] => {
        if (row.isChanged) return actionsOf(row, layoutOf(row.key.table));
        return checked.has(text) ? [{ check: itemKey(row.key), condition: unchangedSince(row.item) }] : [];
      });
      const condition = { expression: 'attribute_not_exists(pk)' };
      return [...changed, ...[...events.values()].map((put): TransactAction => ({ put, condition }))];
    },
  };
}

function actionsOf(changed: CommittedRow, layout: TableLayout): TransactAction[] {
  const { key, item, row, version = '', mark } = changed;
  const condition = unchangedSince(item);
  // Without the mark, an older event could bring a removed row back.
  if (row !== undefined || layout.changedBy === 'one-key') {
    return [{ put: rowItem(key, { row, version, mark }, layout), condition }, ...ownerActions(changed, layout)];
  }
  if (item === undefined) return [{ check: itemKey(key), condition }];
  return [{ delete: itemKey(key), condition }, ...ownerActions(changed, layout)];
}

/** Lists the row among those of its users, and no longer among those of others. */
function ownerActions({ key, before, row: after }: CommittedRow, layout: TableLayout): TransactAction[] {
  const [listed, wanted] = [ownedItems(key, before, layout), ownedItems(key, after, layout)];
  const without = (items: readonly Item[], others: readonly Item[]) =>
    items.filter(({ pk }) => others.every((other) => other.pk !== pk));
  return [
    ...without(listed, wanted).map(({ pk, sk }) => ({ delete: { pk, sk } })),
    ...without(wanted, listed).map((put) => ({ put })),
  ];
}

export function unchangedSince(item: RowItem | undefined): Condition {
  if (item === undefined) return { expression: 'attribute_not_exists(pk)' };
  return { expression: 'version = :before', values: { ':before': item.version } };
}

function bytesOf(actions: readonly TransactAction[]): number {
  return actions.reduce((bytes, action) => bytes + ('put' in action ? itemBytes(action.put) : 0), 0);
}
