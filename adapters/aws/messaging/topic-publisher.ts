import { PublishBatchCommand, type PublishBatchCommandOutput, type SNSClient } from '@aws-sdk/client-sns';
import type { MessageAttribute } from '../../../events/carriers/message-attributes.ts';
import { FigtreeError } from '../../../events/errors.ts';
import { createBatcher, type ItemOutcome } from '../../../resilience/batcher.ts';
import { failureName, withoutRequest } from '../failure-name.ts';

export interface OutgoingMessage {
  readonly text: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  /** Its size within a request. */
  readonly bytes: number;
}

/** The part of the SDK's client that is needed; the client retries throttled requests and 5xx. */
export type PublishRequests = Pick<SNSClient, 'send'>;

interface PublisherOptions {
  readonly topicArn: string;
  readonly lingerMs: number;
  readonly requestBytesMax: number;
}

// Excludes a missing topic and missing permissions, which may be fixed.
const REFUSED =
  /^(InvalidParameter|InvalidParameterValue|ParameterValueInvalid|BatchRequestTooLong|InvalidBatchEntryId|Validation)(Exception)?$/;
const REQUEST_MESSAGES_MAX = 10;
const REQUESTS_AT_ONCE = 8;
const RETRY = { attemptsMax: 8, firstMs: 50, maxMs: 5000 };
const UNANSWERED: ItemOutcome = { again: new Error('messages are still refused') };

/** Publishes messages in requests of ten. If some entries of a request fail, only those are sent again, to avoid
 *  duplicates of the others. */
export function openTopicPublisher(requests: PublishRequests, options: PublisherOptions) {
  const { topicArn, lingerMs, requestBytesMax } = options;
  const batcher = createBatcher<OutgoingMessage>({
    send: async (messages) =>
      outcomesOf(messages, await requests.send(new PublishBatchCommand(requestOf(topicArn, messages)))),
    // Refused for its content: sending each message alone shows which one is at fault.
    afterFailure: (error) => (REFUSED.test(failureName(error)) ? 'split' : 'give-up'),
    failure(error) {
      const name = failureName(error);
      if (REFUSED.test(name)) return new FigtreeError('EVENT_INVALID', `SNS rejects a message: ${name}`);
      const details = { topicArn, cause: withoutRequest(error) };
      return new FigtreeError('STORAGE_FAILED', `SNS cannot be used: ${name}`, details);
    },
    retry: RETRY,
    countMax: REQUEST_MESSAGES_MAX,
    bytesMax: requestBytesMax,
    bytesOf: ({ bytes }) => bytes,
    batchesAtOnce: REQUESTS_AT_ONCE,
    lingerMs,
  });
  return { publish: batcher.add };
}

function requestOf(TopicArn: string, messages: readonly OutgoingMessage[]) {
  const PublishBatchRequestEntries = messages.map(({ text, attributes }, place) => ({
    Id: String(place),
    Message: text,
    MessageAttributes: { ...attributes },
  }));
  return { TopicArn, PublishBatchRequestEntries };
}

function outcomesOf(sent: readonly OutgoingMessage[], answer: PublishBatchCommandOutput): ItemOutcome[] {
  const accepted = new Set((answer.Successful ?? []).map(({ Id }) => Id));
  const refused = new Map((answer.Failed ?? []).map((failed) => [failed.Id, failed]));
  return sent.map((_, place) => {
    const failed = refused.get(String(place));
    if (failed?.SenderFault === true) {
      return { refused: new FigtreeError('EVENT_INVALID', `SNS rejects a message: ${failed.Code ?? 'no reason'}`) };
    }
    return accepted.has(String(place)) ? 'taken' : UNANSWERED;
  });
}
