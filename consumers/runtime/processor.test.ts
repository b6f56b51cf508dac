import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openDurableFile } from '../../adapters/embedded/durable-file.ts';
import { EVENT_LOG_SCHEMA } from '../../adapters/embedded/event-rows.ts';
import { createProgressBoard } from '../../adapters/embedded/progress-board.ts';
import { openProjectionFile } from '../../adapters/embedded/projection-file.ts';
import { openProjectionProgress } from '../../adapters/embedded/projection-progress.ts';
import { openSqliteEventLog } from '../../adapters/embedded/sqlite-event-log.ts';
import { openSqliteEventLogReader } from '../../adapters/embedded/sqlite-event-log-reader.ts';
import type { EventType } from '../../events/catalog.ts';
import { type Correlation, currentCorrelation } from '../../events/correlation.ts';
import type { EventEnvelope, RecordedEvent } from '../../events/envelope.ts';
import { FigtreeError } from '../../events/errors.ts';
import type { ParkedEvent, UnitOfWork } from '../../ports/unit-of-work.ts';
import { idOf, sampleEvent } from '../../ports/contracts/sample-events.ts';
import type { Consumer, Log, Note } from './consumer.ts';
import { createProcessor } from './processor.ts';
import { createTracer } from './tracer.ts';

const SCHEMA = `CREATE TABLE IF NOT EXISTS effect (
  number INTEGER PRIMARY KEY, consumer TEXT NOT NULL, event TEXT NOT NULL, key TEXT NOT NULL, filling TEXT);`;

const PARKED = 'position, key, consumer, attempts, error, retry_at_ms AS retryAtMs';

type Parked = Readonly<Record<keyof ParkedEvent, unknown>> & { position: number };
type Effect = { consumer: string; event: string; key: string };
type Handle = (event: RecordedEvent, write: (filling?: string) => void) => Promise<Note | void> | Note | void;
interface Line {
  readonly level: string;
  readonly message: string;
  readonly details: Note;
  readonly correlation: Correlation;
}

/** A log and one projection in a folder of their own, with consumers that note down what they handle. */
function openBench() {
  const folder = mkdtempSync(join(tmpdir(), 'figtree-processor-'));
  const path = join(folder, 'projection.db');
  const durable = openDurableFile(join(folder, 'log.db'), EVENT_LOG_SCHEMA);
  const log = openSqliteEventLog(durable);
  const board = createProgressBoard();
  log.onAppended((head) => board.setHead(head));
  const lines: Line[] = [];
  const collect = (level: string) => (details: Note, message: string) =>
    void lines.push({ level, message, details, correlation: currentCorrelation() });
  const logger: Log = {
    debug: collect('debug'),
    info: collect('info'),
    warn: collect('warn'),
    error: collect('error'),
  };
  let running: { stop(): Promise<void>; fill(): () => void } | undefined;

  function start(handles: Record<string, { types: readonly EventType[]; handle: Handle }>, options: Options = {}) {
    const file = openProjectionFile({ path, version: 1, schema: SCHEMA });
    const insert = file.database.prepare('INSERT INTO effect VALUES (NULL, ?, ?, ?, ?)');
    const consumers = Object.entries(handles).map(([name, { types, handle }]): Consumer => {
      const handler = (event: RecordedEvent) =>
        handle(event, (filling) => void insert.run(name, event.id, event.partitionkey, filling ?? null));
      return { name, on: Object.fromEntries(types.map((type) => [type, handler])) };
    });
    const reader = openSqliteEventLogReader(durable.path);
    const processor = createProcessor({
      unit: options.unit?.(file) ?? file,
      consumers,
      log: reader,
      tracer: createTracer(logger),
      logger,
      headBeyond: board.headBeyond,
      onProgress: (progress) => board.setProgress('feed', { ...progress, feedEntries: 0 }),
      retry: { attemptsMax: options.attemptsMax ?? 3, firstPauseMs: options.pauseMs ?? 1, pauseFactor: 1 },
    });
    void processor.run();
    running = {
      async stop() {
        running = undefined;
        await processor.stop();
        await reader.close();
        file.close();
      },
      fill() {
        const { page_count: pages } = file.database.prepare('PRAGMA page_count').get() as { page_count: number };
        file.database.exec(`PRAGMA max_page_count = ${pages}`);
        return () => file.database.exec('PRAGMA max_page_count = 1000000');
      },
    };
    return running;
  }

  /** What another process sees. */
  function seen(sql: string): unknown[] {
    const outside = new DatabaseSync(path, { readOnly: true });
    try {
      return outside.prepare(sql).all();
    } finally {
      outside.close();
    }
  }

  return {
    log,
    lines,
    start,
    append: (...events: EventEnvelope[]) => log.append(events),
    caughtUp: async () => expect(await board.reached('feed', await log.head(), 20_000)).toBe(true),
    progress: () => board.progress('feed'),
    effects: () => seen('SELECT consumer, event, key FROM effect ORDER BY number') as Effect[],
    parked: () => seen(`SELECT ${PARKED} FROM figtree_parked ORDER BY position`) as Parked[],
    checkpoint: () => (seen('SELECT position FROM figtree_progress') as { position: number }[])[0]?.position ?? 0,
    stepsOf(correlationId: string) {
      const reader = openProjectionProgress(path);
      const steps = reader.stepsOf(correlationId);
      reader.close();
      return steps;
    },
    async close() {
      await running?.stop();
      await durable.close();
      rmSync(folder, { recursive: true });
    },
  };
}

