import { indexKeys, type TableQuery, type TransactAction } from '../../../adapters/aws/dynamo/dynamo-table.ts';
import { type Item, type ItemKey, keyText } from '../../../adapters/aws/dynamo/item.ts';
import { itemBytes } from '../../../adapters/aws/dynamo/item-bytes.ts';
import type { RowTable } from '../../../adapters/aws/dynamo/rows/items.ts';
import { type Units, units } from './units.ts';

// The developer guide of DynamoDB (read-write-operations.html, transaction-apis.html, GSI.html):
//   - a write: a unit per started KiB of the larger of the item before and after, two in a transaction, also for a check;
//   - an entry of an index that is put, removed or replaced: a unit per started KiB, or twice that if its key changes;
//   - a read: a unit per started 4 KiB of each item, or of all that a query returns; half of it without strong
//     consistency. A query returns 1 MB at most per request, and is charged for nothing as for one item.
const WRITE_BYTES = 1024;
const READ_BYTES = 4096;
const PAGE_BYTES = 1024 * 1024;
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
    const own = times * Math.max(1, writeUnits(before), writeUnits(after));
    // It writes nothing, so that no entry changes.
    if ('check' in action) return own;
    return own + sum(Array.from({ length: indexes }, (_, index) => entryUnits(index, before, after)));
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
        if (asked.filter !== undefined) throw new Error('stores of rows query without a filter');
        const { pageSize, consistent = true, index } = asked;
        for (const page of pagesOf(inOrder(items.values(), asked), pageSize)) {
          count(0, readUnits(sum(page.map(itemBytes)), consistent && index === undefined));
          yield page;
        }
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

/** What each request reads, as long as there may be more. */
function* pagesOf(items: readonly Item[], pageSize = Number.POSITIVE_INFINITY): Generator<Item[], void> {
  let left = items;
  let isLast: boolean;
  do {
    const length = pageLength(left, pageSize);
    yield left.slice(0, length);
    left = left.slice(length);
    // A page that ends at its limit does not know that nothing is left.
    isLast = left.length === 0 && length < pageSize;
  } while (!isLast);
}

/** How many items one request reads: at most the asked number, and up to the one with which they exceed 1 MB. */
function pageLength(items: readonly Item[], pageSize: number): number {
  let [length, bytes] = [0, 0];
  for (const item of items) {
    if (length === pageSize || bytes > PAGE_BYTES) break;
    length += 1;
    bytes += itemBytes(item);
  }
  return length;
}

function inOrder(
  items: Iterable<Item>,
  { pk, begins = '', between, falling = false, after, index }: TableQuery,
): Item[] {
  const { partition, sort } = index === undefined ? { partition: 'pk', sort: 'sk' } : indexKeys(index);
  const textOf = (item: ItemKey) => (item as Item)[sort] as string;
  const turned = falling ? -1 : 1;
  const isAsked = (text: string) =>
    text.startsWith(begins) &&
    (between === undefined || (bytesOrder(between[0], text) <= 0 && bytesOrder(text, between[1]) <= 0)) &&
    (after === undefined || bytesOrder(text, textOf(after)) * turned > 0);
  return [...items]
    .filter((item) => item[partition] === pk && typeof item[sort] === 'string' && isAsked(textOf(item)))
    .toSorted((one, other) => bytesOrder(textOf(one), textOf(other)) * turned);
}

function bytesOrder(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
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
