import { BatchGetCommand, GetCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { batchesOf } from '../../../resilience/batches.ts';
import { startAttempts } from '../../../resilience/retry.ts';
import type { DynamoClient } from './client.ts';
import { dynamoFailure } from './failure.ts';
import { keyOf, queryInput, scanInput } from './expressions.ts';
import { type Item, type ItemKey, keyText } from './item.ts';
import { canBeKey, canBePartition } from './item-bytes.ts';
import { openItemWriter } from './item-writer.ts';
import { tableWriting } from './table-writing.ts';

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
  /** Everything that matches, page by page, in no order. Reads the whole table, and is paid for that. */
  scan(filter: Condition): AsyncGenerator<Item[], void>;
  /** False if the condition does not hold, and if another has put something else there before this could be told. What two may
   *  put alike says whose it is, if that matters. */
  put(item: Item, condition?: Condition): Promise<boolean>;
  /** False if the condition does not hold, maybe because it was done, the answer was lost, and it was sent again: so whoever
   *  gets false reads the item again before he concludes anything, or his condition holds also after the change, for instance
   *  `holder = :me OR heldUntil < :now`. For the same reason an update without a condition may be done twice, which is wrong
   *  for ADD: count in a transaction. */
  update(key: ItemKey, change: UpdateExpression): Promise<boolean>;
  /** False if the condition does not hold. */
  delete(key: ItemKey, condition?: Condition): Promise<boolean>;
  /** At most 100 actions of this table, all or none. Gives the places of those whose conditions do not hold, none if it was
   *  done. A conflict with another transaction is waited out. */
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

const GET_MAX = 100;
const UNPROCESSED_RETRY = { attemptsMax: 12, firstMs: 50, maxMs: 5000 };

export interface TableParts {
  readonly documents: DynamoClient['documents'];
  readonly name: string;
  /** Goes into every request. */
  readonly counted: { readonly ReturnConsumedCapacity?: 'TOTAL' };
}

export function openDynamoTable({ documents, counting }: DynamoClient, name: string): DynamoTable {
  const parts: TableParts = { documents, name, counted: counting ? { ReturnConsumedCapacity: 'TOTAL' } : {} };
  const writer = openItemWriter(parts);
  const read = reading(parts);
  return { name, ...read, ...tableWriting(parts, read.get), write: writer.put, erase: writer.delete };
}

function reading({
  documents,
  name,
  counted,
}: TableParts): Pick<DynamoTable, 'get' | 'getAll' | 'query' | 'queryAll' | 'scan'> {
  const failed = (error: unknown): never => {
    throw dynamoFailure(name, error);
  };

  async function* query(asked: TableQuery): AsyncGenerator<Item[], void> {
    if (!canBePartition(asked.pk)) return;
    let from = asked.after;
    do {
      const input = { ...queryInput(name, asked), ...counted, ...(from && { ExclusiveStartKey: keyOf(from) }) };
      const page = await documents.send(new QueryCommand(input)).catch(failed);
      from = page.LastEvaluatedKey as ItemKey | undefined;
      yield (page.Items ?? []) as Item[];
    } while (from !== undefined);
  }

  async function getSome(keys: readonly ItemKey[], consistent: boolean, found: Map<string, Item>): Promise<void> {
    let left: Record<string, unknown>[] = keys.map(keyOf);
    const attempts = startAttempts(UNPROCESSED_RETRY);
    do {
      const before = left.length;
      const RequestItems = { [name]: { Keys: left, ConsistentRead: consistent } };
      const answer = await documents.send(new BatchGetCommand({ RequestItems, ...counted })).catch(failed);
      for (const item of (answer.Responses?.[name] ?? []) as Item[]) found.set(keyText(item), item);
      left = answer.UnprocessedKeys?.[name]?.Keys ?? [];
      if (left.length === 0) return;
      // An answer has 16 MB at most, so it may be long before all are there, and nothing failed.
      if (left.length < before) attempts.progressed();
    } while (await attempts.again());
    failed(new Error('keys are still unprocessed'));
  }

  async function* scan(filter: Condition): AsyncGenerator<Item[], void> {
    let from: ItemKey | undefined;
    do {
      const input = { ...scanInput(name, filter), ...counted, ...(from && { ExclusiveStartKey: keyOf(from) }) };
      const page = await documents.send(new ScanCommand(input)).catch(failed);
      from = page.LastEvaluatedKey as ItemKey | undefined;
      yield (page.Items ?? []) as Item[];
    } while (from !== undefined);
  }

  return {
    query,
    scan,
    async queryAll(asked) {
      const all: Item[] = [];
      for await (const page of query(asked)) all.push(...page);
      return all;
    },
    async get(key) {
      if (!canBeKey(key)) return undefined;
      const input = { TableName: name, Key: keyOf(key), ConsistentRead: true, ...counted };
      const answer = await documents.send(new GetCommand(input)).catch(failed);
      return answer.Item as Item | undefined;
    },
    async getAll(keys, { consistent = true } = {}) {
      const found = new Map<string, Item>();
      const distinct = new Map(keys.filter(canBeKey).map((key) => [keyText(key), key])).values();
      const batches = [...batchesOf(distinct, { countMax: GET_MAX })];
      await Promise.all(batches.map((batch) => getSome(batch, consistent, found)));
      return found;
    },
  };
}