interface Options {
  readonly attemptsMax?: number;
  readonly pauseMs?: number;
  readonly unit?: (unit: UnitOfWork) => UnitOfWork;
}

const note: Handle = (_event, write) => write();
const on = (handle: Handle, ...types: EventType[]) => ({
  types: types.length > 0 ? types : (['yubl-posted'] as const),
  handle,
});
const posted = (key: number, changes: Partial<EventEnvelope> = {}) => sampleEvent({ key }, changes);
const ids = (events: readonly { event?: string; id?: string }[]) => events.map(({ event, id }) => event ?? id);

describe('a processor', () => {
  let bench: ReturnType<typeof openBench>;
  beforeEach(() => void (bench = openBench()));
  afterEach(() => bench.close());

  test('applies what is in the log and what comes, in order, and goes on after a restart', async () => {
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

  test('moves its checkpoint over what it does not want', async () => {
    await bench.append(posted(1), sampleEvent({ type: 'user-left' }), sampleEvent({ type: 'followed' }));
    bench.start({ a: on(note, 'yubl-posted', 'unfollowed') });
    await bench.caughtUp();
    expect(bench.checkpoint()).toBe(3);
    expect(bench.effects()).toHaveLength(1);
  });

  test('stops while it waits for news, and between two commits of a backlog', async () => {
    const idle = bench.start({ a: on(note) });
    await bench.append(posted(1));
    await bench.caughtUp();
    const start = performance.now();
    await idle.stop();
    expect(performance.now() - start).toBeLessThan(500);
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
    await vi.waitFor(() => expect(bench.progress().parked).toBe(0), { timeout: 10_000 });
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
      await vi.waitFor(() => expect(last()).toHaveLength(1), { timeout: 10_000 });
      await bench.append(posted(2));
      await bench.caughtUp();
      await running.stop();
      const waits = { position: 2, key: idOf(1), consumer: null, attempts: 0, error: null, retryAtMs: null };
      expect(bench.parked()).toEqual([usedUp, waits]);
    }
    failures.clear();
    bench.start({ a: on(failing(failures)) });
    await vi.waitFor(() => expect(bench.progress()).toMatchObject({ position: 4, parked: 0 }), { timeout: 10_000 });
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
    await vi.waitFor(() => expect(bench.parked()).toMatchObject([{ position: 2, attempts: 4 }]), { timeout: 10_000 });
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

  test('does not blame events for an outage: it pauses, parks none, and goes on once it is over', async () => {
    let out = true;
    const events = Array.from({ length: 300 }, (_, key) => posted(key));
    const bad = events[0];
    await bench.append(...events);
    const handle: Handle = (event, write) => {
      if (out || event.id === bad?.id) throw new Error('connection refused');
      write();
    };
    bench.start({ a: on(handle), b: on((_, write) => write()) }, { pauseMs: 1_000_000 });
    await vi.waitFor(() => expect(bench.progress().stopped).toBe(true), { timeout: 10_000 });
    expect(bench.checkpoint()).toBe(0);
    expect(bench.parked()).toEqual([]);
    expect(bench.lines.find(({ message }) => message.includes('fails at everything'))?.details).toMatchObject({
      consumer: 'a',
    });
    out = false;
    await bench.caughtUp();
    await vi.waitFor(() => expect(bench.progress()).toMatchObject({ stopped: false, parked: 1 }), { timeout: 10_000 });
    expect(bench.parked()).toMatchObject([{ position: 1, consumer: 'a' }]);
    expect(bench.effects()).toHaveLength(2 * 299);
  });

  test('tries again what was parked before an outage was seen as one, with all its attempts', async () => {
    let out = true;
    const handle: Handle = (_, write) => {
      if (out) throw new Error('connection refused');
      write();
    };
    bench.start({ a: on(handle) }, { attemptsMax: 1 });
    // One at a time, so that each is parked before the next one comes.
    for (let key = 0; key < 25; key += 1) {
      await bench.append(posted(key));
      if (key < 20) await bench.caughtUp();
    }
    await vi.waitFor(() => expect(bench.progress()).toMatchObject({ stopped: true, parked: 20 }), { timeout: 10_000 });
    out = false;
    await vi.waitFor(() => expect(bench.progress()).toMatchObject({ position: 25, parked: 0 }), { timeout: 10_000 });
    expect(bench.effects()).toHaveLength(25);
  });

  test('lets no key with a long queue hold up the others, and none be forgotten', async () => {
    const events = [...Array.from({ length: 350 }, () => posted(1)), posted(2)];
    const failures = new Map([[events[0]?.id, 1]]);
    await bench.append(...events);
    bench.start({ a: on(failing(failures)) });
    await vi.waitFor(() => expect(bench.progress()).toMatchObject({ position: 351, parked: 0 }), { timeout: 10_000 });
    const ofKey = bench.effects().filter(({ key }) => key === idOf(1));
    expect(ids(ofKey)).toEqual(ids(events.slice(0, -1)));
  });

  test('does not blame an event for a full disk: it pauses, says so, and goes on once there is room', async () => {
    const bad = posted(9);
    await bench.append(bad, posted(1));
    const fill = 'x'.repeat(50_000);
    let full = false;
    const handle: Handle = (event, write) => {
      if (event.id === bad.id && !full) throw new Error('fails while there is room');
      write(fill);
    };
    const running = bench.start({ a: on(handle) }, { attemptsMax: 100 });
    await bench.caughtUp();
    full = true;
    const makeRoom = running.fill();
    await bench.append(posted(2), posted(3));
    await vi.waitFor(() => expect(bench.progress().stopped).toBe(true), { timeout: 10_000 });
    expect(bench.checkpoint()).toBeLessThan(4);
    expect(bench.parked().map(({ position }) => position)).toEqual([1]);
    expect(bench.lines.find(({ message }) => message.includes('cannot be written'))?.details).toMatchObject({
      error: { code: 'STORAGE_FULL' },
    });
    makeRoom();
    await bench.caughtUp();
    await vi.waitFor(() => expect(bench.progress()).toMatchObject({ stopped: false, parked: 0 }), { timeout: 10_000 });
    expect(bench.effects()).toHaveLength(4);
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
    await vi.waitFor(() => expect(bench.progress().parked).toBe(0), { timeout: 10_000 });
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

  test('gives each event its effect once, whatever fails and wherever it is stopped', async () => {
    const play = async (life: Parameters<typeof playLives>[0]) => {
      const one = openBench();
      try {
        await playLives(life, one);
      } finally {
        await one.close();
      }
    };
    await expect(
      fc.assert(fc.asyncProperty(lives, play), { numRuns: 25, interruptAfterTimeLimit: 20_000 }),
    ).resolves.toBeUndefined();
  });
});

/** Throws as often as is told for an event, half of the time after it has written. */
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
  /** For each life of the processor: how many events are appended before it, and at which commit it is cut off. */
  lives: fc.array(fc.record({ appended: fc.integer({ min: 0, max: 8 }), commits: fc.integer({ min: 0, max: 3 }) }), {
    maxLength: 6,
  }),
});

type Lives = typeof lives extends fc.Arbitrary<infer Value> ? Value : never;

async function playLives(history: Lives, bench: ReturnType<typeof openBench>): Promise<void> {
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

  // What fails for good stops its key there; everything else gets through once it was started often enough.
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
    await vi.waitFor(() => expect(quiet(bench)).toBe(true), { timeout: 10_000, interval: 5 });
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

/** True if nothing is going to be tried again by itself. */
function quiet(bench: ReturnType<typeof openBench>): boolean {
  const parked = bench.parked();
  const heads = parked.filter(({ key }, index) => parked.findIndex((one) => one.key === key) === index);
  return heads.every(({ retryAtMs }) => retryAtMs === null);
}

/** After so many commits the power is gone: nothing more is committed. */
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
