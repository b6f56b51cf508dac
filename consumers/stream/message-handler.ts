import type { Correlation } from '../../events/correlation.ts';
import { withCorrelation } from '../../events/correlation.ts';
import { isFigtreeError, type Problem } from '../../events/errors.ts';
import type { Quarantine, Refusal } from '../../ports/quarantine.ts';
import { startPool } from '../../resilience/pool.ts';
import type { Log, MessageConsumer } from '../runtime/consumer.ts';
import { invocationTime, type TimeLimits, watched } from './invocation-time.ts';
import type { BatchAnswer, InvocationContext, MessageBatch, MessageRecord } from './lambda-events.ts';
import { quarantineRefused } from './quarantining.ts';
import { identifierOf, isMessageRecord, originOf, recordsIn, refusedRecord } from './record-shape.ts';

/** Handles a batch of messages of a standard SQS queue, for an event source mapping with ReportBatchItemFailures. Never
 *  rejects: messages to be retried are in the answer. */
export type MessageHandler = (batch: MessageBatch, context: InvocationContext) => Promise<BatchAnswer>;

export interface MessageHandlerOptions<Message> {
  readonly consumer: MessageConsumer<Message>;
  /** The content of a message, or why it can never be read. */
  readonly read: (record: MessageRecord) => ReadMessage<Message> | Problem;
  readonly quarantine: Pick<Quarantine, 'add'>;
  readonly logger: Log;
  readonly limits?: Partial<MessageLimits>;
}

export interface ReadMessage<Message> {
  readonly message: Message;
  /** The correlation in which it is handled. */
  readonly correlation: Correlation;
}

export interface MessageLimits extends TimeLimits {
  readonly messagesAtOnce: number;
}

const DEFAULT_LIMITS: MessageLimits = { messagesAtOnce: 10, eventTimeoutMs: 20_000, reserveMs: 2000 };

interface Message {
  /** The message in any shape, valid or not. */
  readonly record: unknown;
  done: boolean;
  givenUp: boolean;
  refusal?: Refusal;
}

/** Messages are independent: one that fails returns after the queue's visibility timeout, and after the number of times
 *  that the queue counts, it moves to the dead letter queue. Messages that can never be handled go to the
 *  quarantine. */
export function createMessageHandler<Content>(options: MessageHandlerOptions<Content>): MessageHandler {
  const { consumer, read, logger } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };

  async function handle(message: Message): Promise<void> {
    const { record } = message;
    if (!isMessageRecord(record)) {
      message.refusal = refusedRecord(record, 'queue');
      return;
    }
    const content = readSafely(record);
    if ('code' in content) {
      message.refusal = { door: 'events', origin: originOf(record), problem: content, raw: record.body };
      return;
    }
    await withCorrelation(content.correlation, async () => {
      const startedMs = performance.now();
      try {
        const note = await consumer.handle(content.message);
        if (!message.givenUp) message.done = true;
        const durationUs = Math.round((performance.now() - startedMs) * 1000);
        logger.debug({ consumer: consumer.name, message: record.messageId, durationUs, ...note }, 'handled');
      } catch (error) {
        const words = isFigtreeError(error) ? error : nameOf(error);
        logger.error({ consumer: consumer.name, message: record.messageId, error: words }, 'message failed');
      }
    });
  }

  /** A message that cannot be read now cannot be read the next time either. */
  function readSafely(record: MessageRecord): ReadMessage<Content> | Problem {
    try {
      return read(record);
    } catch (error) {
      return { code: 'NOT_JSON', message: `The message cannot be read: ${nameOf(error)}` };
    }
  }

  return async (batch, context) => {
    const time = invocationTime(context, limits);
    const messages = recordsIn(batch).map((record): Message => ({ record, done: false, givenUp: false }));
    if (messages.length === 0) logger.warn({}, 'the event has no records');
    const run = (message: Message) => (time.mayBegin() ? handle(message) : Promise.resolve());
    await watched(startPool(messages, run, limits.messagesAtOnce), time);
    const refused = messages.flatMap(({ record, refusal }) => (refusal === undefined ? [] : [{ record, refusal }]));
    const unkept = new Set(await quarantineRefused(options, refused));
    const again = messages.filter(({ record, done, refusal }) => (refusal ? unkept.has(record) : !done));
    return { batchItemFailures: again.map(({ record }) => ({ itemIdentifier: identifierOf(record) })) };
  };
}

// The error's message may quote the content.
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Error';
}
