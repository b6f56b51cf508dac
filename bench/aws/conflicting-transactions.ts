import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoClient } from '../../adapters/aws/dynamo/client.ts';

interface WriteAction {
  readonly TableName?: string;
  readonly Key?: Record<string, unknown>;
  readonly Item?: Record<string, unknown>;
}

export interface Conflicts {
  readonly transactions: number;
  readonly conflicts: number;
}

/** Makes transactions of this client conflict, which emulators that serve one request after the other never do: each
 *  holds its items for a time, and one that meets a held item is cancelled as by DynamoDB. */
export function makeTransactionsConflict({ documents }: DynamoClient, heldMs: number): () => Conflicts {
  const held = new Set<string>();
  let transactions = 0;
  let conflicts = 0;
  documents.middlewareStack.add(
    (next, context) => async (args) => {
      if (!String(context['commandName']).startsWith('TransactWrite')) return await next(args);
      transactions += 1;
      const { TransactItems = [] } = args.input as { TransactItems?: Record<string, WriteAction>[] };
      const keys = TransactItems.map(keyOf);
      if (keys.some((key) => held.has(key))) {
        conflicts += 1;
        const CancellationReasons = keys.map((key) => ({ Code: held.has(key) ? 'TransactionConflict' : 'None' }));
        throw Object.assign(new Error('cancelled'), { name: 'TransactionCanceledException', CancellationReasons });
      }
      for (const key of keys) held.add(key);
      try {
        const [answer] = await Promise.all([next(args), sleep(heldMs)]);
        return answer;
      } finally {
        for (const key of keys) held.delete(key);
      }
    },
    { step: 'initialize', name: 'conflict', priority: 'low' },
  );
  return () => ({ transactions, conflicts });
}

function keyOf(action: Record<string, WriteAction>): string {
  const [{ Key, Item } = {}] = Object.values(action);
  const { pk, sk } = Key ?? Item ?? {};
  return JSON.stringify([pk, sk]);
}
