import { type MessageAttribute, messageAttributes } from '../../../events/carriers/message-attributes.ts';
import { currentCorrelation } from '../../../events/correlation.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { FanOut } from '../../../ports/fan-out.ts';
import { fanOutText } from './fan-out-message.ts';
import { openTopicPublisher, type PublishRequests } from './topic-publisher.ts';

export interface SnsFanOutOptions {
  readonly topicArn: string;
  /** Milliseconds for which a request that is not full waits for more. Default 5. */
  readonly lingerMs?: number;
}

// Amazon's limit of a request as a topic has it by default: 256 KiB for all messages together.
const MESSAGE_BYTES_MAX = 262_144;
const LINGER_MS = 5;

/** Sends each batch of a fan-out to a topic, with the correlation in which it is sent as attributes: ten a request, whoever
 *  sends at the same time. `send` resolves once the topic has accepted it; rejects with STORAGE_FAILED if that is worth another
 *  try, and with EVENT_TOO_LARGE or EVENT_INVALID if it is not. */
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

/** As Amazon counts: the text, and of each attribute its name, its type and its value. */
function bytesOf(text: string, attributes: Readonly<Record<string, MessageAttribute>>): number {
  return Object.entries(attributes).reduce(
    (sum, [name, { DataType, StringValue }]) => sum + Buffer.byteLength(name + DataType + StringValue),
    Buffer.byteLength(text),
  );
}
