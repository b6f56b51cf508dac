import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomRuns } from '../../ports/contracts/random-runs.ts';
import type { Consumer, Log } from '../../consumers/runtime/consumer.ts';
import { catalogPersonalWords } from '../../consumers/runtime/catalog-personal-words.ts';
import { createStreamRedrive } from '../../consumers/stream/redrive.ts';
import { createStreamHandler } from '../../consumers/stream/stream-handler.ts';
import { FigtreeError } from '../../events/errors.ts';
import { modelStreamParking } from '../../ports/contracts/stream-parking.model.ts';
import type { Refusal } from '../../ports/quarantine.ts';
import type { StreamParking } from '../../ports/stream-parking.ts';
import { catalogUpcasters } from '../../schema-registry/catalog-upcasters.ts';
import { driveStream, type MappingSettings } from './event-source-mapping.ts';
import { disorderIn, idAt, journalOf, type Planned, recordOf, sentRecord } from './stream-world.ts';

// Our stream handler behind a mapping, with every fault that can be planned: handlers that fail some times or forever,
// stores and parking lots that fail now and then, invocations killed at any step, invalid records, split shards,
// repeated batches, and concurrent redrives by operators. The model is the list of the events itself.

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const FOREVER: number = 1000;

const history = fc.record({
  plan: fc.array(
    fc.record({ key: fc.nat({ max: 4 }), failures: fc.constantFrom<number[]>(0, 0, 0, 0, 1, 2, 3, FOREVER) }),
    {
      maxLength: 30,
    },
  ),
  splitAt: fc.nat({ max: 30 }),
  garbageEvery: fc.constantFrom(0, 3, 7),
  seed: fc.integer(),
  faults: fc.constantFrom(0, 0.03, 0.15),
  settings: fc.record({
    batchSize: fc.integer({ min: 1, max: 12 }),
    parallelizationFactor: fc.integer({ min: 1, max: 3 }),
    bisectBatchOnFunctionError: fc.boolean(),
  }),
  keysAtOnce: fc.integer({ min: 1, max: 4 }),
  attemptsMax: fc.integer({ min: 1, max: 4 }),
});
type History = typeof history extends fc.Arbitrary<infer Value> ? Value : never;

// An invalid record, and behind it an event of the same key, which fails and is parked while an operator redrives the
// key.
const REDRIVEN_BETWEEN: History = {
  plan: [3, 0, 0, 4, 0, 4, 2, 2].map((key, place) => ({ key, failures: [FOREVER, 0, 0, 0, 0, 0, 1, 0][place] ?? 0 })),
  splitAt: 11,
  garbageEvery: 3,
  seed: 1_901_011_675,
  faults: 0,
  settings: { batchSize: 3, parallelizationFactor: 3, bisectBatchOnFunctionError: false },
  keysAtOnce: 1,
  attemptsMax: 1,
};

/** Numbers in [0, 1) that are the same for a seed. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A parking lot whose calls take some steps and fail now and then, some of them after they were done. */
function failingNowAndThen(parking: StreamParking, fails: () => boolean, random: () => number): StreamParking {
  const failing =
    <Parameters extends unknown[], Result>(call: (...parameters: Parameters) => Promise<Result>) =>
    async (...parameters: Parameters): Promise<Result> => {
      for (let steps = Math.floor(random() * 40); steps > 0; steps -= 1) await Promise.resolve();
      if (fails()) throw new FigtreeError('STORAGE_FAILED', 'planned');
      const result = await call(...parameters);
      if (fails()) throw new FigtreeError('STORAGE_FAILED', 'planned');
      return result;
    };
  const { states, countFailure, forgetFailures, park, parkBehind } = parking;
  return {
    ...parking,
    states: failing(states),
    countFailure: failing(countFailure),
    forgetFailures: failing(forgetFailures),
    park: failing(park),
    parkBehind: failing(parkBehind),
  };
}

