import { BatchWriteCommand, type BatchWriteCommandInput, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { pauseAfter } from '../pauses.ts';
import { dynamoFailure, mayBeOneItem } from './failure.ts';
import { type Item, type ItemKey, keyText } from './item.ts';

/** Writes single items together: whatever is asked for in the same turn of the event loop shares requests of 25. */
export interface ItemWriter {
  put(item: Item): Promise<void>;
  delete(key: ItemKey): Promise<void>;
}

interface WriterOptions {
  readonly documents: DynamoDBDocumentClient;
  readonly name: string;
  /** Goes into every request. */
  readonly counted: Partial<BatchWriteCommandInput>;
}

type WriteRequest =
  | { PutRequest: { Item: Record<string, unknown> } }
  | { DeleteRequest: { Key: Record<string, unknown> } };

interface Wanted {
  request: WriteRequest;
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const REQUEST_ITEMS_MAX = 25;
// Side by side, of one table: more only makes it throttle.
const REQUESTS_AT_ONCE = 8;
const PAUSES = { firstMs: 50, maxMs: 5000 };
const TRIES_MAX = 12;

export function openItemWriter(options: WriterOptions): ItemWriter {
  // By key: DynamoDB refuses a request that names one twice.
  const waiting = new Map<string, Wanted>();
  // A key that is on its way is not sent again before that is done: the later one has to win.
  const onTheirWay = new Set<string>();
  let running = 0;
  let begun = false;

  function want(key: ItemKey, request: WriteRequest): Promise<void> {
    const text = keyText(key);
    const known = waiting.get(text);
    if (known !== undefined) {
      known.request = request;
      return known.done;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    waiting.set(text, { request, done: promise, resolve, reject });
    if (!begun) {
      begun = true;
      // Not earlier: whoever writes in this turn has not asked for everything yet.
      setImmediate(begin);
    }
    return promise;
  }

  function begin(): void {
    begun = false;
    while (running < REQUESTS_AT_ONCE) {
      const some = takeSome();
      if (some.length === 0) return;
      running += 1;
      void send(options, some).finally(() => {
        running -= 1;
        for (const [text] of some) onTheirWay.delete(text);
        begin();
      });
    }
  }

  function takeSome(): [string, Wanted][] {
    const some: [string, Wanted][] = [];
    for (const entry of waiting) {
      if (some.length === REQUEST_ITEMS_MAX) break;
      if (!onTheirWay.has(entry[0])) some.push(entry);
    }
    for (const [text] of some) {
      waiting.delete(text);
      onTheirWay.add(text);
    }
    return some;
  }

  return {
    put: (item) => want(item, { PutRequest: { Item: item } }),
    delete: ({ pk, sk }) => want({ pk, sk }, { DeleteRequest: { Key: { pk, sk } } }),
  };
}

// Settles each of them.
async function send(options: WriterOptions, some: readonly [string, Wanted][]): Promise<void> {
  const { documents, name, counted } = options;
  let left = new Map(some);
  let error: unknown = new Error('items are still unprocessed');
  try {
    for (let failures = 0; left.size > 0 && failures < TRIES_MAX;) {
      if (failures > 0) await pauseAfter(failures, PAUSES);
      const requests = [...left.values()].map(({ request }) => request);
      const answer = await documents.send(new BatchWriteCommand({ RequestItems: { [name]: requests }, ...counted }));
      const unprocessed = new Set((answer.UnprocessedItems?.[name] ?? []).map((each) => textOf(each as WriteRequest)));
      for (const [text, { resolve }] of left) if (!unprocessed.has(text)) resolve();
      // As long as some are taken, it goes on.
      failures = unprocessed.size < left.size ? 1 : failures + 1;
      left = new Map([...left].filter(([text]) => unprocessed.has(text)));
    }
  } catch (thrown) {
    // One that is too large must not take those with it that others wrote in the same turn.
    if (left.size > 1 && mayBeOneItem(thrown))
      return void (await Promise.all([...left].map((each) => send(options, [each]))));
    error = thrown;
  }
  for (const { reject } of left.values()) reject(dynamoFailure(name, error));
}

function textOf(request: WriteRequest): string {
  return keyText(('PutRequest' in request ? request.PutRequest.Item : request.DeleteRequest.Key) as unknown as ItemKey);
}
