import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { within } from '../../../resilience/timeout.ts';
import { dynamoRetries } from './retries.ts';

/** Called after each answered request, to count its cost. */
export type OnRequest = (request: DynamoRequest) => void;

export interface DynamoRequest {
  /** For instance `BatchWriteItem`. */
  readonly operation: string;
  /** Units of all tables and indexes, for reads or writes depending on the operation; undefined if they were not
   *  requested. */
  readonly capacityUnits: number | undefined;
}

export interface DynamoClient {
  readonly documents: DynamoDBDocumentClient;
  /** Whether costs are counted: then every request asks for its capacity. */
  readonly counting: boolean;
  close(): void;
}

// A request without an answer for this long has failed: by default the SDK waits forever.
const TIMEOUTS = { connectionTimeout: 2000, requestTimeout: 4000, throwOnRequestTimeout: true };
// Includes all retries. The store has to be blamed before a handler's timeout blames the event.
const OVERALL_TIMEOUT_MS = 15_000;

/** Opens a client that the tables of one process share. Throttling, 5xx and lost connections are retried, with
 *  jitter. */
export function openDynamoClient(config: DynamoDBClientConfig = {}, onRequest?: OnRequest): DynamoClient {
  const client = new DynamoDBClient({ retryStrategy: dynamoRetries(), requestHandler: TIMEOUTS, ...config });
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  documents.middlewareStack.add((next) => (args) => within(next(args), OVERALL_TIMEOUT_MS, timedOut), {
    step: 'initialize',
    name: 'patience',
  });
  if (onRequest !== undefined) {
    documents.middlewareStack.add(
      (next, context) => async (args) => {
        const answer = await next(args);
        const operation = String(context['commandName']).replace(/Command$/, '');
        onRequest({
          operation,
          capacityUnits: capacityOf((answer.output as { ConsumedCapacity?: unknown }).ConsumedCapacity),
        });
        return answer;
      },
      { step: 'initialize', name: 'countRequests' },
    );
  }
  return {
    documents,
    counting: onRequest !== undefined,
    close() {
      documents.destroy();
      client.destroy();
    },
  };
}

function timedOut(): Error {
  return Object.assign(new Error('no response in time'), { name: 'TimeoutError' });
}

function capacityOf(consumed: unknown): number | undefined {
  if (consumed === undefined) return undefined;
  const each = (Array.isArray(consumed) ? consumed : [consumed]) as { CapacityUnits?: number }[];
  return each.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}
