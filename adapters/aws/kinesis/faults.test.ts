import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KinesisClient, PutRecordsCommandInput } from '@aws-sdk/client-kinesis';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomRuns } from '../../../ports/contracts/random-runs.ts';
import type { EventEnvelope } from '../../../events/envelope.ts';
import { sampleEvent } from '../../../ports/contracts/sample-events.ts';
import { createStreamModel, type StreamModel } from '../../../testing/aws/kinesis-stream-model.ts';
import { type Fault, openKinesisStandIn, type RequestSeen } from '../../../testing/aws/kinesis-stand-in.ts';
import type { AppenderSettings } from './appender-settings.ts';
import { openKinesisClient } from './client.ts';
import { openKinesisEventAppender } from './event-appender.ts';

// The producer's guarantees, tested against a server that fails at random: no acknowledged event is lost, the first
// occurrences of every key's events are in order, and only events without a response may be duplicated.

const QUICK: Partial<AppenderSettings> = {
  lingerMs: 1,
  requestsAtOnce: 3,
  batchRecordsMax: 5,
  queueRecordsMax: 20,
  pauses: { firstMs: 1, maxMs: 8 },
  triesMax: 1000,
  closeMs: 2000,
};
const TIMEOUT_MS = 150;

const fault: fc.Arbitrary<Fault | undefined> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('records' as const),
      places: fc.subarray([0, 1, 2, 3, 4]),
      code: fc.constantFrom('ProvisionedThroughputExceededException', 'InternalFailure'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Fault>(
      { kind: 'error', status: 500, type: 'InternalFailure' },
      { kind: 'error', status: 503, type: 'ServiceUnavailable' },
      { kind: 'error', status: 400, type: 'ProvisionedThroughputExceededException' },
      { kind: 'error', status: 400, type: 'LimitExceededException' },
    ),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('reset' as const), taken: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('slow' as const),
      ms: fc.constantFrom(5, 2 * TIMEOUT_MS),
      taken: fc.boolean(),
    }),
  },
);

// Few keys, so that most events wait for an earlier one.
const calls = fc.array(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 12 }), {
  minLength: 1,
  maxLength: 12,
});

const plan = fc.record({
  calls,
  faults: fc.array(fault, { maxLength: 25 }),
  splitAt: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }),
  mix: fc.boolean(),
});

type Plan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never;

function faultsOf({ faults, splitAt }: Plan, model: StreamModel) {
  let requests = 0;
  return ({ operation }: RequestSeen): Fault | undefined => {
    if (operation !== 'PutRecords') return undefined;
    requests += 1;
    if (requests === splitAt) model.split('shardId-000000000000');
    return faults[requests - 1];
  };
}

/** The ids of events whose request got no answer: whether they were taken is unknown. */
function unansweredBy(client: KinesisClient): ReadonlySet<string> {
  const ids = new Set<string>();
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (parameters) => {
        try {
          return await next(parameters);
        } catch (error) {
          const answered = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
          if (commandName === 'PutRecordsCommand' && answered === undefined) {
            const { Records = [] } = parameters.input as PutRecordsCommandInput;
            for (const { Data } of Records) ids.add(idOf(Buffer.from(Data ?? [])));
          }
          throw error;
        }
      },
    { step: 'initialize' },
  );
  return ids;
}

function idOf(data: Buffer): string {
  return (JSON.parse(data.toString()) as EventEnvelope).id;
}

function expectAllInOrder(model: StreamModel, given: readonly EventEnvelope[], unanswered: ReadonlySet<string>): void {
  const found = model
    .records()
    .map(({ PartitionKey, Data }) => ({ key: PartitionKey, id: idOf(Buffer.from(Data, 'base64')) }));
  const firsts = new Map<string, Set<string>>();
  for (const { key, id } of found) firsts.set(key, (firsts.get(key) ?? new Set()).add(id));
  const wanted = Map.groupBy(given, ({ partitionkey }) => partitionkey);
  expect([...firsts.keys()].toSorted()).toEqual([...wanted.keys()].toSorted());
  for (const [key, events] of wanted) expect([...(firsts.get(key) ?? [])]).toEqual(events.map(({ id }) => id));
  const repeated = found.map(({ id }) => id).filter((id, place, all) => all.indexOf(id) !== place);
  expect(repeated.filter((id) => !unanswered.has(id))).toEqual([]);
}

async function playWith(played: Plan, settings: Partial<AppenderSettings>): Promise<void> {
  const model = createStreamModel(2);
  const standIn = await openKinesisStandIn({
    model,
    fault: faultsOf(played, model),
    order: (places) => (played.mix ? places.toReversed() : places),
  });
  const client = openKinesisClient({ ...CREDENTIALS, endpoint: standIn.endpoint, requestTimeoutMs: TIMEOUT_MS });
  const unanswered = unansweredBy(client);
  const appender = await openKinesisEventAppender(client, { stream: 'events', ...QUICK, ...settings });
  try {
    const given = played.calls.map((keys) => keys.map((key) => sampleEvent({ key })));
    const outcomes = await Promise.all(given.map((call) => appender.append(call)));
    expect(outcomes.map((call) => call.map(({ outcome }) => outcome))).toEqual(
      given.map((call) => call.map(() => 'appended')),
    );
    await expect.poll(() => appender.statistics().spoolBytes, { timeout: 60_000, interval: 5 }).toBe(0);
    // Slow requests may arrive after all.
    if (played.faults.some((each) => each?.kind === 'slow')) await new Promise((done) => setTimeout(done, TIMEOUT_MS));
    expectAllInOrder(model, given.flat(), unanswered);
    expect(appender.statistics()).toMatchObject({ queuedRecords: 0, queuedBytes: 0, records: given.flat().length });
  } finally {
    await appender.close();
    client.destroy();
    await standIn.close();
  }
}

const CREDENTIALS = { region: 'us-east-1', credentials: { accessKeyId: 'none', secretAccessKey: 'none' } };
const RUNS = randomRuns(20);

test('loses nothing and keeps the order of each key, whatever fails', async () => {
  const play = (played: Plan) => playWith(played, { ttlMs: 60_000 });
  await fc.assert(fc.asyncProperty(plan, play), { numRuns: RUNS });
});

test('does so as well with the disk between', async () => {
  const play = async (played: Plan) => {
    const folder = mkdtempSync(join(tmpdir(), 'figtree-spool-'));
    try {
      await playWith(played, { ttlMs: 3, triesMax: 2, spoolFolder: folder });
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  await fc.assert(fc.asyncProperty(plan, play), { numRuns: RUNS });
});
