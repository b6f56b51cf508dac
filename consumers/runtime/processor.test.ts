import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { randomRuns } from '../../ports/contracts/random-runs.ts';
import {
  type Handle,
  type Line,
  on,
  openProcessorBench,
  type ProcessorBench,
} from '../../testing/engine/processor-bench.ts';
import type { EventType } from '../../events/catalog.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { FigtreeError } from '../../events/errors.ts';
import { idOf, sampleEvent } from '../../ports/contracts/sample-events.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

const note: Handle = (_event, write) => write();
const posted = (key: number, changes: Partial<EventEnvelope> = {}) => sampleEvent({ key }, changes);
const ids = (events: readonly { event?: string; id?: string }[]) => events.map(({ event, id }) => event ?? id);

describe('a processor', () => {
  let bench: ProcessorBench;
  beforeEach(() => void (bench = openProcessorBench()));
  afterEach(() => bench.close());

  test('applies what is in the log and what comes, in order, and continues after a restart', async () => {
    const events = [1, 2, 1, 3, 1].map((key) => posted(key));
    await bench.append(...events.slice(0, 2));
    const first = bench.start({ a: on(note) });
    await bench.caughtUp();
    await bench.append(...events.slice(2, 4));
    await bench.caughtUp();
    await first.stop();
    await bench.append(...events.slice(4));
    bench.start({ a: on(note) });
    await bench.caughtUp();
    expect(ids(bench.effects())).toEqual(ids(events));
  });

  test('commits after each effect that cannot be rolled back, and not after others', async () => {
    const left = () => sampleEvent({ type: 'user-left' });
    await bench.append(posted(1), posted(2), posted(3), left(), left(), posted(4), left());
    const committed: number[] = [];
    const effect: Handle = () => void committed.push(bench.checkpoint());
    bench.start({ a: on(note), b: { ...on(effect, 'user-left'), leavesSystem: true } });
    await bench.caughtUp();
    expect(committed).toEqual([0, 4, 5]);
    expect(bench.effects()).toHaveLength(4);
  });

  test('moves its checkpoint over what it does not want', async () => {
    await bench.append(posted(1), sampleEvent({ type: 'user-left' }), sampleEvent({ type: 'followed' }));
    bench.start({ a: on(note, 'yubl-posted', 'unfollowed') });
    await bench.caughtUp();
    expect(bench.checkpoint()).toBe(3);
    expect(bench.effects()).toHaveLength(1);
  });

  test('stops while it waits for news, and between two commits of a backlog', async () => {
    const { promise: asleep, resolve: sleeps } = Promise.withResolvers<void>();
    // No news ever comes: a loop that did not stop during this wait would wait forever.
    const idle = bench.start({ a: on(note) }, { headBeyond: () => (sleeps(), new Promise(() => {})) });
    await asleep;
    await idle.stop();
    await bench.append(posted(1));
    await bench.append(...Array.from({ length: 5000 }, (_, index) => posted(index)));
    await bench.start({ a: on(note) }).stop();
    bench.start({ a: on(note) });
    await bench.caughtUp();
    expect(bench.effects()).toHaveLength(5001);
  });

  test('undoes what all consumers did about an event when one of them throws', async () => {
    const [bad, good] = [posted(1), posted(2)];
    await bench.append(bad, good);
    const fail: Handle = ({ id }, write) => {
      write();
      if (id === bad.id) throw new Error('b throws');
    };
    bench.start({ a: on(note), b: on(fail), c: on(note) }, { pauseMs: 1_000_000 });
    await bench.caughtUp();
    expect(new Set(ids(bench.effects()))).toEqual(new Set([good.id]));
    expect(bench.effects()).toHaveLength(3);
    expect(bench.parked()).toMatchObject([
      { position: 1, key: idOf(1), consumer: 'b', attempts: 1, error: 'Error: b throws' },
    ]);
    expect(bench.progress()).toMatchObject({ position: 2, parked: 1, stopped: false });
  });

  test('lets later events of a stopped key wait, and runs on with the others', async () => {
    const events = [1, 1, 2, 1, 2].map((key) => posted(key));
    await bench.append(...events);
    bench.start({ a: on(failing(new Map([[events[0]?.id, Infinity]]))) }, { pauseMs: 1_000_000 });
    await bench.caughtUp();
    await bench.append(posted(1));
    await bench.caughtUp();
    expect(ids(bench.effects())).toEqual([events[2]?.id, events[4]?.id]);
    expect(bench.parked().map(({ position, attempts }) => [position, attempts])).toEqual([
      [1, 1],
      [2, 0],
      [4, 0],
      [6, 0],
    ]);
  });

  test('tries again, and then lets through what waited, in order', async () => {
    const events = [1, 1, 2, 1].map((key) => posted(key));
    const failures = new Map([
      [events[0]?.id, 2],
      [events[3]?.id, 3],
    ]);
    await bench.append(...events);
    bench.start({ a: on(failing(failures)) }, { attemptsMax: 10 });
    await bench.caughtUp();
    await vi.waitFor(() => expect(bench.progress().parked).toBe(0), { timeout: 60_000 });
    const ofKey = bench.effects().filter(({ key }) => key === idOf(1));
    expect(ids(ofKey)).toEqual([events[0]?.id, events[1]?.id, events[3]?.id]);
    expect(bench.effects()).toHaveLength(4);
  });

  test('keeps what used up its attempts, also over a restart, which tries it again', async () => {
    const events = [1, 1].map((key) => posted(key));
    await bench.append(...events);
    const failures = new Map([[events[0]?.id, Infinity]]);
    const usedUp = {
      position: 1,
      key: idOf(1),
      consumer: 'a',
      attempts: 3,
      error: `Error: ${events[0]?.id} fails`,
      retryAtMs: null,
    };
    for (let life = 0; life < 2; life += 1) {
      const before = bench.lines.length;
      const running = bench.start({ a: on(failing(failures)) });
      const last = () => bench.lines.slice(before).filter(({ message }) => message.includes('last time'));
      await vi.waitFor(() => expect(last()).toHaveLength(1), { timeout: 60_000 });
      await bench.append(posted(2));
      await bench.caughtUp();
      await running.stop();
      const waits = { position: 2, key: idOf(1), consumer: null, attempts: 0, error: null, retryAtMs: null };
      expect(bench.parked()).toEqual([usedUp, waits]);
    }
    failures.clear();
    bench.start({ a: on(failing(failures)) });
    await vi.waitFor(() => expect(bench.progress()).toMatchObject({ position: 4, parked: 0 }), { timeout: 60_000 });
    expect(ids(bench.effects().filter(({ key }) => key === idOf(1)))).toEqual(ids(events));
  });

  test('counts the attempts of each event for itself', async () => {
    const events = [1, 1].map((key) => posted(key));
    const failures = new Map([
      [events[0]?.id, 3],
      [events[1]?.id, Infinity],
    ]);
    await bench.append(...events);
    bench.start({ a: on(failing(failures)) }, { attemptsMax: 4 });
    await vi.waitFor(() => expect(bench.parked()).toMatchObject([{ position: 2, attempts: 4 }]), { timeout: 60_000 });
    const linesOf = (event?: EventEnvelope) => bench.lines.filter(({ details }) => details['event'] === event?.id);
    const failed = ({ message }: Line) => message.startsWith('handler failed');
    expect(
      linesOf(events[1])
        .filter(failed)
        .map(({ details }) => details['attempts']),
    ).toEqual([1, 2, 3, 4]);
  });

  test('parks an event as a failed one, although the commit that parked it first was lost', async () => {
    await bench.append(posted(1), posted(1));
    const fail: Handle = () => Promise.reject(new Error('it fails'));
    let commits = 0;
    const losingOne = (unit: UnitOfWork): UnitOfWork => ({
      ...unit,
      commit: (work) =>
        unit.commit(async () => {
          const position = await work();
          commits += 1;
          if (commits === 1) throw new FigtreeError('STORAGE_FULL', 'no room this time');
          return position;
        }),
    });
    bench.start({ a: on(fail) }, { unit: losingOne, pauseMs: 1_000_000 });
    await bench.caughtUp();
    expect(bench.parked()).toMatchObject([
      { position: 1, consumer: 'a', attempts: 1 },
      { position: 2, consumer: null, attempts: 0 },
    ]);
    expect(bench.progress()).toMatchObject({ position: 2, parked: 2 });
  });

  test('does not do everything again for each of many that fail', async () => {
    let calls = 0;
    const events = Array.from({ length: 20_000 }, (_, index) => posted(index));
    await bench.append(...events);
    const handle: Handle = (event, write) => {
      calls += 1;
      if (event.position % 100 === 0) throw new Error('one in a hundred');
      write();
    };
    bench.start({ a: on(handle) }, { pauseMs: 1_000_000 });
    await bench.caughtUp();
    expect(bench.parked()).toHaveLength(200);
    expect(bench.effects()).toHaveLength(19_800);
    expect(calls).toBeLessThan(2 * 20_000);
  });

  test('lets no key with a long queue hold up the others, and none be forgotten', async () => {
    const events = [...Array.from({ length: 350 }, () => posted(1)), posted(2)];
    const failures = new Map([[events[0]?.id, 1]]);
    await bench.append(...events);
    bench.start({ a: on(failing(failures)) });
    await vi.waitFor(() => expect(bench.progress()).toMatchObject({ position: 351, parked: 0 }), { timeout: 60_000 });
    const ofKey = bench.effects().filter(({ key }) => key === idOf(1));
    expect(ids(ofKey)).toEqual(ids(events.slice(0, -1)));
  });

  test('logs what was handled and what failed under the flow of the event', async () => {
    const [good, bad] = [posted(1, { correlationid: 'good flow' }), posted(2, { correlationid: 'bad flow' })];
    await bench.append(good, bad);
    const fail: Handle = ({ id }) => {
      if (id === bad.id) throw new Error('it fails');
      return { followers: 3 };
    };
    bench.start({ a: on(fail) }, { attemptsMax: 1 });
    await bench.caughtUp();
    const lineOf = (flow: string, level: string) =>
      bench.lines.findLast(({ correlation, ...line }) => correlation.correlationid === flow && line.level === level);
    expect(lineOf('good flow', 'info')?.details).toMatchObject({ consumer: 'a', event: good.id, followers: 3 });
    expect(lineOf('bad flow', 'error')?.details).toMatchObject({
      consumer: 'a',
      event: bad.id,
      error: 'Error: it fails',
    });
  });

  test('records the steps of traced flows once, with their notes, also if an event was tried several times', async () => {
    const [first, second] = [posted(1, { correlationid: 'flow' }), posted(1, { correlationid: 'flow' })];
    await bench.append(first, second);
    const handleA: Handle = ({ position }) => ({ at: position });
    const failures = new Map([[second.id, 3]]);
    bench.start({ a: on(handleA), b: on(failing(failures)) }, { attemptsMax: 10 });
    await bench.caughtUp();
    await vi.waitFor(() => expect(bench.progress().parked).toBe(0), { timeout: 60_000 });
    expect(bench.stepsOf('flow').map(({ position, consumer, note: told }) => [position, consumer, told])).toEqual([
      [1, 'a', { at: 1 }],
      [1, 'b', undefined],
      [2, 'a', { at: 2 }],
      [2, 'b', undefined],
    ]);
  });

  test('traces flows that a request named at any time, and the others while there is little to do', async () => {
    const [fresh, crowd] = [posted(1), Array.from({ length: 500 }, (_, index) => posted(index))];
    await bench.append(fresh);
    const running = bench.start({ a: on(note) });
    await bench.caughtUp();
    await running.stop();
    await bench.append(...crowd, posted(7, { correlationid: 'named' }));
    bench.start({ a: on(note) });
    await bench.caughtUp();
    expect(bench.stepsOf(fresh.id)).toHaveLength(1);
    expect(bench.stepsOf('named')).toHaveLength(1);
    expect(crowd.flatMap(({ id }) => bench.stepsOf(id))).toEqual([]);
  });

  test('applies each event once, whatever fails and wherever it is stopped', async () => {
    const play = async (life: Parameters<typeof playLives>[0]) => {
      const one = openProcessorBench();
      try {
        await playLives(life, one);
      } finally {
        await one.close();
      }
    };
    await expect(
      fc.assert(fc.asyncProperty(lives, play), { numRuns: randomRuns(15), interruptAfterTimeLimit: 20_000 }),
    ).resolves.toBeUndefined();
  });
});

