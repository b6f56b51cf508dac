import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

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

/** Opens a client that the tables of one process share. Throttling and 5xx are tried again by the SDK itself, with jitter. */
export function openDynamoClient(config: DynamoDBClientConfig = {}, onRequest?: OnRequest): DynamoClient {
  const client = new DynamoDBClient({ maxAttempts: 8, retryMode: 'standard', ...config });
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
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

function capacityOf(consumed: unknown): number | undefined {
  if (consumed === undefined) return undefined;
  const each = (Array.isArray(consumed) ? consumed : [consumed]) as { CapacityUnits?: number }[];
  return each.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}
