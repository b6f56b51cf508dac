import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomRuns } from '../../ports/contracts/random-runs.ts';
import type { Log } from '../../consumers/runtime/consumer.ts';
import { createMessageHandler } from '../../consumers/stream/message-handler.ts';
import { currentCorrelation } from '../../events/correlation.ts';
import { FigtreeError } from '../../events/errors.ts';
import type { Refusal } from '../../ports/quarantine.ts';
import { driveQueue } from './message-source-mapping.ts';

// Behind a queue that repeats and reorders: each message is handled, quarantined if it is invalid, or dead if it always
// fails.

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const MAX_RECEIVES = 4;
const message = fc.record({
  failures: fc.constantFrom<number[]>(0, 0, 0, 1, 3, 100),
  readable: fc.constantFrom(true, true, true, false),
});

test('each message is handled, refused or dead, and the failing of one is the others’ affair in nothing', async () => {
  const histories = fc.record({
    messages: fc.array(message, { maxLength: 25 }),
    seed: fc.integer(),
    outage: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(histories, async ({ messages, seed, outage }) => {
      let state = seed >>> 0;
      const random = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
      const left = messages.map(({ failures }) => failures);
      const handled = new Set<number>();
      const refused: Refusal[] = [];
      let quarantineFails = outage;
      const handler = createMessageHandler<number>({
        consumer: {
          name: 'c',
          async handle(place) {
            await Promise.resolve();
            expect(currentCorrelation().correlationid).toBe(`flow ${place}`);
            left[place] = (left[place] ?? 0) - 1;
            if ((left[place] ?? 0) >= 0) throw new Error('planned');
            handled.add(place);
          },
        },
        read({ body }) {
          const place = Number(body);
          if (Number.isNaN(place)) return { code: 'NOT_JSON', message: 'no number' };
          return { message: place, correlation: { correlationid: `flow ${place}` } };
        },
        quarantine: {
          async add(some) {
            if (quarantineFails) {
              quarantineFails = false;
              throw new FigtreeError('STORAGE_FAILED', 'planned');
            }
            refused.push(...some);
          },
        },
        logger: silent,
      });
      const sent = messages.map(({ readable }, place) => ({
        messageId: String(place),
        body: readable ? String(place) : `not ${place}`,
      }));
      const dead = await driveQueue({ messages: sent, invoke: handler, maxReceiveCount: MAX_RECEIVES, random });
      const places = (wanted: (one: { failures: number; readable: boolean }) => boolean) =>
        messages.flatMap((one, place) => (wanted(one) ? [place] : []));
      expect([...handled].toSorted((a, b) => a - b)).toEqual(
        places((one) => one.readable && one.failures < MAX_RECEIVES),
      );
      expect(dead.map(Number).toSorted((a, b) => a - b)).toEqual(
        places((one) => one.readable && one.failures >= MAX_RECEIVES),
      );
      const raws = [...new Set(refused.map(({ raw }) => raw))].toSorted();
      expect(raws).toEqual(
        places((one) => !one.readable)
          .map((place) => `not ${place}`)
          .toSorted(),
      );
    }),
    { numRuns: randomRuns(200) },
  );
});

test('what hangs is given up before the function is, and only that is received again', async () => {
  const handler = createMessageHandler<string>({
    consumer: { name: 'c', handle: (body) => (body === 'hangs' ? new Promise<void>(() => {}) : undefined) },
    read: ({ body }) => ({ message: body, correlation: {} }),
    quarantine: { add: async () => {} },
    logger: silent,
    limits: { reserveMs: 160 },
  });
  const messages = ['a', 'hangs', 'b'].map((body) => ({ messageId: body, body }));
  const dead = await driveQueue({
    messages,
    invoke: handler,
    maxReceiveCount: 1,
    random: () => 0.5,
    functionTimeoutMs: 300,
  });
  expect(dead).toEqual(['hangs']);
});