/** Throws as often as given for an event, half of the time after it has written. */
function failing(failures: Map<string | undefined, number>): Handle {
  return ({ id, position }, write) => {
    const left = failures.get(id) ?? 0;
    if (left > 0 && (position + left) % 2 === 0) write();
    failures.set(id, left - 1);
    if (left > 0) throw new Error(`${id} fails`);
    write();
  };
}

const lives = fc.record({
  events: fc.array(
    fc.record({
      key: fc.integer({ min: 1, max: 4 }),
      type: fc.constantFrom<EventType>('yubl-posted', 'yubl-posted', 'yubl-deleted', 'user-left'),
      failsInA: fc.constantFrom(0, 0, 0, 0, 0, 1, 2, 5, Infinity),
      failsInB: fc.constantFrom(0, 0, 0, 0, 0, 1, 2, 5),
    }),
    { minLength: 1, maxLength: 25 },
  ),
  /** For each life of the processor: the number of events appended before it, and the commit at which it is cut off. */
  lives: fc.array(fc.record({ appended: fc.integer({ min: 0, max: 8 }), commits: fc.integer({ min: 0, max: 3 }) }), {
    maxLength: 6,
  }),
});

type Lives = typeof lives extends fc.Arbitrary<infer Value> ? Value : never;

async function playLives(history: Lives, bench: ProcessorBench): Promise<void> {
  const events = history.events.map(({ key, type }) => sampleEvent({ key, type }));
  const failures = (counts: readonly number[]) => new Map(events.map(({ id }, index) => [id, counts[index] ?? 0]));
  const inA = failures(history.events.map(({ failsInA }) => failsInA));
  const inB = failures(history.events.map(({ failsInB }) => failsInB));
  const handles = { a: on(failing(inA), 'yubl-posted', 'yubl-deleted'), b: on(failing(inB), 'yubl-posted') };
  let appended = 0;
  for (const life of history.lives) {
    await bench.append(...events.slice(appended, (appended += life.appended)));
    const { promise: cut, resolve } = Promise.withResolvers<void>();
    const running = bench.start(handles, { unit: (unit) => cutOffAt(unit, life.commits, resolve) });
    await Promise.race([cut, bench.caughtUp()]);
    await running.stop();
  }
  await bench.append(...events.slice(appended));

  // A permanent failure stops its key there; everything else succeeds after enough starts.
  const wanted = events.filter(({ type }) => type !== 'user-left');
  const stuck = (id: string) => (inA.get(id) ?? 0) === Infinity;
  const waits = ({ id, partitionkey }: EventEnvelope) =>
    wanted
      .slice(0, wanted.findIndex((one) => one.id === id) + 1)
      .some((one) => one.partitionkey === partitionkey && stuck(one.id));
  const waiting = wanted.filter((event) => waits(event));
  for (let starts = 0; starts < 10; starts += 1) {
    const running = bench.start(handles);
    await bench.caughtUp();
    await vi.waitFor(() => expect(quiet(bench)).toBe(true), { timeout: 60_000, interval: 5 });
    await running.stop();
    if (bench.parked().length === waiting.length) break;
  }
  expect(bench.checkpoint()).toBe(events.length);
  expect(bench.parked().map(({ position }) => events[position - 1]?.id)).toEqual(ids(waiting));
  for (const key of [1, 2, 3, 4].map(idOf)) {
    const through = wanted.filter((event) => event.partitionkey === key && !waits(event));
    const effects = bench.effects().filter((effect) => effect.key === key);
    expect(ids(effects.filter(({ consumer }) => consumer === 'a'))).toEqual(ids(through));
    const forB = through.filter(({ type }) => type === 'yubl-posted');
    expect(ids(effects.filter(({ consumer }) => consumer === 'b'))).toEqual(ids(forB));
  }
}

/** True if no retry is pending. */
function quiet(bench: ProcessorBench): boolean {
  const parked = bench.parked();
  const heads = parked.filter(({ key }, index) => parked.findIndex((one) => one.key === key) === index);
  return heads.every(({ retryAtMs }) => retryAtMs === null);
}

/** Simulates power loss after a number of commits: later commits fail. */
function cutOffAt(unit: UnitOfWork, commits: number, gone: () => void): UnitOfWork {
  let left = commits;
  return {
    ...unit,
    async commit(work) {
      await unit.commit(async () => {
        const position = await work();
        left -= 1;
        if (left >= 0) return position;
        gone();
        throw new Error('power lost');
      });
    },
  };
}
