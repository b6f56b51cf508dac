import type { Correlation } from '../correlation.ts';
import { encodedText, looksEncoded, textOfAscii } from './ascii-text.ts';
import { correlationOfFlat, flatOf } from './flat-correlation.ts';

// SNS and SQS: one attribute per name. SQS allows ten; SNS discards a message with more when it delivers raw.
const ATTRIBUTES_MAX = 10;

export interface MessageAttribute {
  readonly DataType: 'String';
  readonly StringValue: string;
}

/** Returns the attributes of a message sent within a correlation, at most `max`: a caller that adds its own lowers it.
 *  The whole correlation is in the first four. */
export function messageAttributes(correlation: Correlation, max = ATTRIBUTES_MAX): Record<string, MessageAttribute> {
  const first = flatOf(correlation).slice(0, max);
  return Object.fromEntries(
    first.map(([name, text]) => [name, { DataType: 'String', StringValue: attributeText(text) }]),
  );
}

// The characters that SQS accepts, by its API reference: any other one makes it refuse the whole message.
const ALLOWED = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]+$/u;

function attributeText(text: string): string {
  return ALLOWED.test(text) && !looksEncoded(text) ? text : encodedText(text);
}

/** Attributes as each of these has them: an SNS event (`Value`), an SQS event (`stringValue`), the SDK (`StringValue`). */
export type SomeAttributes = Readonly<Record<string, object | undefined>>;

export function correlationOfMessageAttributes(attributes: SomeAttributes | undefined): Correlation {
  return correlationOfFlat(
    Object.fromEntries(Object.entries(attributes ?? {}).map(([name, attribute]) => [name, valueOf(attribute)])),
  );
}

export interface ReadMessage {
  /** The correlation of a message. */
  readonly text: string;
  readonly correlation: Correlation;
}

/** A record of an SQS event, sent to the queue itself or by way of a topic, with raw delivery or without. */
export function readQueuedMessage(record: {
  readonly body: string;
  readonly messageAttributes?: SomeAttributes;
}): ReadMessage {
  const notification = notificationOf(record.body);
  if (notification !== undefined) return readNotification(notification);
  return { text: record.body, correlation: correlationOfMessageAttributes(record.messageAttributes) };
}

/** The content of `Sns` in a record of an SNS event, and in the body of a queued message without raw delivery. */
export interface Notification {
  readonly Message: string;
  readonly MessageAttributes?: SomeAttributes;
}

export function readNotification({ Message: text, MessageAttributes: attributes }: Notification): ReadMessage {
  return { text, correlation: correlationOfMessageAttributes(attributes) };
}

function notificationOf(body: string): Notification | undefined {
  // Most bodies are delivered raw; this check avoids parsing them twice.
  if (!body.includes('"TopicArn"')) return undefined;
  try {
    const { Type, TopicArn, Message, MessageAttributes } = JSON.parse(body) as Record<string, unknown>;
    const isOne = Type === 'Notification' && typeof TopicArn === 'string' && /^arn:aws[a-z-]*:sns:/.test(TopicArn);
    if (!isOne || typeof Message !== 'string') return undefined;
    const attributes = typeof MessageAttributes === 'object' && MessageAttributes !== null;
    return { Message, ...(attributes && { MessageAttributes: MessageAttributes as SomeAttributes }) };
  } catch {
    return undefined;
  }
}

function valueOf(attribute: object | undefined): unknown {
  const { stringValue, Value, StringValue } = (attribute ?? {}) as Record<string, unknown>;
  const value = stringValue ?? Value ?? StringValue;
  return typeof value === 'string' ? textOfAscii(value) : value;
}
