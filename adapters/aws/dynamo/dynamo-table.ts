import type { DynamoClient } from './client.ts';
import type { Item, ItemKey } from './item.ts';

/** One table with a partition key `pk` and a sort key `sk`, both text. Every call rejects with STORAGE_FAILED (retryable) when
 *  DynamoDB fails for longer than it is worth waiting within one call, and with INTERNAL when it refuses what it is given. A key that is too
 *  long to be one is not there. Reads are strongly consistent if they do not say otherwise: what one handler has written, the next
 *  one has to see. */
export interface DynamoTable {
  readonly name: string;
  get(key: ItemKey): Promise<Item | undefined>;
  /** As many as are there, by `keyText`, in as many requests as it takes. */
  getAll(keys: readonly ItemKey[], options?: { readonly consistent?: boolean }): Promise<Map<string, Item>>;
  /** Page by page. */
  query(query: TableQuery): AsyncGenerator<Item[], void>;
  /** The items of all pages. */
  queryAll(query: TableQuery): Promise<Item[]>;
  /** Everything that matches, page by page, in no order. Reads the whole table, or one of the parts into which several scans divide
   *  it, and is paid for that. */
  scan(filter: Condition, part?: ScanPart): AsyncGenerator<Item[], void>;
  /** False if the condition does not hold, and if another has put something else there before this could be told. What two may
   *  put alike says whose it is, if that matters. */
  put(item: Item, condition?: Condition): Promise<boolean>;
  /** False if the condition does not hold. That may be because the update was done, its response was lost, and it was sent
   *  again: after false, read the item again, or use a condition that also holds after the change, for instance
   *  `holder = :me OR heldUntil < :now`. For the same reason an update without a condition may be done twice, which is wrong
   *  for ADD: count in a transaction. */
  update(key: ItemKey, change: UpdateExpression): Promise<boolean>;
  /** False if the condition does not hold. */
  delete(key: ItemKey, condition?: Condition): Promise<boolean>;
  /** Does at most 100 actions on this table, all or none. Returns the indexes of those whose conditions do not hold, none if
   *  they were done. A conflict with another transaction is waited out. */
  transact(actions: readonly TransactAction[]): Promise<readonly number[]>;
  /** Puts an item, without a condition, together with what else is written at the moment: 25 a request. Resolves once it is
   *  written. Of two puts of one key the later wins. */
  write(item: Item): Promise<void>;
  /** Deletes like `write` puts. */
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
  /** Of the sort key: those that begin so, or from one to another, both included. */
  readonly begins?: string;
  readonly between?: readonly [string, string];
  /** Default: rising. */
  readonly falling?: boolean;
  /** Goes on behind this item. */
  readonly after?: ItemKey;
  /** Items that are looked at in one request. */
  readonly pageSize?: number;
  /** Default true. */
  readonly consistent?: boolean;
  /** Items that do not match are paid for and left out. */
  readonly filter?: Condition;
  readonly index?: string;
}

export type TransactAction =
  | { readonly put: Item; readonly condition?: Condition }
  | { readonly update: ItemKey; readonly change: UpdateExpression }
  | { readonly delete: ItemKey; readonly condition?: Condition }
  | { readonly check: ItemKey; readonly condition: Condition };

export interface TableParts {
  readonly documents: DynamoClient['documents'];
  readonly name: string;
  /** Goes into every request. */
  readonly counted: { readonly ReturnConsumedCapacity?: 'TOTAL' };
}
