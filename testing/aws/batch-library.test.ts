import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { beforeEach, describe, expect, test } from 'vitest';
import { catalogPersonalWords } from '../../consumers/runtime/catalog-personal-words.ts';
import type { Log } from '../../consumers/runtime/consumer.ts';
import { createStreamHandler } from '../../consumers/stream/stream-handler.ts';
import { modelStreamParking } from '../../ports/contracts/stream-parking.model.ts';
import { catalogUpcasters } from '../../schema-registry/catalog-upcasters.ts';
import { driveStream, type KinesisEvent } from './event-source-mapping.ts';
import type { Invoke } from './lambda-invocation.ts';
import { idAt, type Journal, journalOf, type Planned, recordOf } from './stream-world.ts';

// Two keys, two records each, and the handler fails once at the first record of key 1: the results of Powertools' batch
// processor, in both of its modes, and of ours.

const plan: Planned[] = [
  { key: 1, failures: 1 },
  { key: 1, failures: 0 },
  { key: 2, failures: 0 },
  { key: 1, failures: 0 },
];
const [A1, A2, B1, A3] = plan.map(idAt);
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

let journal: Journal;
beforeEach(() => void (journal = journalOf(plan)));

async function handle(id: string): Promise<void> {
  await Promise.resolve();
  if (journal.attempt(id)) throw new Error('planned');
  journal.done(id);
}

function withPowertools(processInParallel: boolean): Invoke<KinesisEvent> {
  const logger = { debug() {}, error() {}, warn() {} };
  const processor = new BatchProcessor(EventType.KinesisDataStreams, { logger });
  const handleRecord = ({ kinesis }: KinesisStreamRecord) =>
    handle((JSON.parse(Buffer.from(kinesis.data, 'base64').toString()) as { id: string }).id);
  return async (event) =>
    processPartialResponse(event as unknown as KinesisStreamEvent, handleRecord, processor, { processInParallel });
}

const ours: Invoke<KinesisEvent> = createStreamHandler({
  consumers: [{ name: 'journal', on: { 'yubl-posted': ({ id }) => handle(id) } }],
  parking: modelStreamParking(),
  quarantine: { add: async () => {} },
  upcasters: catalogUpcasters(),
  personal: catalogPersonalWords(),
  logger: silent,
  limits: { firstPauseMs: 0 },
});

async function handledBy(invoke: Invoke<KinesisEvent>): Promise<readonly string[]> {
  const records = plan.map(({ key }, place) => recordOf(key, place));
  await driveStream({ generations: [[records]], invoke, settings: { windowMs: 100 } });
  return journal.handled;
}

describe('after the first record of a key has failed', () => {
  test.each([false, true])(
    'the batch library (in parallel: %s) handles the later ones before it, and again behind it',
    async (inParallel) => {
      expect(await handledBy(withPowertools(inParallel))).toEqual([A2, B1, A3, A1, A2, B1, A3]);
    },
  );

  test('our handler handles the other key, and then this one in its order', async () => {
    const handled = await handledBy(ours);
    expect(handled[0]).toBe(B1);
    expect(handled.filter((id) => id !== B1)).toEqual([A1, A2, A3]);
  });
});

test('a record that never can be handled is tried by the batch library until it is given up, with all that is behind it', async () => {
  const records = plan.map(({ key }, place) =>
    recordOf(key, place, place === 2 ? { type: 'unheard-of' as never } : {}),
  );
  const unreadable = records.map((record, place) => (place === 0 ? { ...record, data: 'bm8ganNvbg==' } : record));
  journal = journalOf(plan.map(({ key }) => ({ key, failures: 0 })));
  const settings = { windowMs: 100, maximumRetryAttempts: 3, batchSize: 4 };
  const library = await driveStream({ generations: [[unreadable]], invoke: withPowertools(false), settings });
  expect(library.discarded).toEqual([
    {
      condition: 'RetryAttemptsExhausted',
      shardId: 'shardId-000000000000',
      sequenceNumbers: unreadable.map(({ sequenceNumber }) => sequenceNumber),
    },
  ]);
  const mine = await driveStream({ generations: [[unreadable]], invoke: ours, settings });
  expect(mine.discarded).toEqual([]);
  expect(mine.invocations).toHaveLength(1);
});
