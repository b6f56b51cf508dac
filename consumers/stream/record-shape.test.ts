import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomRuns } from '../../ports/contracts/random-runs.ts';
import { readFanOutMessage } from '../../adapters/aws/messaging/fan-out-message.ts';
import { recordOf } from '../../testing/aws/stream-world.ts';
import type { ArchivedRecord } from '../../ports/event-archive.ts';
import { modelStreamParking } from '../../ports/contracts/stream-parking.model.ts';
import type { Refusal } from '../../ports/quarantine.ts';
import { catalogUpcasters } from '../../schema-registry/catalog-upcasters.ts';
import { archiveEvents } from '../archive-events.ts';
import { catalogPersonalWords } from '../runtime/catalog-personal-words.ts';
import type { Log } from '../runtime/consumer.ts';
import type { BatchAnswer, MessageBatch, StreamBatch } from './lambda-events.ts';
import { createMessageHandler } from './message-handler.ts';
import { createStreamHandler } from './stream-handler.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const context = { getRemainingTimeInMillis: () => 60_000 };
const limits = { firstPauseMs: 0, outagePauseMs: 0 };

interface Seen {
  readonly answer: BatchAnswer;
  readonly handled: string[];
  readonly refused: Refusal[];
}

async function fromQueue(batch: unknown, quarantineFails = false): Promise<Seen> {
  const seen = { handled: [] as string[], refused: [] as Refusal[] };
  const handler = createMessageHandler({
    consumer: { name: 'c', handle: async ({ yubl }) => void seen.handled.push(yubl.yublId) },
    read: readFanOutMessage,
    quarantine: quarantineOf(seen.refused, quarantineFails),
    logger: silent,
  });
  return { ...seen, answer: await handler(batch as MessageBatch, context) };
}

async function fromStream(batch: unknown, quarantineFails = false): Promise<Seen> {
  const seen = { handled: [] as string[], refused: [] as Refusal[] };
  const handler = createStreamHandler({
    consumers: [{ name: 'c', on: { 'yubl-posted': ({ id }) => void seen.handled.push(id) } }],
    parking: modelStreamParking(),
    quarantine: quarantineOf(seen.refused, quarantineFails),
    upcasters: catalogUpcasters(),
    personal: catalogPersonalWords(),
    logger: silent,
    limits,
  });
  return { ...seen, answer: await handler(batch as StreamBatch, context) };
}

async function intoArchive(batch: unknown): Promise<{ answer: BatchAnswer; kept: ArchivedRecord[] }> {
  const kept: ArchivedRecord[] = [];
  const put = async (records: readonly ArchivedRecord[]) => void kept.push(...records);
  return { answer: await archiveEvents({ put }, silent)(batch as StreamBatch), kept };
}

function quarantineOf(refused: Refusal[], fails: boolean) {
  return {
    async add(some: readonly Refusal[]) {
      if (fails) throw new Error('planned');
      refused.push(...some);
    },
  };
}

const queued = (name: string) => ({
  messageId: name,
  body: JSON.stringify({ y: name, a: 'b', s: 'c', f: { size: 1 } }),
  eventSourceARN: 'arn:aws:sqs:eu-west-1:1:q',
  messageAttributes: {},
});

const streamed = (key: number, place: number) => {
  const { arrivedAtMs, ...kinesis } = recordOf(key, place);
  return {
    eventID: `shardId-000000000000:${kinesis.sequenceNumber}`,
    eventSourceARN: 'arn:aws:kinesis:eu-west-1:1:stream/events',
    kinesis: { ...kinesis, approximateArrivalTimestamp: 1_456_124_520 + arrivedAtMs / 1000 },
  };
};

const DONE = { batchItemFailures: [] };
const EVENTS_OF_OTHERS = [
  undefined,
  null,
  'text',
  {},
  { Records: [] },
  { Records: null },
  { Records: { length: 3 } },
  { Event: 's3:TestEvent', Bucket: 'b' },
  { source: 'aws.events', 'detail-type': 'Scheduled Event', resources: [] },
];

describe('a message that is none of a queue', () => {
  const good = queued('good');
  test.each<[string, unknown, object]>([
    ['without a body', { ...good, body: undefined }, { origin: 'q good', problem: { code: 'EVENT_INVALID' } }],
    ['with null for a body', { ...good, body: null }, { origin: 'q good' }],
    ['with an object for a body', { ...good, body: {} }, { origin: 'q good' }],
    ['without an id', { ...good, messageId: undefined }, { origin: 'q unknown record' }],
    ['without a source', { body: '{', messageId: 'm' }, { origin: 'unknown source m', problem: { code: 'NOT_JSON' } }],
    ['of a stream', streamed(1, 0), { origin: expect.stringMatching(/^stream\/events shardId/) }],
    ['that is nothing', null, { origin: 'unknown source unknown record', raw: 'null' }],
    ['that is text', 'x', { raw: '"x"' }],
  ])('%s goes to the quarantine, and the others are handled', async (_what, bad, refusal) => {
    const { answer, handled, refused } = await fromQueue({ Records: [bad, good] });
    expect(answer).toEqual(DONE);
    expect(handled).toEqual(['good']);
    expect(refused).toMatchObject([{ door: 'events', ...refusal }]);
  });

  test('is asked for again while it cannot be kept, by its id or with its whole batch', async () => {
    const named = await fromQueue({ Records: [{ ...good, messageId: 'bad', body: undefined }, good] }, true);
    expect(named.answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'bad' }] });
    const nameless = await fromQueue({ Records: [{ body: 'x' }, good] }, true);
    expect(nameless.answer).toEqual({ batchItemFailures: [{ itemIdentifier: '' }] });
  });

  test('may have no attributes, or some of any shape', async () => {
    for (const messageAttributes of [
      undefined,
      null,
      {},
      { a: null },
      { traceparent: 7 },
      { baggage: { stringValue: 7 } },
    ]) {
      const { answer, handled } = await fromQueue({ Records: [{ ...good, messageAttributes }] });
      expect(answer).toEqual(DONE);
      expect(handled).toEqual(['good']);
    }
  });
});

