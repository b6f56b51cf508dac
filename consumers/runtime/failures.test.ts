import { expect, test, vi } from 'vitest';
import * as fc from 'fast-check';
import { randomRuns } from '../../ports/contracts/random-runs.ts';
import { type Handle, on, openProcessorBench } from '../../testing/engine/processor-bench.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { idOf, sampleEvent } from '../../ports/contracts/sample-events.ts';

// Random failures of consumers: effects and parked events equal those of a model that knows nothing of attempts,
// commits and pauses. Every failure prints its seed.

interface Trouble {
  /** Whether an event fails permanently: it is parked, with later events of its key behind it. */
  readonly forever: (event: { readonly number: number; readonly key: number }) => boolean;
  /** Whether it also fails while the trouble lasts. */
  readonly meanwhile: (event: { readonly number: number; readonly key: number }) => boolean;
  /** The projection pauses, and parks nothing because of this. */
  readonly pauses: boolean;
}

const never = () => false;
// Pseudo-random by number, and the same for each attempt at an event.
const share = (percent: number, seed: number) => {
  return ({ number }: { readonly number: number }) => (Math.imul(number * 2 + 1, seed | 1) >>> 8) % 100 < percent;
};

const troubles: Readonly<Record<string, (seed: number) => Trouble>> = {
  'at 1 % of events': (seed) => ({ forever: share(1, seed), meanwhile: never, pauses: false }),
  'at one key': (seed) => ({ forever: ({ key }) => key === seed % 50, meanwhile: never, pauses: false }),
  'at everything for a while': () => ({ forever: never, meanwhile: () => true, pauses: true }),
  'at 90 % for a while': (seed) => ({ forever: never, meanwhile: share(90, seed), pauses: true }),
  'at 90 % for a while, and at 1 % for good': (seed) => ({
    forever: share(1, seed + 7),
    meanwhile: share(90, seed),
    pauses: true,
  }),
};

const RUNS = randomRuns(3);

test.each(Object.entries(troubles))('a consumer that fails %s leaves what the model leaves', async (_, troubleOf) => {
  const history = fc.record({
    seed: fc.integer({ min: 1, max: 1_000_000 }),
    keys: fc.array(fc.integer({ min: 0, max: 199 }), { minLength: 200, maxLength: 900 }),
    atOnce: fc.boolean(),
  });
  const play = fc.asyncProperty(history, ({ seed, keys, atOnce }) => playTrouble(troubleOf(seed), keys, atOnce));
  await expect(fc.assert(play, { numRuns: RUNS, endOnFailure: true })).resolves.toBeUndefined();
});

async function playTrouble(trouble: Trouble, keys: readonly number[], atOnce: boolean): Promise<void> {
  const bench = openProcessorBench();
  try {
    const events = keys.map((key) => sampleEvent({ key }));
    const numbers = new Map(events.map(({ id }, number) => [id, number]));
    let lasts = true;
    const handle: Handle = ({ id }, write) => {
      const number = numbers.get(id) ?? 0;
      const what = { number, key: keys[number] ?? 0 };
      if (number % 2 === 0) write();
      if (trouble.forever(what)) throw new Error('it fails for good');
      if (lasts && trouble.meanwhile(what)) throw new Error('it is out of order');
      if (number % 2 === 1) write();
    };
    const options = { attemptsMax: 2 };
    const log: EventEnvelope[] = [...events];
    const first = atOnce ? events.length : Math.floor(events.length / 2);
    await bench.append(...events.slice(0, first));
    const running = bench.start({ a: on(handle) }, options);
    if (trouble.pauses) {
      await vi.waitFor(() => expect(bench.progress().pausedSinceMs).toBeGreaterThan(0), { timeout: 60_000 });
      expect(bench.parked()).toEqual([]);
    }
    await bench.append(...events.slice(first));
    if (trouble.pauses) expect(bench.checkpoint()).toBeLessThan(events.length);
    lasts = false;
    await bench.caughtUp();
    const expected = modelOf(trouble, keys);
    await vi.waitFor(() => expect(bench.parked().map(({ position }) => position - 1)).toEqual(expected.parked), {
      timeout: 60_000,
    });
    expect((await bench.log.read({ after: 0, limit: 2000 })).events.map(({ id }) => id)).toEqual(
      log.map(({ id }) => id),
    );
    for (const [key, applied] of expected.applied) {
      const found = bench.effects().filter((effect) => effect.key === idOf(key));
      expect(found.map(({ event }) => numbers.get(event))).toEqual(applied);
    }
    expect(bench.effects()).toHaveLength(events.length - expected.parked.length);
    expect(bench.progress()).toMatchObject({ position: events.length, parked: expected.parked.length });
    await running.stop();
  } finally {
    await bench.close();
  }
}

/** A key continues up to its first event that fails permanently. */
function modelOf({ forever }: Trouble, keys: readonly number[]) {
  const stopped = new Set<number>();
  const applied = new Map<number, number[]>();
  const parked: number[] = [];
  for (const [number, key] of keys.entries()) {
    if (forever({ number, key })) stopped.add(key);
    if (stopped.has(key)) parked.push(number);
    else applied.set(key, [...(applied.get(key) ?? []), number]);
  }
  return { applied, parked };
}
