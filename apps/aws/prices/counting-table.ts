import { indexKeys, type TableQuery, type TransactAction } from '../../../adapters/aws/dynamo/dynamo-table.ts';
import { type Item, type ItemKey, keyText } from '../../../adapters/aws/dynamo/item.ts';
import { itemBytes } from '../../../adapters/aws/dynamo/item-bytes.ts';
import type { RowTable } from '../../../adapters/aws/dynamo/rows/items.ts';
import { type Units, units } from './units.ts';

// The developer guide of DynamoDB (read-write-operations.html, transaction-apis.html, GSI.html):
//   - a write: a unit per started KiB of the larger of the item before and after, two in a transaction, also for a check;
//   - an entry of an index that is put, removed or replaced: a unit per started KiB, or twice that if its key changes;
//   - a read: a unit per started 4 KiB of each item, or of all that a query returns; half of it without strong
//     consistency.
const WRITE_BYTES = 1024;
const READ_BYTES = 4096;
const BATCH_GET_MAX = 100;

/** A table whose requests are counted. */
export interface CountingTable {
  readonly table: RowTable;
  /** Units and requests since the last call. */
  taken(): Units;
}

/** In memory, and counts what DynamoDB would. For one writer that handles one event after the other: its conditions are
 *  not evaluated, because they hold. */
export function openCountingTable(indexes: number): CountingTable {
  const items = new Map<string, Item>();
  let counted = units(0, 0, 0);

  function count(writeUnits: number, readUnits: number, requests = 1): void {
    counted = units(counted.writeUnits + writeUnits, counted.readUnits + readUnits, counted.requests + requests);
  }

  function write(action: TransactAction, times: number): number {
    const key = keyText(keyOf(action));
    const before = items.get(key);
    const after = 'put' in action ? action.put : 'delete' in action ? undefined : before;
    if (after === undefined) items.delete(key);
    else items.set(key, after);
    const entries = Array.from({ length: indexes }, (_, index) => entryUnits(index, before, after));
    return times * Math.max(1, writeUnits(before), writeUnits(after)) + sum(entries);
  }

  return {
    taken() {
      const taken = counted;
      counted = units(0, 0, 0);
      return taken;
    },
    table: {
      name: 'counted',
      async get(key) {
        const item = items.get(keyText(key));
        count(0, readUnits(item === undefined ? 0 : itemBytes(item), true));
        return item;
      },
      async getAll(keys, { consistent = true } = {}) {
        const distinct = [...new Set(keys.map(keyText))];
        const found = distinct.map((key) => [key, items.get(key)] as const);
        const each = found.map(([, item]) => readUnits(item === undefined ? 0 : itemBytes(item), consistent));
        count(0, sum(each), Math.ceil(distinct.length / BATCH_GET_MAX));
        return new Map(found.flatMap(([key, item]) => (item === undefined ? [] : [[key, item]])));
      },
      async *query(asked) {
        const page = inOrder(items.values(), asked);
        count(0, readUnits(sum(page.map(itemBytes)), asked.index === undefined));
        yield page;
      },
      async put(item) {
        count(write({ put: item }, 1), 0);
        return true;
      },
      async transact(actions) {
        count(sum(actions.map((action) => write(action, 2))), 0);
        return [];
      },
    },
  };
}

function writeUnits(item: Item | undefined): number {
  return item === undefined ? 0 : Math.ceil(itemBytes(item) / WRITE_BYTES);
}

function readUnits(bytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / READ_BYTES)) / (consistent ? 1 : 2);
}

/** An index has all attributes of an item, so that every change of the item changes its entry. */
function entryUnits(index: number, before: Item | undefined, after: Item | undefined): number {
  const { partition, sort } = indexKeys(index);
  const [old, now] = [before, after].map((item) => (item !== undefined && sort in item ? item : undefined));
  const moves = old?.[partition] !== now?.[partition] || old?.[sort] !== now?.[sort];
  return moves ? writeUnits(old) + writeUnits(now) : Math.max(writeUnits(old), writeUnits(now));
}

function inOrder(items: Iterable<Item>, { pk, between, falling = false, index }: TableQuery): Item[] {
  const { partition, sort } = index === undefined ? { partition: 'pk', sort: 'sk' } : indexKeys(index);
  const textOf = (item: Item) => item[sort] as string;
  const [low, high] = between ?? ['', '\uffff'];
  return [...items]
    .filter((item) => item[partition] === pk && textOf(item) >= low && textOf(item) <= high)
    .toSorted((one, other) => (textOf(one) < textOf(other) ? -1 : 1) * (falling ? -1 : 1));
}

function keyOf(action: TransactAction): ItemKey {
  if ('put' in action) return action.put;
  if ('delete' in action) return action.delete;
  if ('check' in action) return action.check;
  throw new Error('stores of rows put whole items');
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, each) => total + each, 0);
}
