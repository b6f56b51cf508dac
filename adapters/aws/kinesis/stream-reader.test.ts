import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomRuns } from '../../../ports/contracts/random-runs.ts';
import { defined } from '../../../events/defined.ts';
import { createStreamModel, type ModelRecord, type StreamModel } from '../../../testing/aws/kinesis-stream-model.ts';
import { type Fault, openKinesisStandIn } from '../../../testing/aws/kinesis-stand-in.ts';
import { openKinesisClient } from './client.ts';
import type { ArrivedRecord } from './shard-pages.ts';
import { type ReadPage, readStream, type StreamReading } from './stream-reader.ts';

// Generous, because the machine may be busy.
const SOON = { timeout: 60_000, interval: 10 };

const QUICK = { stream: 'events', idleMs: 1, busyMs: 0 } as const;
const T0 = Date.parse('2020-02-02T02:02:02.000Z');

interface Subject {
  readonly model: StreamModel;
  read(reading: Omit<StreamReading, 'client' | 'stream'>): AsyncGenerator<ReadPage>;
  /** Requests that were sent. */
  readonly seen: readonly string[];
}

async function withStream(
  work: (subject: Subject) => Promise<void>,
  { fault, now }: { fault?: () => Fault | undefined; now?: () => number } = {},
): Promise<void> {
  const model = createStreamModel(2, now);
  const standIn = await openKinesisStandIn({ model, ...defined({ fault }) });
  const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
  const client = openKinesisClient({ region: 'us-east-1', credentials, endpoint: standIn.endpoint });
  try {
    await work({ model, seen: standIn.seen, read: (reading) => readStream({ client, ...QUICK, ...reading }) });
  } finally {
    client.destroy();
    await standIn.close();
  }
}

async function textsOf(pages: AsyncIterable<{ records: readonly ArrivedRecord[] }>): Promise<string[]> {
  const texts: string[] = [];
  for await (const { records } of pages) texts.push(...records.map(textOf));
  return texts;
}

const textOf = ({ partitionKey, data }: ArrivedRecord) => `${partitionKey}:${Buffer.from(data).toString()}`;
const asRead = ({ PartitionKey, Data }: ModelRecord) => `${PartitionKey}:${Buffer.from(Data, 'base64').toString()}`;
const put = (model: StreamModel, key: number, text: string) =>
  model.put(`key ${key}`, Buffer.from(text).toString('base64'));

describe('a stream', () => {
  test('is read from its start up to now, in pages', async () => {
    await withStream(async ({ model, read }) => {
      for (let index = 0; index < 50; index += 1) put(model, index % 7, `text ${index}`);
      const pages: number[] = [];
      const texts: string[] = [];
      for await (const { records } of read({ from: 'start', upTo: new Date(), pageRecordsMax: 4 })) {
        pages.push(records.length);
        texts.push(...records.map(textOf));
      }
      expect(texts.toSorted()).toEqual(model.records().map(asRead).toSorted());
      expect(Math.max(...pages)).toBe(4);
    });
  });

  test('is read from a time, of shards that have ended meanwhile too', async () => {
    let now = T0;
    await withStream(
      async ({ model, read }) => {
        for (let index = 0; index < 40; index += 1, now += 1000) {
          put(model, index % 5, `text ${index}`);
          if (index === 25) model.split('shardId-000000000000');
        }
        const from = new Date(T0 + 20_000);
        const wanted = model.records().filter((record) => record.ApproximateArrivalTimestamp >= T0 / 1000 + 20);
        expect((await textsOf(read({ from, upTo: new Date() }))).toSorted()).toEqual(wanted.map(asRead).toSorted());
        expect(wanted).toHaveLength(20);
      },
      { now: () => now },
    );
  });

  test('is read up to a time, with no more than a page beyond it', async () => {
    let now = T0;
    await withStream(
      async ({ model, read }) => {
        for (let index = 0; index < 100; index += 1, now += 1000) put(model, 1, `${index}`);
        const texts = await textsOf(read({ from: 'start', upTo: new Date(T0 + 30_000), pageRecordsMax: 10 }));
        expect(texts.length).toBeGreaterThan(30);
        expect(texts.length).toBeLessThanOrEqual(41);
      },
      { now: () => now },
    );
  });

  test('takes as many requests after an empty year as after an empty second', async () => {
    const requests: number[] = [];
    for (const emptyMs of [1000, 365 * 24 * 3_600_000]) {
      let now = T0;
      await withStream(
        async ({ model, read, seen }) => {
          put(model, 1, 'before');
          now += emptyMs;
          put(model, 1, 'after');
          expect(await textsOf(read({ from: new Date(T0), upTo: new Date() }))).toHaveLength(2);
          requests.push(seen.length);
        },
        { now: () => now },
      );
    }
    expect(requests[1]).toBe(requests[0]);
  });

  test('is read on behind what was read before', async () => {
    await withStream(async ({ model, read }) => {
      for (let index = 0; index < 20; index += 1) put(model, index % 5, `before ${index}`);
      const places = new Map(model.shards.map(({ id, records }) => [id, records.at(-1)?.SequenceNumber ?? '0']));
      for (let index = 0; index < 20; index += 1) put(model, index % 5, `after ${index}`);
      const texts = await textsOf(read({ from: places, upTo: new Date() }));
      expect(texts).toHaveLength(20);
      expect(texts.every((text) => text.includes('after'))).toBe(true);
    });
  });

  test('is followed until that is ended from outside', async () => {
    await withStream(async ({ model, read }) => {
      const ending = new AbortController();
      const texts: string[] = [];
      const following = (async () => {
        for await (const { records } of read({ from: 'start', signal: ending.signal })) {
          texts.push(...records.map(textOf));
        }
      })();
      put(model, 1, 'first');
      await expect.poll(() => texts, SOON).toEqual(['key 1:first']);
      model.split('shardId-000000000000');
      model.split('shardId-000000000001');
      put(model, 1, 'second');
      await expect.poll(() => texts, SOON).toEqual(['key 1:first', 'key 1:second']);
      ending.abort();
      await expect(following).rejects.toMatchObject({ name: 'AbortError' });
    });
  });

  test('that is not there is a failure', async () => {
    const fault = (): Fault => ({ kind: 'error', status: 400, type: 'ResourceNotFoundException' });
    await withStream(
      async ({ read }) => {
        await expect(textsOf(read({ from: 'start' }))).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
      },
      { fault },
    );
  });
});

