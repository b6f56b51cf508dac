import { isDeepStrictEqual } from 'node:util';
import { DeleteCommand, PutCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { startAttempts } from '../../../resilience/retry.ts';
import { dynamoFailure, isConditionFailure, lostTransaction, wasSentAgain } from './failure.ts';
import { conditionOf, keyOf, transactItem, updateInput } from './expressions.ts';
import type { Item, ItemKey } from './item.ts';
import type { Condition, DynamoTable, TableParts, TransactAction } from './dynamo-table.ts';

const CONFLICT_RETRY = { attemptsMax: 12, firstMs: 20, maxMs: 1000 };

// A request without a response is sent again, and if it had succeeded, its condition no longer holds. Transactions have
// an idempotency token, which the SDK adds and DynamoDB recognises. For puts and deletes the item shows what happened.
// For updates nothing does: they return false, and the caller reads again.

export function tableWriting(
  { documents, name, counted }: TableParts,
  get: DynamoTable['get'],
): Pick<DynamoTable, 'put' | 'update' | 'delete' | 'transact'> {
  /** If the condition does not hold but may have held the first time, `isDone` decides. */
  async function conditional(sent: Promise<unknown>, isDone: () => Promise<boolean>): Promise<boolean> {
    try {
      await sent;
      return true;
    } catch (error) {
      if (!isConditionFailure(error)) throw dynamoFailure(name, error);
      return wasSentAgain(error) && (await isDone());
    }
  }

  async function transact(actions: readonly TransactAction[]): Promise<readonly number[]> {
    const input = { TransactItems: actions.map((action) => transactItem(name, action)), ...counted };
    const attempts = startAttempts(CONFLICT_RETRY);
    for (;;) {
      try {
        await documents.send(new TransactWriteCommand(input));
        return [];
      } catch (error) {
        const lost = lostTransaction(error);
        if (lost !== undefined && lost.length > 0) return lost;
        if (lost === undefined || !(await attempts.again())) throw dynamoFailure(name, error);
      }
    }
  }

  return {
    put(item: Item, condition?: Condition) {
      const input = { TableName: name, Item: item, ...conditionOf(condition), ...counted };
      const isDone = async () => isDeepStrictEqual(await get(item), withoutUndefined(item));
      return conditional(documents.send(new PutCommand(input)), isDone);
    },
    update: (key, change) => {
      const input = { ...updateInput(name, key, change), ...counted };
      return conditional(documents.send(new UpdateCommand(input)), async () => false);
    },
    delete(key: ItemKey, condition?: Condition) {
      const input = { TableName: name, Key: keyOf(key), ...conditionOf(condition), ...counted };
      return conditional(documents.send(new DeleteCommand(input)), async () => (await get(key)) === undefined);
    },
    transact,
  };
}

function withoutUndefined(item: Item): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined));
}
