import type { DynamoClient } from './client.ts';
import type { Item, ItemKey } from './item.ts';

/** One table with a partition key `pk` and a sort key `sk`, both text. Every call rejects with STORAGE_FAILED
 *  (retryable) when DynamoDB fails for longer than a call should wait, and with INTERNAL when it refuses the request. A
 *  key that is too long is treated as absent. Reads are strongly consistent by default: each handler has to see what
 *  the one before it has written. */
export interface DynamoTable {
  readonly name: string;
  get(key: ItemKey): Promise<Item | undefined>;
  /** Returns those items that exist, by `keyText`, in as many requests as needed. */
  getAll(keys: readonly ItemKey[], options?: { readonly consistent?: boolean }): Promise<Map<string, Item>>;
  /** Page by page. */
  query(query: TableQuery): AsyncGenerator<Item[], void>;
  /** The items of all pages. */
  queryAll(query: TableQuery): Promise<Item[]>;
  /** Everything that matches the filter, or all, page by page, in no order. Reads the whole table, or one of the parts into which several scans divide
   *  it, and is billed for that. */
  scan(filter?: Condition, part?: ScanPart): AsyncGenerator<Item[], void>;
  /** False if the condition does not hold, or if another writer replaced the item before the result was known. If two
   *  writers may put the same content, the item has to name its writer where that matters. */
  put(item: Item, condition?: Condition): Promise<boolean>;
  /** False if the condition does not hold. The reason may be that the update succeeded, its response was lost, and it
   *  was sent again: after false, read the item again, or use a condition that also holds after the change, for
   *  instance `holder = :me OR heldUntil < :now`. For the same reason an update without a condition may be applied
   *  twice, which is wrong for ADD: count in a transaction. */
  update(key: ItemKey, change: UpdateExpression): Promise<boolean>;
  /** False if the condition does not hold. */
  delete(key: ItemKey, condition?: Condition): Promise<boolean>;
  /** Executes at most 100 actions on this table atomically. Returns the indexes of those whose conditions do not hold,
   *  none if it succeeded. Waits while other transactions conflict. */
  transact(actions: readonly TransactAction[]): Promise<readonly number[]>;
  /** Puts an item, without a condition, in a request shared with up to 24 other concurrent writes. Resolves once it is
   *  written. If a key is put twice the later put wins. */
  write(item: Item): Promise<void>;
  /** Deletes in batches, as `write` puts. */
  erase(key: ItemKey): Promise<void>;
}

export interface Condition {
  readonly expression: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

export interface ScanPart {
  /** From 0. */
  readonly index: number;
  readonly of: number;
}

export interface UpdateExpression {
  /** For instance `SET a = :a ADD n :one`. */
  readonly update: string;
  readonly condition?: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

export interface TableQuery {
  readonly pk: string;
  /** Restricts the sort key: to a prefix, or to a range that includes both ends. */
  readonly begins?: string;
  readonly between?: readonly [string, string];
  /** Default: ascending. */
  readonly falling?: boolean;
  /** Continues after this item. */
  readonly after?: ItemKey;
  /** Number of items read per request. */
  readonly pageSize?: number;
  /** Default true. */
  readonly consistent?: boolean;
  /** Items that do not match are paid for and left out. */
  readonly filter?: Condition;
  /** The number of one of the table's indexes. Then `pk`, `begins`, `between` and `falling` are about the texts
   *  that items have in `indexKeys`, items without them are not found, and reads are eventually consistent. */
  readonly index?: number;
}

/** The attributes of an item that are its partition and sort key in an index. */
export function indexKeys(index: number): { readonly name: string; readonly partition: string; readonly sort: string } {
  return { name: `index-${index}`, partition: `index${index}p`, sort: `index${index}s` };
}

export type TransactAction =
  | { readonly put: Item; readonly condition?: Condition }
  | { readonly update: ItemKey; readonly change: UpdateExpression }
  | { readonly delete: ItemKey; readonly condition?: Condition }
  | { readonly check: ItemKey; readonly condition: Condition };

export interface TableParts {
  readonly documents: DynamoClient['documents'];
  readonly name: string;
  /** Added to every request. */
  readonly counted: { readonly ReturnConsumedCapacity?: 'TOTAL' };
}
