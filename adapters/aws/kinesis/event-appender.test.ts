import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EventEnvelope } from '../../../events/envelope.ts';
import { sampleEvent } from '../../../ports/contracts/sample-events.ts';
import { createStreamModel, type StreamModel } from '../../../testing/aws/kinesis-stream-model.ts';
import {
  type Fault,
  type KinesisStandIn,
  openKinesisStandIn,
  type RequestSeen,
} from '../../../testing/aws/kinesis-stand-in.ts';
import type { AppenderSettings } from './appender-settings.ts';
import { openKinesisClient } from './client.ts';
import { type KinesisEventAppender, openKinesisEventAppender } from './event-appender.ts';

// Generous, because the machine may be busy.
const SOON = { timeout: 60_000, interval: 10 };

const AWAY: Fault = { kind: 'error', status: 503, type: 'ServiceUnavailable' };
const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };

let model: StreamModel;
let standIn: KinesisStandIn;
let distribution: string | undefined;
let faultOf: (request: RequestSeen) => Fault | undefined;
/** The records of each PutRecords, in order. */
let batches: { PartitionKey: string; Data: string }[][];
const opened: KinesisEventAppender[] = [];

beforeEach(async () => {
  model = createStreamModel();
  distribution = undefined;
  faultOf = () => undefined;
  batches = [];
  standIn = await openKinesisStandIn({
    model,
    distribution: () => distribution,
    fault(request) {
      if (request.operation === 'PutRecords') batches.push(request.body['Records'] as (typeof batches)[number]);
      return faultOf(request);
    },
  });
});
afterEach(async () => {
  faultOf = () => undefined;
  await Promise.all(opened.splice(0).map((each) => each.close()));
  await standIn.close();
});

async function open(settings: Partial<AppenderSettings> = {}): Promise<KinesisEventAppender> {
  const client = openKinesisClient({ region: 'us-east-1', credentials, endpoint: standIn.endpoint });
  const appender = await openKinesisEventAppender(client, {
    stream: 'events',
    lingerMs: 1,
    pauses: { firstMs: 1, maxMs: 5 },
    closeMs: 500,
    ...settings,
  });
  opened.push(appender);
  return appender;
}

const many = (count: number) => Array.from({ length: count }, (_, key) => sampleEvent({ key }));
const large = (key: number, bytes: number) => {
  const event = sampleEvent({ key });
  return { ...event, data: { ...event.data, text: 'x'.repeat(bytes) } } as EventEnvelope;
};
const idsInStream = () =>
  model.records().map(({ Data }) => (JSON.parse(Buffer.from(Data, 'base64').toString()) as EventEnvelope).id);

describe('a request', () => {
  test('holds 500 records, and of those that come together there are as few as can be', async () => {
    const appender = await open();
    await appender.append(many(1750));
    expect(batches.map((batch) => batch.length).toSorted((a, b) => b - a)).toEqual([500, 500, 500, 250]);
    expect(appender.statistics()).toMatchObject({ requests: 4, failedRequests: 0, records: 1750 });
    await appender.append(Array.from({ length: 12 }, () => sampleEvent()));
    expect(appender.statistics()).toMatchObject({ disorderedRecords: 0 });
  });

  test('holds no more bytes than is set, keys counted', async () => {
    const batchBytesMax = 100_000;
    const appender = await open({ batchBytesMax, recordBytesMax: 50_000 });
    await appender.append(Array.from({ length: 60 }, (_, key) => large(key, 7000 + 500 * (key % 9))));
    const sizes = batches.map((batch) =>
      batch.reduce((sum, { PartitionKey, Data }) => sum + PartitionKey.length + Buffer.from(Data, 'base64').length, 0),
    );
    expect(Math.max(...sizes)).toBeLessThanOrEqual(batchBytesMax);
    expect(sizes.length).toBeLessThanOrEqual(8);
  });

  test('holds one record of a key, and the next goes when that has arrived', async () => {
    const appender = await open();
    const events = Array.from({ length: 6 }, (_, index) => sampleEvent({ key: index % 2 }));
    await appender.append(events);
    expect(batches.map((batch) => new Set(batch.map(({ PartitionKey }) => PartitionKey)).size)).toEqual(
      batches.map((batch) => batch.length),
    );
    expect(batches).toHaveLength(3);
  });

  test('that Kinesis took in another order than it came in is counted', async () => {
    let number = 10n ** 55n;
    Object.assign(model, {
      put: () => ({ ShardId: 'shardId-000000000000', SequenceNumber: String((number -= 10n ** 54n * 5n)) }),
    });
    const appender = await open();
    await appender.append([sampleEvent(), sampleEvent()]);
    expect(appender.statistics()).toMatchObject({ records: 2, disorderedRecords: 1 });
  });

  test('that fails in part is repeated for that part alone', async () => {
    faultOf = ({ operation }) =>
      operation === 'PutRecords' && batches.length === 1 ? { kind: 'records', places: [1, 3] } : undefined;
    const appender = await open();
    const events = many(6);
    await appender.append(events);
    const repeated = batches.slice(1).flat();
    expect(repeated.map(({ PartitionKey }) => PartitionKey).toSorted()).toEqual(
      [events[1], events[3]].map((event) => event?.partitionkey ?? '').toSorted(),
    );
    expect(idsInStream()).toHaveLength(6);
    expect(appender.statistics()).toMatchObject({ failedRecords: 2, failedRequests: 0 });
  });
});

