import { beforeEach, describe, expect, test } from 'vitest';
import { recordOf, sentRecord } from '../../testing/aws/stream-world.ts';
import { currentCorrelation } from '../../events/correlation.ts';
import type { HandledEvent } from '../../events/envelope.ts';
import { FigtreeError } from '../../events/errors.ts';
import { idOf, sampleEvent } from '../../ports/contracts/sample-events.ts';
import { modelStreamParking } from '../../ports/contracts/stream-parking.model.ts';
import type { Refusal } from '../../ports/quarantine.ts';
import type { StreamParking } from '../../ports/stream-parking.ts';
import { catalogUpcasters } from '../../schema-registry/catalog-upcasters.ts';
import { catalogPersonalWords } from '../runtime/catalog-personal-words.ts';
import type { Consumer, Handlers, Log, Note } from '../runtime/consumer.ts';
import type { StreamBatch } from './lambda-events.ts';
import { createStreamRedrive } from './redrive.ts';
import { createStreamHandler } from './stream-handler.ts';
import type { StreamHandlerOptions } from './stream-options.ts';

let parking: StreamParking;
let refusals: Refusal[];
let lines: [string, string, Note][];
beforeEach(() => {
  parking = modelStreamParking();
  refusals = [];
  lines = [];
});

const noted = (level: string) => (details: Note, message: string) => void lines.push([level, message, details]);
const logger: Log = { debug: noted('debug'), info: noted('info'), warn: noted('warn'), error: noted('error') };

function partsOf(on: Handlers, more: Partial<Consumer> = {}): StreamHandlerOptions {
  return {
    consumers: [{ name: 'c', on, ...more }],
    parking,
    quarantine: { add: async (some) => void refusals.push(...some) },
    upcasters: catalogUpcasters(),
    personal: catalogPersonalWords(),
    logger,
    limits: { firstPauseMs: 0, outagePauseMs: 0, reserveMs: 20, attemptsMax: 3, eventTimeoutMs: 50 },
  };
}

function batchOf(...sent: ReturnType<typeof sentRecord>[]): StreamBatch {
  return {
    Records: sent.map(({ arrivedAtMs, ...kinesis }) => ({
      eventID: `shardId-000000000000:${kinesis.sequenceNumber}`,
      eventSourceARN: 'arn:aws:kinesis:eu-west-1:1:stream/events',
      kinesis: { ...kinesis, approximateArrivalTimestamp: 1_456_124_520 + arrivedAtMs / 1000 },
    })),
  };
}

function lasting(ms = 60_000) {
  const endsMs = performance.now() + ms;
  return { getRemainingTimeInMillis: () => endsMs - performance.now() };
}

const numbersIn = ({ batchItemFailures }: { batchItemFailures: { itemIdentifier: string }[] }) =>
  batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);

