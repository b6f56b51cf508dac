import { type MessageAttribute, messageAttributes } from '../../../events/carriers/message-attributes.ts';
import { currentCorrelation } from '../../../events/correlation.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { FanOut } from '../../../ports/fan-out.ts';
import { fanOutText } from './fan-out-message.ts';
import { openTopicPublisher, type PublishRequests } from './topic-publisher.ts';

export interface SnsFanOutOptions {
  readonly topicArn: string;
  /** How long a request that is not full waits for more, in milliseconds. Default 5. */
  readonly lingerMs?: number;
}

// The default limit of a request to a topic: 256 KiB for all messages together.
const MESSAGE_BYTES_MAX = 262_144;
const LINGER_MS = 5;

/** Sends each batch of a fan-out to a topic, with its correlation as attributes: ten per request, across concurrent
 *  senders. `send` resolves once the topic has accepted it; rejects with STORAGE_FAILED if it may be retried, and with
 *  EVENT_TOO_LARGE or EVENT_INVALID if not. */
export function openSnsFanOut(requests: PublishRequests, { topicArn, lingerMs = LINGER_MS }: SnsFanOutOptions): FanOut {
  const publisher = openTopicPublisher(requests, { topicArn, lingerMs, requestBytesMax: MESSAGE_BYTES_MAX });
  return {
    async send(message) {
      const text = fanOutText(message);
      const attributes = messageAttributes(currentCorrelation());
      const bytes = bytesOf(text, attributes);
      if (bytes > MESSAGE_BYTES_MAX) {
        throw new FigtreeError('EVENT_TOO_LARGE', 'a batch of followers is too large for a message', { bytes });
      }
      await publisher.publish({ text, attributes, bytes });
    },
  };
}

/** As Amazon counts: the text, and name, type and value of each attribute. */
function bytesOf(text: string, attributes: Readonly<Record<string, MessageAttribute>>): number {
  return Object.entries(attributes).reduce(
    (sum, [name, { DataType, StringValue }]) => sum + Buffer.byteLength(name + DataType + StringValue),
    Buffer.byteLength(text),
  );
}