describe('a record that is none of a stream', () => {
  const good = streamed(1, 0);
  const { kinesis } = good;
  test.each<[string, unknown, object]>([
    ['without data', { ...good, kinesis: { ...kinesis, data: undefined } }, { problem: { code: 'EVENT_INVALID' } }],
    [
      'with broken base64',
      { ...good, kinesis: { ...kinesis, data: '{"a":1}' } },
      { problem: { code: 'NOT_JSON' }, raw: '{"a":1}' },
    ],
    ['with empty data', { ...good, kinesis: { ...kinesis, data: '' } }, { problem: { code: 'NOT_JSON' }, raw: '' }],
    ['without a key', { ...good, kinesis: { ...kinesis, partitionKey: undefined } }, {}],
    ['with an empty key', { ...good, kinesis: { ...kinesis, partitionKey: '' } }, {}],
    ['without a sequence number', { ...good, kinesis: { ...kinesis, sequenceNumber: undefined } }, {}],
    ['of a queue', queued('m'), { origin: 'q m' }],
    ['that is nothing', null, { raw: 'null' }],
  ])('%s goes to the quarantine, and the others are handled', async (_what, bad, refusal) => {
    const { answer, handled, refused } = await fromStream({ Records: [bad, streamed(2, 1)] });
    expect(answer).toEqual(DONE);
    expect(handled).toEqual(['2.1']);
    expect(refused).toMatchObject([{ door: 'events', ...refusal }]);
    // The archive does not lose the other records either.
    const { answer: archived, kept } = await intoArchive({ Records: [bad, streamed(2, 1)] });
    expect(archived).toEqual(DONE);
    expect(kept.map(({ seq }) => seq)).toContain(streamed(2, 1).kinesis.sequenceNumber);
  });

  test('may lack its name, its source and when it arrived', async () => {
    const { answer, handled } = await fromStream({
      Records: [{ kinesis: { ...kinesis, approximateArrivalTimestamp: undefined } }],
    });
    expect(answer).toEqual(DONE);
    expect(handled).toEqual(['1.0']);
  });

  test('is asked for again while it cannot be kept', async () => {
    const bad = { ...good, kinesis: { ...kinesis, data: undefined } };
    const { answer, handled } = await fromStream({ Records: [bad, streamed(2, 1)] }, true);
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: kinesis.sequenceNumber }] });
    expect(handled).toEqual(['2.1']);
  });
});

test.each(EVENTS_OF_OTHERS.map((event) => [event]))(
  'an event without records, %j, is done immediately',
  async (event) => {
    expect((await fromQueue(event)).answer).toEqual(DONE);
    expect((await fromStream(event)).answer).toEqual(DONE);
    expect((await intoArchive(event)).answer).toEqual(DONE);
  },
);

test('whatever comes among good records, they are handled, and nothing is asked for again', async () => {
  const anything = fc.anything({ maxDepth: 3, withBigInt: false });
  const texts = fc.string({ unit: 'binary' });
  const broken = fc.oneof(
    anything,
    fc.record({
      messageId: anything,
      body: fc.oneof(texts, anything),
      messageAttributes: anything,
      eventSourceARN: anything,
    }),
    fc.record({
      eventID: anything,
      eventSourceARN: anything,
      kinesis: fc.record({
        partitionKey: fc.oneof(texts, anything),
        sequenceNumber: fc.oneof(fc.constant('1'), anything),
        data: fc.oneof(texts, fc.base64String(), anything),
        approximateArrivalTimestamp: anything,
      }),
    }),
    fc.json().map((json) => ({
      ...streamed(7, 7),
      kinesis: { ...streamed(7, 7).kinesis, data: Buffer.from(json).toString('base64') },
    })),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(broken, { maxLength: 4 }), fc.array(broken, { maxLength: 4 }), async (before, behind) => {
      const queue = await fromQueue({ Records: [...before, queued('good'), ...behind] });
      expect(queue.answer).toEqual(DONE);
      expect(queue.handled).toContain('good');
      const stream = await fromStream({ Records: [...before, streamed(2, 1), ...behind] });
      expect(stream.answer).toEqual(DONE);
      expect(stream.handled).toContain('2.1');
      const { answer } = await intoArchive({ Records: [...before, streamed(2, 1), ...behind] });
      expect(answer).toEqual(DONE);
    }),
    { numRuns: randomRuns(120) },
  );
});
