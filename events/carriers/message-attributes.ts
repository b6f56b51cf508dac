import type { Correlation } from '../correlation.ts';
import { encodedText, looksEncoded, textOfAscii } from './ascii-text.ts';
import { correlationOfFlat, flatOf } from './flat-correlation.ts';

// SNS and SQS: an attribute for each name. SQS takes ten; of a message with more, SNS throws away what it would deliver raw.
const ATTRIBUTES_MAX = 10;

export interface MessageAttribute {
  readonly DataType: 'String';
  readonly StringValue: string;
}

/** The attributes of a message that is sent within a correlation, at most `max`: whoever adds some of his own takes less. All
 *  of the correlation is in the first four. */
export function messageAttributes(correlation: Correlation, max = ATTRIBUTES_MAX): Record<string, MessageAttribute> {
  const first = flatOf(correlation).slice(0, max);
  return Object.fromEntries(
    first.map(([name, text]) => [name, { DataType: 'String', StringValue: attributeText(text) }]),
  );
}

// What SQS takes, by its API reference: one other character, and the whole message is refused.
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
  /** What was sent. */
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

/** What is under `Sns` in a record of an SNS event, and in the body of a queued message without raw delivery. */
export interface Notification {
  readonly Message: string;
  readonly MessageAttributes?: SomeAttributes;
}

export function readNotification({ Message: text, MessageAttributes: attributes }: Notification): ReadMessage {
  return { text, correlation: correlationOfMessageAttributes(attributes) };
}

function notificationOf(body: string): Notification | undefined {
  // Most bodies are delivered raw, and are not parsed twice for it.
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