describe('a record', () => {
  test('is handled in its own correlation, with when the stream took it', async () => {
    const met = new Map<string, unknown>();
    const meet = async (event: HandledEvent) => {
      await Promise.resolve();
      met.set(event.id, [event.recordedtime, currentCorrelation().correlationid]);
    };
    const handle = createStreamHandler(partsOf({ 'yubl-posted': meet }));
    const records = [recordOf(1, 0, { correlationid: 'flow' }), recordOf(2, 1)];
    expect(numbersIn(await handle(batchOf(...records), lasting()))).toEqual([]);
    expect(Object.fromEntries(met)).toEqual({
      '1.0': ['2016-02-22T07:02:00.000Z', 'flow'],
      '2.1': ['2016-02-22T07:02:00.001Z', '2.1'],
    });
    expect(lines.map(([, message, { event }]) => [message, event])).toEqual([['handled', '1.0']]);
  });

  const post = (changes: object) => JSON.stringify({ ...sampleEvent({ key: 1 }), ...changes });
  test.each<[string, string | Uint8Array, object]>([
    ['no JSON', '{"text": "my secr', { code: 'NOT_JSON' }],
    ['no object', '[]', { code: 'EVENT_INVALID' }],
    ['nested without an end', '['.repeat(100_000), { code: 'NOT_JSON' }],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0xfe]), { code: 'NOT_JSON' }],
    ['aggregated by the producer library', Buffer.from([0xf3, 0x89, 0x9a, 0xc2, 1, 2, 3]), { code: 'NOT_JSON' }],
    ['of an unknown type', post({ type: 'unheard-of' }), { code: 'EVENT_TYPE_UNKNOWN', path: 'type' }],
    ['of another shape', post({ data: { yublId: 7 } }), { code: 'EVENT_INVALID', path: 'data.yublId' }],
    ['without a sequence', post({ sequence: undefined }), { code: 'EVENT_INVALID', path: 'sequence' }],
    [
      'of a key that is not its record’s',
      post({ partitionkey: idOf(2) }),
      { code: 'EVENT_INVALID', path: 'partitionkey' },
    ],
    ['about something else than it says', post({ subject: idOf(2) }), { code: 'EVENT_INVALID', path: 'subject' }],
    ['without a source', post({ source: '' }), { code: 'EVENT_INVALID', path: 'source' }],
  ])('that is %s goes to the quarantine, and those beside it are handled', async (_, text, problem) => {
    const seen: string[] = [];
    const handle = createStreamHandler(partsOf({ 'yubl-posted': ({ id }) => void seen.push(id) }));
    const answer = await handle(batchOf(sentRecord(0, idOf(1), text), recordOf(1, 1), recordOf(2, 2)), lasting());
    expect(numbersIn(answer)).toEqual([]);
    expect(seen.toSorted()).toEqual(['1.1', '2.2']);
    expect(refusals).toMatchObject([{ door: 'events', problem, origin: 'stream/events shardId-000000000000:900' }]);
    if (typeof text === 'string') expect(refusals[0]).toMatchObject({ raw: text });
    else
      expect(refusals[0]).toMatchObject({ raw: Buffer.from(text).toString('base64'), fingerprint: expect.any(String) });
    expect(JSON.stringify(lines)).not.toContain('my secr');
  });

  test('that no consumer handles is skipped, whatever it contains', async () => {
    const handle = createStreamHandler(partsOf({ 'user-left': () => {} }));
    const record = sentRecord(0, idOf(1), JSON.stringify({ ...sampleEvent(), data: 7 }));
    expect(numbersIn(await handle(batchOf(record), lasting()))).toEqual([]);
    expect(refusals).toEqual([]);
  });

  test('of a past version comes as today’s, and one of a newer version waits for an upgrade', async () => {
    const seen: unknown[] = [];
    const handle = createStreamHandler(
      partsOf({ 'yubl-posted': ({ dataschema, data }) => void seen.push([dataschema, data.postedAt]) }),
    );
    const { yublId, authorId, text } = sampleEvent({ key: 1 }).data as Record<string, unknown>;
    const data = { yublId, authorId, authorName: 'Ada', text, postedAt: 1_456_124_520_000 };
    const early = recordOf(1, 0, { dataschema: 'figtree:yubl-posted:1', data: data as never });
    const newer = recordOf(2, 1, { dataschema: 'figtree:yubl-posted:9', data: { some: 'thing' } as never });
    expect(numbersIn(await handle(batchOf(early, newer, recordOf(2, 2)), lasting()))).toEqual([]);
    expect(seen).toEqual([['figtree:yubl-posted:2', '2016-02-22T07:02:00.000Z']]);
    expect(await parking.stoppedKeys({ limit: 10 })).toMatchObject([{ failure: { code: 'EVENT_VERSION_NEWER' } }]);
    expect((await parking.waiting(idOf(2), { limit: 10 })).map(({ event }) => event)).toEqual(['2.1', '2.2']);
  });
});

