import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sampleEvent } from '../../ports/contracts/sample-events.ts';
import { type Correlation, parseBaggage } from '../correlation.ts';
import { correlationOfHeaders, headersOf } from './headers.ts';
import {
  correlationOfMessageAttributes,
  messageAttributes,
  readNotification,
  readQueuedMessage,
} from './message-attributes.ts';
import { correlationOfItem, itemContext, kinesisPayload, readKinesisPayload } from './payload-context.ts';
import { cleanBaggage, cleanId } from './trace-context.ts';

// Every flow comes out of every carrier as it went in. A correlation of a running flow was cleaned by its door, so
// these are too.

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const id = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.constantFrom("UTF-8''a", "utf-8'en'a", 'ż', ' a b ', '\ufffeend', '%41', 'a,b;c=d'),
  )
  .map((text) => cleanId(text));
const name = fc.oneof(
  fc.constantFrom('user-id', 'id', 'causation-id', 'call-chain-length', 'debug-log-enabled', 'User-Id', '__proto__'),
  fc.string({ unit: fc.constantFrom(..."abzABZ019!#$%&'*+-.^_`|~"), minLength: 1, maxLength: 20 }),
);
const baggage = fc
  .array(fc.tuple(name, fc.string({ unit: 'binary', maxLength: 200 })), { maxLength: 40 })
  .map(cleanBaggage);
const traceparent = fc
  .tuple(hex(32), hex(16), fc.constantFrom('00', '01'))
  .filter(([trace, parent]) => !/^0+$/.test(trace) && !/^0+$/.test(parent))
  .map(([trace, parent, flags]) => `00-${trace}-${parent}-${flags}`);

const correlation: fc.Arbitrary<Correlation> = fc
  .record({
    correlationid: id,
    causationid: fc.option(id, { nil: undefined }),
    traceparent: fc.option(traceparent, { nil: undefined }),
    baggage: fc.option(baggage, { nil: undefined }),
  })
  // A flow without an id is named by its trace when it is read.
  .filter(({ correlationid }) => correlationid !== undefined)
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));

function entriesOf({ baggage: text, ...rest }: Correlation) {
  return { ...rest, entries: new Map(Object.entries(parseBaggage(text))) };
}

function expectTheSame(read: Correlation, sent: Correlation): void {
  expect(entriesOf(read)).toEqual(entriesOf(sent));
}

// What Node's HTTP does in transit.
function overHttp(headers: Record<string, string>): Record<string, string> {
  const sent = new Headers(headers);
  return Object.fromEntries(sent);
}

describe('a correlation comes back as it was', () => {
  test('over HTTP, within 16 KB', () => {
    fc.assert(
      fc.property(correlation, (sent) => {
        const headers = headersOf(sent);
        const bytes = Object.entries(headers).reduce((sum, [key, value]) => sum + key.length + value.length + 4, 0);
        expect(bytes).toBeLessThan(14_000);
        expectTheSame(correlationOfHeaders(overHttp(headers)), sent);
      }),
    );
  });

  test('in attributes of SNS and SQS, of which there are ten at most, by every way', () => {
    fc.assert(
      fc.property(correlation, fc.integer({ min: 4, max: 10 }), (sent, max) => {
        const attributes = messageAttributes(sent, max);
        const names = Object.keys(attributes);
        expect(names.length).toBeLessThanOrEqual(max);
        // SQS: letters, digits, underscores, hyphens and periods.
        for (const each of names) expect(each).toMatch(/^[A-Za-z0-9_.-]{1,256}$/);
        for (const { StringValue } of Object.values(attributes)) expect(StringValue).toMatch(SQS_CHARACTERS);
        expectTheSame(correlationOfMessageAttributes(attributes), sent);

        const each = Object.entries(attributes);
        const ofSns = Object.fromEntries(each.map(([key, { StringValue: Value }]) => [key, { Type: 'String', Value }]));
        const ofSqs = Object.fromEntries(each.map(([key, { StringValue }]) => [key, { stringValue: StringValue }]));
        const notification = {
          Type: 'Notification',
          TopicArn: 'arn:aws:sns:x:1:t',
          Message: 'm',
          MessageAttributes: ofSns,
        };
        const read = [
          readNotification(notification),
          readQueuedMessage({ body: 'm', messageAttributes: ofSqs }),
          readQueuedMessage({ body: JSON.stringify(notification), messageAttributes: {} }),
        ];
        for (const message of read) {
          expect(message.text).toBe('m');
          expectTheSame(message.correlation, sent);
        }
      }),
    );
  });

  test('in a stream, where the event itself says it and its context says it again', () => {
    fc.assert(
      fc.property(correlation, (sent) => {
        const event = sampleEvent({}, sent);
        for (const context of [true, false]) {
          const read = readKinesisPayload(kinesisPayload(event, { context }));
          expect(read.value).toEqual(event);
          expect(read.correlation).toEqual(sent);
        }
        // A reader that takes the event for a command knows only the context.
        const { __context__ } = JSON.parse(kinesisPayload(event, { context: true })) as Record<string, unknown>;
        const other = readKinesisPayload(JSON.stringify({ order: 1, __context__ }));
        expect(other.value).toEqual({ order: 1 });
        expectTheSame(other.correlation, { ...sent, causationid: event.id });
      }),
    );
  });

  test('in an item, also by the stream of its table', () => {
    fc.assert(
      fc.property(correlation, (sent) => {
        const item = itemContext(sent);
        expectTheSame(correlationOfItem(item), sent);
        const typed = Object.entries(item['__context__']).map(([key, value]) => [
          key,
          typeof value === 'number' ? { N: String(value) } : { S: value },
        ]);
        expectTheSame(correlationOfItem({ __context__: { M: Object.fromEntries(typed) } }), sent);
      }),
    );
  });
});

// The characters that SQS accepts, by its API reference.
const SQS_CHARACTERS = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]+$/u;

test('headers set by the caller win, in any case', () => {
  const own = { 'X-Correlation-Id': 'mine', accept: 'text/plain' };
  expect(headersOf({ correlationid: 'a', causationid: 'b' }, own)).toEqual({
    ...own,
    'x-correlation-causation-id': 'b',
  });
});

test('headers stay within their limit: what has no room is left out whole, the flow last of all', () => {
  const long = '語'.repeat(1024);
  const baggage = cleanBaggage(Array.from({ length: 100 }, (_, index) => [`k${index}`, 'v'.repeat(200)]));
  const read = correlationOfHeaders(headersOf({ correlationid: long, causationid: long, baggage: baggage ?? '' }));
  expect(read.correlationid).toBe(long);
  expect(read.causationid).toBeUndefined();
  const kept = Object.entries(parseBaggage(read.baggage));
  expect(kept.length).toBeGreaterThan(5);
  for (const [key, value] of kept) expect([key, value]).toEqual([key, 'v'.repeat(200)]);
});
