import type { MarkedEvent } from '../../../../events/event-mark.ts';
import type { ForgetRow, RowChange, RowChanges, RowKey, RowsStored, TableLayout } from '../../../../ports/row-store.ts';
import { keyIn } from '../../../shared/row-order.ts';
import { LOST, untilUncontended } from '../contention.ts';
import { type Item, keyText } from '../item.ts';
import type { Commits } from './commits.ts';
import {
  type EventItem,
  eventKey,
  foundIn,
  itemKey,
  type LeftItem,
  leftKey,
  ownedPartitions,
  ownersOf,
  rowIn,
  type RowItem,
  type RowTable,
  tableIn,
} from './items.ts';

export interface LeavingParts {
  readonly table: RowTable;
  readonly layouts: readonly TableLayout[];
  readonly commits: Commits;
  readonly forget: ForgetRow;
}

/** Rows that belong to users who leave. A user is noted as gone before their rows are listed, and every
 *  writer of a row looks for that note afterwards: so one of the two sees the other, and no row is left. */
export interface Leaving {
  leave(event: MarkedEvent, userId: string): Promise<void>;
  /** Stores changes, and takes them back where a row of them belongs to a user who has left. */
  unlessLeft(changes: RowChanges, store: (changes: RowChanges) => Promise<RowsStored>): Promise<RowsStored>;
  /** For an event that was stored before, by its item. */
  afterKnown(item: EventItem): Promise<void>;
}

export function openLeaving({ table, layouts, commits, forget }: LeavingParts): Leaving {
  const owned = layouts.filter(({ belongsTo }) => belongsTo.length > 0);
  const owners = openOwners(table, new Map(owned.map((layout) => [layout.name, layout])));

  async function removeRowsOf(userId: string, event: MarkedEvent): Promise<void> {
    for (const layout of owned) {
      for (const pk of ownedPartitions(layout, userId)) {
        for await (const page of table.query({ pk })) {
          const keys = page.flatMap((item) => keyOfOwned(item, layout) ?? []);
          await Promise.all(keys.map((key) => removeRow(key, { event, userId, layout })));
        }
      }
    }
  }

  async function removeRow(key: RowKey, { event, userId, layout }: Removal): Promise<void> {
    await untilUncontended(table, 'a row of a user who has left', async () => {
      const item = (await table.get(itemKey(key))) as RowItem | undefined;
      const row = item && rowIn(item);
      if (item === undefined || row === undefined || !ownersOf(row, layout).includes(userId)) return undefined;
      const read = [{ key, found: foundIn(item) }];
      const changes = { event, read, hasListed: false, changes: forget(layout.name, row) };
      return (await commits.add(changes, key)) === 'stale' ? LOST : undefined;
    });
  }

  /** Removes everything of those of the users who have left. */
  async function removeLeavers(users: ReadonlySet<string>): Promise<void> {
    if (users.size === 0) return;
    const left = await table.getAll([...users].map(leftKey));
    for (const userId of users) {
      const item = left.get(keyText(leftKey(userId))) as LeftItem | undefined;
      if (item !== undefined) await removeRowsOf(userId, item.event);
    }
  }

  return {
    async leave({ id, source, sequence }, userId) {
      const event = { id, source, sequence };
      await table.put({ ...leftKey(userId), event } satisfies LeftItem);
      await removeRowsOf(userId, event);
    },
    async unlessLeft(changes, store) {
      if (owned.length === 0) return await store(changes);
      const users = new Set<string>();
      const stored = await store({ ...changes, changes: changes.changes.map((each) => owners.noting(each, users)) });
      if (stored === 'stale') return stored;
      // An event that was stored before may not have been looked after, and is not computed again.
      if (users.size === 0) for (const user of await owners.usersOfStored(changes)) users.add(user);
      await removeLeavers(users);
      return stored;
    },
    async afterKnown(item) {
      await removeLeavers(new Set(item.users));
    },
  };
}

/** To whom rows belong. */
function openOwners(table: RowTable, ownedNames: ReadonlyMap<string, TableLayout>) {
  async function usersOfStored({ event, read, hasListed, changes }: RowChanges): Promise<readonly string[]> {
    const keys = changes.map(({ key }) => key).filter(({ table: name }) => ownedNames.has(name));
    const byRows = keys.length === 0 ? [] : await usersOf(keys);
    if (read.length === 0 && !hasListed) return byRows;
    const item: EventItem | undefined = await table.get(eventKey(event));
    return [...byRows, ...(item?.users ?? [])];
  }

  function noting({ key, change }: RowChange, users: Set<string>): RowChange {
    const layout = ownedNames.get(key.table);
    if (layout === undefined) return { key, change };
    return {
      key,
      change(before) {
        const after = change(before);
        for (const user of ownersOf(after, layout)) users.add(user);
        return after;
      },
    };
  }

  async function usersOf(keys: readonly RowKey[]): Promise<string[]> {
    const items = (await table.getAll(keys.map(itemKey))) as Map<string, RowItem>;
    return [...items.values()].flatMap((item) => {
      const layout = ownedNames.get(tableIn(item) ?? '');
      return layout === undefined ? [] : ownersOf(rowIn(item), layout);
    });
  }

  return { noting, usersOfStored };
}

function keyOfOwned(item: Item, layout: TableLayout): RowKey | undefined {
  if (tableIn(item) === undefined) return item['key'] as RowKey;
  const row = rowIn(item as RowItem);
  return row && keyIn(row, layout);
}

interface Removal {
  readonly event: MarkedEvent;
  readonly userId: string;
  readonly layout: TableLayout;
}
