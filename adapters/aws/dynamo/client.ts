import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { within } from '../../../resilience/timeout.ts';
import { dynamoRetries } from './retries.ts';

/** Told after each request that was answered, for whoever counts what it costs. */
export type OnRequest = (request: DynamoRequest) => void;

export interface DynamoRequest {
  /** For instance `BatchWriteItem`. */
  readonly operation: string;
  /** Units of all tables and indexes, reading or writing by the operation; undefined if they were not asked for. */
  readonly capacityUnits: number | undefined;
}

export interface DynamoClient {
  readonly documents: DynamoDBDocumentClient;
  /** Present if somebody counts: then every request asks for its capacity. */
  readonly counting: boolean;
  close(): void;
}

// A request that hears nothing for so long has failed: by itself the SDK waits for ever.
const TIMEOUTS = { connectionTimeout: 2000, requestTimeout: 4000, throwOnRequestTimeout: true };
// With all its tries. It has to say that it is the store before whoever handles an event takes the silence for the event's fault.
const PATIENCE_MS = 15_000;

/** Opens a client that the tables of one process share. Throttling, 5xx and lost connections are tried again, with jitter. */
export function openDynamoClient(config: DynamoDBClientConfig = {}, onRequest?: OnRequest): DynamoClient {
  const client = new DynamoDBClient({ retryStrategy: dynamoRetries(), requestHandler: TIMEOUTS, ...config });
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  documents.middlewareStack.add((next) => (args) => within(next(args), PATIENCE_MS, timedOut), {
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
