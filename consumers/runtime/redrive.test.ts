import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Handle, on, openProcessorBench, type ProcessorBench } from '../../testing/engine/processor-bench.ts';
import { idOf, sampleEvent } from '../../ports/contracts/sample-events.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

const posted = (key: number) => sampleEvent({ key });
const note: Handle = (_event, write) => write();

describe('redriving', () => {
  let bench: ProcessorBench;
  let bad: Map<number, Error>;
  /** Fails at these positions with these errors. */
  const handle: Handle = ({ position }, write) => {
    const error = bad.get(position);
    if (error !== undefined) throw error;
    write();
  };
  beforeEach(() => {
    bench = openProcessorBench();
    bad = new Map();
  });
  afterEach(() => bench.close());

  const positions = () => bench.parked().map(({ position }) => position);
  const effects = () => bench.effects().map(({ event }) => Number(event.replace('at ', '')));

  /** Keys 1, 2, 1, 3, 2, 1: the first events of 1 and 2 fail. */
  async function parkSome(options: Parameters<ProcessorBench['start']>[1] = {}) {
    bad.set(1, new RangeError('too long')).set(2, new TypeError('no length'));
    await bench.append(...[1, 2, 1, 3, 2, 1].map((key, index) => ({ ...posted(key), id: `at ${index + 1}` })));
    const running = bench.start({ a: on(handle) }, { pauseMs: 1_000_000, ...options });
    await bench.caughtUp();
    expect(positions()).toEqual([1, 2, 3, 5, 6]);
    return running;
  }

  test('handles the events of a key in order, and leaves the others alone', async () => {
    const { processor } = await parkSome();
    bad.clear();
    expect(await processor.redrive({ key: idOf(1) })).toEqual({ keys: 1, handled: 3, failed: 0 });
    expect(effects()).toEqual([4, 1, 3, 6]);
    expect(positions()).toEqual([2, 5]);
    await bench.append({ ...posted(1), id: 'at 7' });
    await bench.caughtUp();
    expect(effects()).toEqual([4, 1, 3, 6, 7]);
  });

  test.each([
    ['position', { position: 5 }, [1, 3, 6]],
    ['id', { event: 'at 2' }, [1, 3, 6]],
    ['code', { error: 'TypeError' }, [1, 3, 6]],
    ['a part of the text', { error: 'too lo' }, [2, 5]],
    ['all', { all: true as const }, []],
    ['what nobody has', { event: 'at 4' }, [1, 2, 3, 5, 6]],
  ])('selects by %s', async (_, selection, left) => {
    const { processor } = await parkSome();
    bad.clear();
    await processor.redrive(selection);
    expect(positions()).toEqual(left);
  });

  test('parks what fails again at the front of its key, with its attempts counted and its time kept', async () => {
    const { processor } = await parkSome({ attemptsMax: 3 });
    const before = bench.parked();
    bad.delete(2);
    bad.set(3, new Error('another one'));
    bad.delete(1);
    bad.set(5, new Error('the next of the key'));
    expect(await processor.redrive({ all: true })).toEqual({ keys: 2, handled: 2, failed: 2 });
    expect(bench.parked()).toMatchObject([
      { position: 3, consumer: 'a', attempts: 1, error: 'Error: another one' },
      { position: 5, consumer: 'a', attempts: 1 },
      { position: 6, consumer: null, attempts: 0 },
    ]);
    for (const attempts of [2, 3, 4]) {
      expect(await processor.redrive({ position: 3 })).toEqual({ keys: 1, handled: 0, failed: 1 });
      expect(bench.parked()[0]).toMatchObject({ position: 3, attempts });
    }
    // Operators may exceed the automatic attempts.
    expect(bench.parked()[0]).toMatchObject({ retryAtMs: null });
    expect(before.map(({ position }) => position)).toEqual([1, 2, 3, 5, 6]);
  });

  test('discards one event permanently, with a log line, and continues its key', async () => {
    const { processor } = await parkSome();
    expect(await processor.discard({ position: 1 })).toEqual({ discarded: 1 });
    await vi.waitFor(() => expect(positions()).toEqual([2, 5]), { timeout: 60_000 });
    expect(effects()).toEqual([4, 3, 6]);
    expect(await processor.discard({ position: 1 })).toEqual({ discarded: 0 });
    const lines = bench.lines.filter(({ message }) => message.includes('discarded'));
    expect(lines.map(({ level, details }) => [level, details['event'], details['consumer']])).toEqual([
      ['warn', 'at 1', 'a'],
    ]);
  });

  test('discards by error only failed events, and everything on request', async () => {
    const { processor } = await parkSome();
    expect(await processor.discard({ error: 'TypeError' })).toEqual({ discarded: 1 });
    await vi.waitFor(() => expect(effects()).toEqual([4, 5]), { timeout: 60_000 });
    expect(await processor.discard({ all: true })).toEqual({ discarded: 3 });
    expect([positions(), effects()]).toEqual([[], [4, 5]]);
  });

  test('wakes a projection that pauses, and resumes it if a consumer is to be let off', async () => {
    const running = bench.start({ a: on(handle) }, { pauseMs: 1_000_000 });
    for (let position = 1; position <= 30; position += 1) bad.set(position, new Error('bad by itself'));
    await bench.append(...Array.from({ length: 30 }, (_, key) => ({ ...posted(key), id: `at ${key + 1}` })));
    await vi.waitFor(() => expect(bench.progress().pausedSinceMs).toBeGreaterThan(0), { timeout: 60_000 });
    expect(bench.parked()).toEqual([]);
    running.processor.resume(await bench.log.head());
    await bench.caughtUp();
    expect(positions()).toHaveLength(30);
    await vi.waitFor(() => expect(bench.progress()).not.toHaveProperty('pausedSinceMs'), { timeout: 60_000 });
    bad.clear();
    expect(await running.processor.redrive({ all: true })).toMatchObject({ handled: 30 });
  });

  test('has each effect once, wherever it is cut off in the middle', async () => {
    for (let commits = 0; commits < 3; commits += 1) {
      const one = openProcessorBench();
      const events = Array.from({ length: 2500 }, (_, index) => ({ ...posted(index % 2), id: `at ${index + 1}` }));
      await one.append(...events);
      const failing = one.start(
        { a: on(() => Promise.reject(new Error('down'))) },
        { pauseMs: 1_000_000, attemptsMax: 1 },
      );
      await one.caughtUp();
      await failing.stop();
      const { promise: lost, resolve: lose } = Promise.withResolvers<void>();
      const cut = one.start({ a: on(note) }, { idle: true, unit: (unit) => cutOffAt(unit, commits, lose) });
      const redriven = cut.processor.redrive({ all: true }).catch((error: Error) => error.message);
      void cut.processor.run();
      await lost;
      await cut.stop();
      expect(await redriven).toBe('power lost');
      // Each event is in one of two states: it has its effect and is not parked, or the reverse.
      const done = new Set(one.effects().map(({ event }) => event));
      const left = one.parked().map(({ position }) => `at ${position}`);
      expect(left).toEqual(events.map(({ id }) => id).filter((id) => !done.has(id)));
      const again = one.start({ a: on(note) }, { idle: true });
      const redriving = again.processor.redrive({ all: true });
      void again.processor.run();
      await redriving;
      await vi.waitFor(() => expect(one.parked()).toEqual([]), { timeout: 60_000 });
      const byKey = (key: number) => one.effects().filter((effect) => effect.key === idOf(key));
      for (const key of [0, 1]) {
        const expected = events.filter(({ partitionkey }) => partitionkey === idOf(key)).map(({ id }) => id);
        expect(byKey(key).map(({ event }) => event)).toEqual(expected);
      }
      await one.close();
    }
  });

  test('answers no requests once it is stopped', async () => {
    const running = await parkSome();
    await running.stop();
    await expect(running.processor.redrive({ all: true })).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });
});

/** Simulates power loss after a number of commits: later commits fail. */
function cutOffAt(unit: UnitOfWork, commits: number, lose: () => void): UnitOfWork {
  let left = commits;
  return {
    ...unit,
    async commit(work) {
      await unit.commit(async () => {
        const position = await work();
        left -= 1;
        if (left >= 0) return position;
        lose();
        throw new Error('power lost');
      });
    },
  };
}
