import { PublishBatchCommand, type PublishBatchCommandOutput, type SNSClient } from '@aws-sdk/client-sns';
import type { MessageAttribute } from '../../../events/carriers/message-attributes.ts';
import { FigtreeError } from '../../../events/errors.ts';
import { failureName, withoutRequest } from '../failure-name.ts';
import { pauseAfter } from '../pauses.ts';

export interface OutgoingMessage {
  readonly text: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  /** What it counts for in a request. */
  readonly bytes: number;
}

/** The part of the SDK's client that is needed, which tries throttled requests and 5xx again by itself. */
export type PublishRequests = Pick<SNSClient, 'send'>;

interface PublisherOptions {
  readonly topicArn: string;
  readonly lingerMs: number;
  readonly requestBytesMax: number;
}

interface Waiting {
  readonly message: OutgoingMessage;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

// Not the topic and not the rights of whoever asks: those may be mended.
const REFUSED =
  /^(InvalidParameter|InvalidParameterValue|ParameterValueInvalid|BatchRequestTooLong|InvalidBatchEntryId|Validation)(Exception)?$/;
const REQUEST_MESSAGES_MAX = 10;
const REQUESTS_AT_ONCE = 8;
const PAUSES = { firstMs: 50, maxMs: 5000 };
const TRIES_MAX = 8;

/** Publishes messages in requests of ten. Of a request that was answered, those entries that failed are sent again, alone:
 *  the others are on their way, and once is enough. */
export function openTopicPublisher(requests: PublishRequests, options: PublisherOptions) {
  const { topicArn, lingerMs, requestBytesMax } = options;
  const waiting: Waiting[] = [];
  let running = 0;
  let timer: NodeJS.Timeout | undefined;

  function publish(message: OutgoingMessage): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    waiting.push({ message, resolve, reject });
    if (waiting.length >= REQUEST_MESSAGES_MAX) begin(false);
    else timer ??= setTimeout(begin, lingerMs, true);
    return promise;
  }

  /** What fills a request goes; the rest as well when it has waited long enough. */
  function begin(withRest: boolean): void {
    if (withRest) timer = undefined;
    while (running < REQUESTS_AT_ONCE && waiting.length > 0 && (withRest || fillsOne())) {
      running += 1;
      void send(waiting.splice(0, fitting())).finally(() => {
        running -= 1;
        // Who waits now has waited for a request's time already.
        begin(true);
      });
    }
    if (waiting.length === 0) {
      clearTimeout(timer);
      timer = undefined;
    }
  }

  const fillsOne = () => waiting.length >= REQUEST_MESSAGES_MAX;

  /** How many of those in front go into one request, one at least. */
  function fitting(): number {
    let bytes = 0;
    let count = 0;
    for (const { message } of waiting.slice(0, REQUEST_MESSAGES_MAX)) {
      bytes += message.bytes;
      if (count > 0 && bytes > requestBytesMax) break;
      count += 1;
    }
    return count;
  }

  async function send(some: readonly Waiting[]): Promise<void> {
    let left = some;
    try {
      for (let failures = 0; left.length > 0; failures += 1) {
        if (failures >= TRIES_MAX) throw new Error('messages are still refused');
        if (failures > 0) await pauseAfter(failures, PAUSES);
        left = settle(left, await requests.send(new PublishBatchCommand(requestOf(topicArn, left))));
      }
    } catch (error) {
      const name = failureName(error);
      if (REFUSED.test(name)) return sendAlone(left, name);
      const failure = new FigtreeError('STORAGE_FAILED', `SNS cannot be used: ${name}`, {
        topicArn,
        cause: withoutRequest(error),
      });
      for (const { reject } of left) reject(failure);
    }
  }

  /** The request was refused for what is in it: each message goes by itself, and the one that it was for is known then. */
  async function sendAlone(refused: readonly Waiting[], name: string): Promise<void> {
    const [first, ...others] = refused;
    if (others.length === 0) first?.reject(new FigtreeError('EVENT_INVALID', `SNS rejects a message: ${name}`));
    else for (const one of refused) await send([one]);
  }

  return { publish };
}

function requestOf(TopicArn: string, messages: readonly Waiting[]) {
  const PublishBatchRequestEntries = messages.map(({ message }, place) => ({
    Id: String(place),
    Message: message.text,
    MessageAttributes: { ...message.attributes },
  }));
  return { TopicArn, PublishBatchRequestEntries };
}

/** Tells those who wait what became of their messages, and gives those that are to be sent again. */
function settle(sent: readonly Waiting[], answer: PublishBatchCommandOutput): Waiting[] {
  const accepted = new Set((answer.Successful ?? []).map(({ Id }) => Id));
  const refused = new Map((answer.Failed ?? []).map((failed) => [failed.Id, failed]));
  return sent.filter(({ resolve, reject }, place) => {
    const id = String(place);
    const failed = refused.get(id);
    if (failed?.SenderFault === true) {
      reject(new FigtreeError('EVENT_INVALID', `SNS rejects a message: ${failed.Code ?? 'no reason'}`));
    } else if (accepted.has(id)) resolve();
    else return true;
    return false;
  });
}
