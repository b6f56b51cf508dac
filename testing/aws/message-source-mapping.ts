import { messagesLeft } from './event-source-rules.ts';
import { type Invoke, invokeOnce } from './lambda-invocation.ts';

export interface SentMessage {
  readonly messageId: string;
  readonly body: string;
}

export interface QueueToDrive {
  readonly messages: readonly SentMessage[];
  readonly invoke: Invoke<SqsEvent>;
  readonly batchSize?: number;
  /** Batches that are handled in parallel. */
  readonly batchesAtOnce?: number;
  /** How often a message is received before it goes to the dead letter queue. */
  readonly maxReceiveCount: number;
  /** The function's time limit, in real time. */
  readonly functionTimeoutMs?: number;
  /** In [0, 1): the order in which messages are received, and whether a deleted one is received again. */
  readonly random: () => number;
  readonly againShare?: number;
}

export interface SqsEvent {
  readonly Records: readonly ReturnType<typeof eventRecord>[];
}

/** A standard SQS queue with its dead letter queue, and the mapping that reads it: messages arrive in any order, and
 *  now and then again after they were deleted. A reported message is received again after its visibility timeout, which
 *  here is the next round. Returns the ids in the dead letter queue. */
export async function driveQueue(queue: QueueToDrive): Promise<string[]> {
  const { messages, maxReceiveCount, random, batchSize = 10, batchesAtOnce = 3, againShare = 0 } = queue;
  const received = new Map<string, number>();
  const dead: string[] = [];
  let visible = [...messages];
  while (visible.length > 0) {
    const batch = shuffled(visible, random).slice(0, batchSize * batchesAtOnce);
    const left = new Set(visible.filter((message) => !batch.includes(message)));
    const alive = batch.filter(({ messageId }) => {
      const times = (received.get(messageId) ?? 0) + 1;
      received.set(messageId, times);
      if (times > maxReceiveCount) dead.push(messageId);
      return times <= maxReceiveCount;
    });
    const batches = Array.from({ length: batchesAtOnce }, (_, at) => alive.slice(at * batchSize, (at + 1) * batchSize));
    const answers = await Promise.all(batches.map((some) => receive(queue, some, received)));
    for (const message of answers.flat()) left.add(message);
    for (const message of alive) if (random() < againShare) left.add(message);
    visible = [...left];
  }
  return dead;
}

/** Returns the messages that stay in the queue. */
async function receive(
  { invoke, functionTimeoutMs = 60_000 }: QueueToDrive,
  batch: readonly SentMessage[],
  received: ReadonlyMap<string, number>,
): Promise<readonly SentMessage[]> {
  if (batch.length === 0) return [];
  const event = { Records: batch.map((message) => eventRecord(message, received.get(message.messageId) ?? 1)) };
  const ended = await invokeOnce(invoke, event, functionTimeoutMs);
  if (ended.kind === 'failed') return batch;
  const left = messagesLeft(
    ended.answer,
    batch.map(({ messageId }) => messageId),
  );
  return batch.filter(({ messageId }) => left.includes(messageId));
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

function eventRecord({ messageId, body }: SentMessage, receiveCount: number) {
  return {
    messageId,
    body,
    receiptHandle: `handle of ${messageId}`,
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      SentTimestamp: '1456124520000',
      SenderId: '123456789012',
      ApproximateFirstReceiveTimestamp: '1456124520000',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-1:123456789012:feed-batches',
    awsRegion: 'eu-west-1',
  };
}