describe('a queue that is longer than the stream takes within the time for failures', () => {
  const slowly = { ttlMs: 300, queueRecordsMax: 10, requestsAtOnce: 1, batchRecordsMax: 1 };
  test.each([
    ['of one key', () => 0],
    ['of many keys', (place: number) => place],
  ])('%s waits and is taken whole, also if every tenth record is throttled first', async (_, keyOf) => {
    const seen = new Set<unknown>();
    faultOf = () => {
      const sent = batches.at(-1)?.[0]?.Data;
      const throttled = !seen.has(sent) && seen.size % 10 === 0;
      seen.add(sent);
      return throttled ? { kind: 'records', places: [0] } : { kind: 'slow', ms: 5, taken: true };
    };
    const appender = await open(slowly);
    const events = Array.from({ length: 150 }, (_unused, place) => sampleEvent({ key: keyOf(place) }));
    await appender.append(events);
    expect(idsInStream()).toHaveLength(150);
    expect(appender.statistics()).toMatchObject({ records: 150, queuedRecords: 0 });
  });

  test('is given up when the stream has gone away for that long', async () => {
    faultOf = () => (batches.length > 20 ? AWAY : { kind: 'slow', ms: 5, taken: true });
    const appender = await open(slowly);
    await expect(appender.append(many(100))).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    expect(idsInStream()).toHaveLength(20);
  });
});

describe('what is full makes the caller wait', () => {
  test.each([
    ['events', { queueRecordsMax: 10 }],
    ['bytes', { queueBytesMax: 5000 }],
  ])('by %s', async (_, settings) => {
    faultOf = ({ operation }) => (operation === 'PutRecords' ? AWAY : undefined);
    const appender = await open(settings);
    const appending = Promise.all(many(200).map((event) => appender.append([event])));
    await expect.poll(() => batches.length, SOON).toBeGreaterThan(3);
    const { queuedRecords, queuedBytes } = appender.statistics();
    expect(queuedRecords).toBeLessThanOrEqual(10);
    expect(queuedBytes).toBeLessThanOrEqual(5000);
    faultOf = () => undefined;
    expect(await appending).toHaveLength(200);
    expect(idsInStream()).toHaveLength(200);
    expect(appender.statistics()).toMatchObject({ queuedRecords: 0, queuedBytes: 0 });
  });
});

describe('a stream', () => {
  test('that ignores partition keys is refused, in words that say what to do', async () => {
    distribution = 'AUTO';
    await expect(open()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('USER_PARTITION_KEY') as string,
    });
    distribution = 'USER_PARTITION_KEY';
    await (await open()).append(many(1));
    expect(idsInStream()).toHaveLength(1);
  });

  test('that could not be asked about it gets nothing before it was', async () => {
    faultOf = ({ operation }) => (operation === 'DescribeStreamSummary' ? AWAY : undefined);
    const appender = await open();
    distribution = 'AUTO';
    const appending = appender.append(many(3));
    faultOf = () => undefined;
    await expect(appending).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(appender.append(many(1))).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(batches).toEqual([]);
  });

  test.each([
    ['ResourceNotFoundException', 'does not exist'],
    ['AccessDeniedException', 'DescribeStreamSummary'],
  ])('that responds with %s is refused', async (type, words) => {
    faultOf = () => ({ kind: 'error', status: 400, type });
    await expect(open()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(words) as string,
    });
  });
});

