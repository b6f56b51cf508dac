import { BatchWriteCommand, type BatchWriteCommandInput, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type Batcher, createBatcher, type ItemOutcome } from '../../../resilience/batcher.ts';
import { dynamoFailure, mayBeOneItem } from './failure.ts';
import { type Item, type ItemKey, keyText } from './item.ts';

/** Writes single items in batches: everything in the same turn of the event loop shares requests of 25. */
export interface ItemWriter {
  put(item: Item): Promise<void>;
  delete(key: ItemKey): Promise<void>;
}

interface WriterOptions {
  readonly documents: DynamoDBDocumentClient;
  readonly name: string;
  /** Added to every request. */
  readonly counted: Partial<BatchWriteCommandInput>;
}

type WriteRequest =
  | { PutRequest: { Item: Record<string, unknown> } }
  | { DeleteRequest: { Key: Record<string, unknown> } };

const REQUEST_ITEMS_MAX = 25;
// Concurrent requests per table: more would only make it throttle.
const REQUESTS_AT_ONCE = 8;
const RETRY = { attemptsMax: 12, firstMs: 50, maxMs: 5000 };
const UNPROCESSED: ItemOutcome = { again: new Error('items are still unprocessed') };

export function openItemWriter(options: WriterOptions): ItemWriter {
  const { documents, name, counted } = options;
  const batcher: Batcher<WriteRequest> = createBatcher({
    async send(requests) {
      const RequestItems = { [name]: [...requests] };
      const answer = await documents.send(new BatchWriteCommand({ RequestItems, ...counted }));
      const unprocessed = new Set((answer.UnprocessedItems?.[name] ?? []).map((each) => textOf(each as WriteRequest)));
      const isLeft = (request: WriteRequest) => unprocessed.size > 0 && unprocessed.has(textOf(request));
      return requests.map((request) => (isLeft(request) ? UNPROCESSED : 'taken'));
    },
    // An item that is too large must not fail the others of the same turn.
    afterFailure: (error) => (mayBeOneItem(error) ? 'split' : 'give-up'),
    failure: (error) => dynamoFailure(name, error),
    retry: RETRY,
    countMax: REQUEST_ITEMS_MAX,
    batchesAtOnce: REQUESTS_AT_ONCE,
    // DynamoDB refuses a request that contains a key twice.
    keyOf: textOf,
  });
  return {
    put: (item) => batcher.add({ PutRequest: { Item: item } }),
    delete: ({ pk, sk }) => batcher.add({ DeleteRequest: { Key: { pk, sk } } }),
  };
}

function textOf(request: WriteRequest): string {
  return keyText(('PutRequest' in request ? request.PutRequest.Item : request.DeleteRequest.Key) as unknown as ItemKey);
}