describe('a handler that fails', () => {
  const poison: Handlers = {
    'yubl-posted': ({ id, data }) => {
      if (id === '1.0') throw new Error(`cannot take ${data.text}`);
    },
  };
  const batch = () => batchOf(recordOf(1, 0), recordOf(2, 1), recordOf(1, 2));

  test('stops its key, and parks it with what is behind after its attempts', async () => {
    const handle = createStreamHandler(partsOf(poison));
    expect(numbersIn(await handle(batch(), lasting()))).toEqual(['900', '914']);
    expect(numbersIn(await handle(batch(), lasting()))).toEqual(['900', '914']);
    expect(numbersIn(await handle(batch(), lasting()))).toEqual([]);
    const [stopped] = await parking.stoppedKeys({ limit: 10 });
    expect(stopped?.failure).toEqual({
      event: '1.0',
      consumer: 'c',
      attempts: 3,
      code: 'Error',
      error: 'Error: cannot take [redacted]',
    });
    expect(numbersIn(await handle(batchOf(recordOf(1, 9)), lasting()))).toEqual([]);
    const waiting = await parking.waiting(idOf(1), { limit: 10 });
    expect(waiting.map(({ event }) => event)).toEqual(['1.0', '1.2', '1.9']);
    expect(JSON.stringify(lines)).not.toContain('text 0');
  });

  test('is asked again by an operator, from the first event of the key on', async () => {
    const handle = createStreamHandler(partsOf(poison));
    for (let attempt = 0; attempt < 3; attempt += 1) await handle(batch(), lasting());
    const redrive = createStreamRedrive(partsOf(poison));
    expect(await redrive.redrive('all')).toEqual({ keys: 1, handled: 0, failed: 1 });
    expect((await parking.stoppedKey(idOf(1)))?.failure?.attempts).toBe(4);
    expect(await redrive.discardFirst(idOf(1))).toBe(true);
    expect(await redrive.redrive([idOf(1), idOf(7)])).toEqual({ keys: 1, handled: 1, failed: 0 });
    expect(await parking.stoppedKeys({ limit: 10 })).toEqual([]);
    expect(await redrive.discardFirst(idOf(1))).toBe(false);
  });

  test('at most events counts against none of them', async () => {
    const fail = () => Promise.reject(new Error('the service is away'));
    const handle = createStreamHandler(partsOf({ 'yubl-posted': fail }));
    const many = batchOf(...Array.from({ length: 12 }, (_, place) => recordOf(place, place)));
    for (let time = 0; time < 5; time += 1) expect(numbersIn(await handle(many, lasting()))).toHaveLength(12);
    expect(await parking.states(many.Records.map(({ kinesis }) => kinesis.partitionKey))).toEqual(new Map());
  });

  test('for want of its storage counts against nothing', async () => {
    const fail = () => Promise.reject(new FigtreeError('STORAGE_FAILED', 'throttled'));
    const handle = createStreamHandler(partsOf({ 'yubl-posted': fail }));
    for (let time = 0; time < 5; time += 1) {
      expect(numbersIn(await handle(batchOf(recordOf(1, 0)), lasting()))).toEqual(['900']);
    }
    expect(await parking.states([idOf(1)])).toEqual(new Map());
  });

  test('by never answering is given up, and the other keys are not held up', async () => {
    const seen: string[] = [];
    const hang = ({ id }: HandledEvent) => (id === '1.0' ? new Promise<void>(() => {}) : void seen.push(id));
    const handle = createStreamHandler({ ...partsOf({ 'yubl-posted': hang }) });
    for (const left of [2, 2, 0]) expect(numbersIn(await handle(batch(), lasting(1000)))).toHaveLength(left);
    expect(seen).toEqual(['2.1', '2.1', '2.1']);
    expect((await parking.stoppedKey(idOf(1)))?.failure).toMatchObject({ code: 'TimeoutError', attempts: 3 });
  });
});

test('near the timeout nothing is begun, and the rest is asked for again', async () => {
  const seen: string[] = [];
  const slow = async ({ id }: HandledEvent) => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    seen.push(id);
  };
  const parts = partsOf({ 'yubl-posted': slow });
  const handle = createStreamHandler({ ...parts, limits: { ...parts.limits, reserveMs: 100, eventTimeoutMs: 10_000 } });
  const records = Array.from({ length: 20 }, (_, place) => recordOf(1, place));
  const answer = numbersIn(await handle(batchOf(...records), lasting(300)));
  expect(seen.length).toBeGreaterThan(0);
  expect(answer).toEqual(records.slice(seen.length).map(({ sequenceNumber }) => sequenceNumber));
  expect(answer.length).toBeGreaterThan(0);
});

test('what leaves the system is not done in a replay', async () => {
  const seen: string[] = [];
  const parts = partsOf({ 'yubl-posted': ({ id }) => void seen.push(id) }, { leavesSystem: true });
  const replay = { id: 'rebuild', active: () => true };
  await createStreamHandler({ ...parts, replay })(batchOf(recordOf(1, 0)), lasting());
  expect(seen).toEqual([]);
  await createStreamHandler(parts)(batchOf(recordOf(1, 0)), lasting());
  expect(seen).toEqual(['1.0']);
});