function worldOf({ plan, faults, seed, keysAtOnce, attemptsMax }: History) {
  const random = randomOf(seed);
  const journal = journalOf(plan);
  const lot = modelStreamParking();
  const refused = new Set<string>();
  let killed: AbortSignal | undefined;
  let mended = false;
  const happens = () => random() < faults;
  // A killed invocation no longer reaches anything.
  const unreachable = () => killed?.aborted === true || happens();
  const consumer: Consumer = {
    name: 'journal',
    on: {
      async 'yubl-posted'({ id }) {
        await Promise.resolve();
        if (unreachable()) throw new FigtreeError('STORAGE_FAILED', 'planned');
        if (!mended && journal.attempt(id)) throw new Error('planned');
        journal.done(id);
      },
    },
  };
  const parts = {
    consumers: [consumer],
    upcasters: catalogUpcasters(),
    personal: catalogPersonalWords(),
    logger: silent,
  };
  const quarantine = {
    async add(refusals: readonly Refusal[]) {
      if (unreachable()) throw new FigtreeError('STORAGE_FAILED', 'planned');
      refusals.forEach(({ raw }) => refused.add(raw));
    },
  };
  const limits = { keysAtOnce, attemptsMax, firstPauseMs: 0, outagePauseMs: 0, reserveMs: 10 };
  const handler = () =>
    createStreamHandler({ ...parts, parking: failingNowAndThen(lot, unreachable, random), quarantine, limits });
  const redrive = createStreamRedrive({ ...parts, parking: lot });
  return {
    random,
    happens,
    journal,
    lot,
    refused,
    handler,
    redrive,
    mend: () => void (mended = true),
    beginInvocation: (signal: AbortSignal) => void (killed = signal),
  };
}

async function live(given: History): Promise<ReturnType<typeof worldOf> & { garbage: string[] }> {
  const world = worldOf(given);
  const { random, happens, redrive } = world;
  const garbage: string[] = [];
  const records = given.plan.flatMap(({ key }, place) => {
    const record = recordOf(key, place);
    if (given.garbageEvery === 0 || place % given.garbageEvery !== 0) return [record];
    garbage.push(`{"no": ${place}`);
    const { partitionKey, sequenceNumber } = record;
    return [
      { ...sentRecord(place, partitionKey, `{"no": ${place}`), sequenceNumber: `${Number(sequenceNumber) - 1}` },
      record,
    ];
  });
  const at = Math.min(given.splitAt, records.length);
  // A shard, and then the two into which it was split.
  const later = records.slice(at);
  const isLow = ({ partitionKey }: { partitionKey: string }) =>
    partitionKey.endsWith('0') || partitionKey.endsWith('1');
  const generations = [[records.slice(0, at)], [later.filter(isLow), later.filter((record) => !isLow(record))]];
  let handler = world.handler();
  const settings: MappingSettings = given.settings;
  await driveStream({
    generations,
    settings,
    again: happens,
    async invoke(event, context) {
      const killing = new AbortController();
      world.beginInvocation(killing.signal);
      // Killed after some steps; the next call runs in another process, without any memory.
      if (happens()) {
        const running = handler(event, context);
        for (let steps = Math.floor(random() * 20); steps > 0; steps -= 1) await Promise.resolve();
        killing.abort();
        await running;
        handler = world.handler();
        throw new Error('killed');
      }
      // An operator may come at any time, most often between two steps of an invocation.
      const beside = random() < 0.3 ? redrive.redrive('all').catch(() => {}) : undefined;
      const answer = await handler(event, context);
      await beside;
      return answer;
    },
  });
  return { ...world, garbage };
}

test('each key keeps its order and nothing is lost, whatever fails', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (given) => {
      const { journal, lot, refused, redrive, mend, garbage } = await live(given);
      // What waits at the end of the stream is everything unhandled, in the order of its key.
      const stopped = await lot.stoppedKeys({ limit: 100 });
      const waiting = (await Promise.all(stopped.map(({ key }) => lot.waiting(key, { limit: 100 })))).flat();
      const known = new Set([...journal.handled, ...waiting.map(({ event }) => event)]);
      expect(given.plan.map(idAt).filter((id) => !known.has(id))).toEqual([]);
      mend();
      for (let tries = 0; tries < 200 && (await lot.stoppedKeys({ limit: 1 })).length > 0; tries += 1) {
        await redrive.redrive('all').catch(() => {});
      }
      expect(await lot.stoppedKeys({ limit: 10 })).toEqual([]);
      expect(disorderIn(given.plan, journal.handled)).toEqual([]);
      expect([...refused].toSorted()).toEqual(garbage.toSorted());
    }),
    { numRuns: randomRuns(250), examples: [[REDRIVEN_BETWEEN]] },
  );
});

test('events that only fail for a while are handled without anybody parking them', async () => {
  const plan: Planned[] = Array.from({ length: 24 }, (_, place) => ({
    key: place % 4,
    failures: place % 5 === 0 ? 2 : 0,
  }));
  const settings = { batchSize: 6, parallelizationFactor: 2, bisectBatchOnFunctionError: true };
  const world = await live({
    plan,
    splitAt: 12,
    garbageEvery: 0,
    seed: 1,
    faults: 0,
    settings,
    keysAtOnce: 4,
    attemptsMax: 4,
  });
  expect(disorderIn(plan, world.journal.handled)).toEqual([]);
  expect(await world.lot.stoppedKeys({ limit: 10 })).toEqual([]);
});
