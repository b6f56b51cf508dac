import { BatchGetCommand, GetCommand, QueryCommand, type QueryCommandOutput, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { batchesOf } from '../../../resilience/batches.ts';
import { startAttempts } from '../../../resilience/retry.ts';
import type { DynamoClient } from './client.ts';
import { dynamoFailure } from './failure.ts';
import { keyOf, queryInput, scanInput } from './expressions.ts';
import { type Item, type ItemKey, keyText } from './item.ts';
import { canBeKey, canBePartition } from './item-bytes.ts';
import { openItemWriter } from './item-writer.ts';
import { tableWriting } from './table-writing.ts';
import type { Condition, DynamoTable, ScanPart, TableParts, TableQuery } from './dynamo-table.ts';

const GET_MAX = 100;
const UNPROCESSED_RETRY = { attemptsMax: 12, firstMs: 50, maxMs: 5000 };

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
    let from: Record<string, unknown> | undefined = asked.after && keyOf(asked.after);
    do {
      const input = { ...queryInput(name, asked), ...counted, ...(from && { ExclusiveStartKey: from }) };
      const page: QueryCommandOutput = await documents.send(new QueryCommand(input)).catch(failed);
      // For an index it also contains the key in that.
      from = page.LastEvaluatedKey;
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
      // A response has 16 MB at most, so complete results may take long without any failure.
      if (left.length < before) attempts.progressed();
    } while (await attempts.again());
    failed(new Error('keys are still unprocessed'));
  }

  async function* scan(filter?: Condition, part?: ScanPart): AsyncGenerator<Item[], void> {
    let from: ItemKey | undefined;
    do {
      const input = { ...scanInput(name, filter, part), ...counted, ...(from && { ExclusiveStartKey: keyOf(from) }) };
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