const fault: fc.Arbitrary<Fault | undefined> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  {
    weight: 4,
    arbitrary: fc.constantFrom<Fault>(
      { kind: 'error', status: 400, type: 'ProvisionedThroughputExceededException' },
      { kind: 'error', status: 400, type: 'ExpiredIteratorException' },
      { kind: 'error', status: 500, type: 'InternalFailure' },
      { kind: 'reset', taken: true },
      { kind: 'reset', taken: false },
    ),
  },
);

const history = fc.record({
  steps: fc.array(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom('split' as const, 'pause' as const)), {
    maxLength: 60,
  }),
  // Fewer than what the reader considers a permanent failure.
  faults: fc.array(fault, { maxLength: 9 }),
  pageRecordsMax: fc.integer({ min: 1, max: 7 }),
  shardsAtOnce: fc.integer({ min: 1, max: 3 }),
});

test('reads everything once and each key in order, while the stream is resharded and requests fail', async () => {
  const play = ({ steps, faults, ...reading }: typeof history extends fc.Arbitrary<infer Value> ? Value : never) =>
    withStream(
      async ({ model, read }) => {
        const texts: string[] = [];
        const writing = (async () => {
          for (const [index, step] of steps.entries()) {
            const open = model.shards.find(({ closed }) => !closed);
            if (step === 'pause') await new Promise((resolve) => setTimeout(resolve, 3));
            else if (step === 'split') model.split(open?.id ?? '');
            else put(model, step, `${index}`);
          }
        })();
        for await (const page of read({ from: 'start', upTo: new Date(Date.now() + 30), ...reading })) {
          texts.push(...page.records.map(textOf));
          const isEarlier = ({ ApproximateArrivalTimestamp: seconds }: ModelRecord) =>
            seconds * 1000 < (page.readTo?.getTime() ?? -Infinity);
          expect(texts).toEqual(expect.arrayContaining(model.records().filter(isEarlier).map(asRead)));
        }
        await writing;
        texts.push(...(await textsOf(read({ from: ends(model, texts), upTo: new Date() }))));
        for (let key = 0; key < 10; key += 1) {
          const ofKey = (text: string) => text.startsWith(`key ${key}:`);
          const wanted = steps.flatMap((step, index) => (step === key ? [`key ${key}:${index}`] : []));
          expect(texts.filter(ofKey)).toEqual(wanted);
        }
      },
      { fault: () => faults.shift() },
    );
  await fc.assert(
    fc.asyncProperty(history, (played) => play({ ...played, faults: [...played.faults] })),
    {
      numRuns: randomRuns(12),
    },
  );
});

/** The last record that was read of each shard. */
function ends(model: StreamModel, texts: readonly string[]): Map<string, string> {
  const read = new Set(texts);
  return new Map(
    model.shards.flatMap(({ id, records }) => {
      const last = records.findLast((record) => read.has(asRead(record)));
      return last === undefined ? [] : [[id, last.SequenceNumber] as const];
    }),
  );
}