describe('an event', () => {
  test('is refused if its key is too long, in characters and not in bytes', async () => {
    const appender = await open();
    const withKey = (partitionkey: string) => sampleEvent({}, { partitionkey });
    await appender.append([withKey('\u{1d11e}'.repeat(256))]);
    for (const key of ['', 'x'.repeat(257), '\u{1d11e}'.repeat(257)]) {
      await expect(appender.append([sampleEvent(), withKey(key)])).rejects.toMatchObject({ code: 'EVENT_INVALID' });
    }
    expect(idsInStream()).toHaveLength(1);
  });

  test('that is given up takes those of its key behind it with it, and no others', async () => {
    const [lost, free] = [sampleEvent({ key: 1 }), sampleEvent({ key: 2 })];
    faultOf = ({ body }) => {
      const records = (body['Records'] ?? []) as { PartitionKey: string }[];
      const places = records.flatMap(({ PartitionKey }, place) => (PartitionKey === lost.partitionkey ? [place] : []));
      return { kind: 'records', places };
    };
    const appender = await open({ ttlMs: 300 });
    const behind = sampleEvent({ key: 1 });
    const results = await Promise.allSettled([lost, free, behind].map((event) => appender.append([event])));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
    faultOf = () => undefined;
    await Promise.all([lost, behind].map((event) => appender.append([event])));
    expect(idsInStream().toSorted()).toEqual([lost, free, behind].map(({ id }) => id).toSorted());
    expect(idsInStream().indexOf(lost.id)).toBeLessThan(idsInStream().indexOf(behind.id));
  });

  test('that Kinesis refuses for good is rejected, and those beside it are not', async () => {
    const events = many(5);
    faultOf = ({ body }) =>
      ((body['Records'] ?? []) as { PartitionKey: string }[]).some(
        ({ PartitionKey }) => PartitionKey === events[2]?.partitionkey,
      )
        ? { kind: 'error', status: 400, type: 'ValidationException' }
        : undefined;
    const appender = await open();
    const results = await Promise.allSettled(events.map((event) => appender.append([event])));
    expect(results.map(({ status }) => status === 'fulfilled')).toEqual([true, true, false, true, true]);
    expect(results[2]).toMatchObject({ reason: { code: 'EVENT_INVALID', retryable: false } });
  });
});

describe('closing', () => {
  test('sends what is there, and takes nothing more', async () => {
    const appender = await open({ lingerMs: 200, closeMs: 20_000 });
    const appending = appender.append(many(30));
    await appender.close();
    expect(await appending).toHaveLength(30);
    expect(idsInStream()).toHaveLength(30);
    await expect(appender.append(many(1))).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });

  test('rejects what Kinesis does not take in time, also what waited for room', async () => {
    faultOf = ({ operation }) => (operation === 'PutRecords' ? AWAY : undefined);
    const appender = await open({ closeMs: 50, queueRecordsMax: 3 });
    const appending = Promise.allSettled(many(8).map((event) => appender.append([event])));
    await appender.close();
    for (const result of await appending) expect(result).toMatchObject({ reason: { code: 'SHUTTING_DOWN' } });
    expect(appender.statistics()).toMatchObject({ queuedRecords: 0, queuedBytes: 0 });
  });
});

test.each<[Partial<AppenderSettings>]>([
  [{ batchRecordsMax: 501 }],
  [{ batchRecordsMax: 0 }],
  [{ batchBytesMax: 11 * 2 ** 20 }],
  [{ recordBytesMax: Number.NaN }],
  [{ recordBytesMax: 6 * 2 ** 20 }],
])('%j cannot be set', async (settings) => {
  await expect(open(settings)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});
