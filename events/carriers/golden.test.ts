import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Correlation, formatBaggage, parseBaggage } from '../correlation.ts';
import type { EventEnvelope } from '../envelope.ts';
import { correlationOfHeaders, headersOf } from './headers.ts';
import { messageAttributes, type Notification, readNotification, readQueuedMessage } from './message-attributes.ts';
import { correlationOfItem, itemContext, kinesisPayload, readKinesisPayload } from './payload-context.ts';
import { defined } from '../defined.ts';

// golden/*.json holds the wire forms, `in` as written by others and `out` as written by Figtree, so that changing
// either changes these files. Baggage is written there as its entries.

interface Golden {
  readonly what: string;
  readonly carrier?: 'sns' | 'sqs';
  readonly in?: Record<string, unknown>;
  readonly out?: Record<string, unknown>;
  readonly event?: EventEnvelope;
  readonly value?: unknown;
  readonly text?: string;
  readonly correlation?: Omit<Correlation, 'baggage'> & { readonly baggage?: Record<string, string> };
}

function goldenOf(name: string): Golden[] {
  return JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), 'utf8')) as Golden[];
}

function written({ correlation = {} }: Golden): Correlation {
  const { baggage, ...rest } = correlation;
  const text = formatBaggage(baggage ?? {});
  return { ...rest, ...defined({ baggage: text }) };
}

function expectRead(read: Correlation, golden: Golden): void {
  const { baggage, ...rest } = read;
  expect({ ...rest, ...(baggage !== undefined && { baggage: parseBaggage(baggage) }) }).toEqual(golden.correlation);
}

describe('on HTTP', () => {
  test.each(goldenOf('http'))('$what', (golden) => {
    if (golden.in !== undefined) return expectRead(correlationOfHeaders(golden.in), golden);
    expect(headersOf(written(golden))).toEqual(golden.out);
    expectRead(correlationOfHeaders(golden.out ?? {}), golden);
  });
});

describe('in a payload', () => {
  test.each(goldenOf('payload'))('$what', (golden) => {
    if (golden.event !== undefined) {
      const text = kinesisPayload(golden.event, { context: true });
      expect(JSON.parse(text)).toEqual({ ...golden.event, __context__: golden.out });
      expect(kinesisPayload(golden.event, { context: false })).toBe(JSON.stringify(golden.event));
      const { correlationid, traceparent, baggage } = golden.event;
      expect(readKinesisPayload(text)).toEqual({
        value: golden.event,
        correlation: { correlationid, traceparent, baggage },
      });
      return;
    }
    const { value, correlation } = readKinesisPayload(JSON.stringify(golden.in));
    expect(value).toEqual(golden.value);
    expectRead(correlation, golden);
  });

  test('a context that an event brings along is overwritten', () => {
    const [event] = goldenOf('payload').flatMap((golden) => golden.event ?? []);
    const forged = { ...event, __context__: { 'x-correlation-id': 'forged' } } as unknown as EventEnvelope;
    expect(kinesisPayload(forged, { context: true })).not.toContain('forged');
  });

  test.each(['', '{', 'null ?'])('what is no JSON is said to be none: %j', (text) => {
    expect(() => readKinesisPayload(text)).toThrow(expect.objectContaining({ code: 'NOT_JSON', retryable: false }));
  });

  test.each(['null', '[1]', '"x"', '{"__context__":"x"}', '{"__context__":[1]}'])('%s carries nothing', (text) => {
    expect(readKinesisPayload(text).correlation).toEqual({});
  });
});

describe('in a message', () => {
  test.each(goldenOf('messages'))('$what', (golden) => {
    if (golden.out !== undefined) return expect(messageAttributes(written(golden))).toEqual(golden.out);
    const { text, correlation } =
      golden.carrier === 'sns'
        ? readNotification(golden.in as unknown as Notification)
        : readQueuedMessage(golden.in as unknown as { body: string });
    expect(text).toBe(golden.text);
    expectRead(correlation, golden);
  });
});

describe('in an item', () => {
  test.each(goldenOf('item'))('$what', (golden) => {
    if (golden.in !== undefined) return expectRead(correlationOfItem(golden.in), golden);
    expect(itemContext(written(golden))['__context__']).toEqual(golden.out);
    expectRead(correlationOfItem(itemContext(written(golden))), golden);
  });
});
