import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defined } from '../events/defined.ts';
import { readLivePointer } from '../adapters/embedded/projection/live-pointer.ts';
import type { Engine } from '../engine/engine.ts';
import { SETTINGS } from '../testing/engine/applied-log.ts';
import { buildVersion } from '../testing/engine/other-versions.ts';
import { projectionNames } from '../apps/projections/registry.ts';
import {
  caughtUp,
  createHappenings,
  expectAnswersOfTheModel,
  type LogLine,
  openWithLines,
  seeded,
  take,
} from './swap-load.ts';

// Versions of the projections are replaced under continuous writes and reads.

const EVENTS = 800;

let folder: string;
let engine: Engine;
let lines: LogLine[];
let happenings: ReturnType<typeof createHappenings>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-swap-'));
  await open();
  const seed = Number(process.env['FIGTREE_TEST_SEED']);
  happenings = createHappenings(seeded(seed));
  await take(engine, Array.from({ length: EVENTS }, happenings.next));
});
afterEach(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

async function open(): Promise<void> {
  ({ engine, lines } = await openWithLines(folder, SETTINGS));
}

async function build(id: string, upTo?: number): Promise<Record<string, string> & { search: string }> {
  for (const name of projectionNames)
    await buildVersion(folder, { name, file: `${name}-${id}.db`, ...defined({ upTo }) });
  const files = Object.fromEntries(projectionNames.map((name) => [name, `${name}-${id}.db`]));
  return { ...files, search: `search-${id}.db` };
}

const expectTheModel = () => expectAnswersOfTheModel(engine, happenings, SETTINGS.feedLength);

const said = (message: string) => lines.filter(({ msg }) => msg === message);
const databases = () =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.db'))
    .toSorted();

/** Writes and reads until it is stopped, and at least once after that request. Then rejects if anything failed, went
 *  back or was missing. */
function busy(): { stop(): Promise<{ slowestMs: number; writes: number; reads: number }> } {
  let [writesAtStop, readsAtStop] = [Infinity, Infinity];
  let slowestMs = 0;
  let writes = 0;
  let reads = 0;

  async function write(): Promise<void> {
    while (writes <= writesAtStop) {
      const { text, yublId, word } = happenings.yubl();
      const position = await take(engine, [happenings.next(), text, happenings.next()]);
      const acknowledgedMs = performance.now();
      const seen = await Promise.all(projectionNames.map((name) => engine.progress.reached(name, position, 60_000)));
      slowestMs = Math.max(slowestMs, performance.now() - acknowledgedMs);
      expect(seen).toEqual(projectionNames.map(() => true));
      // Unless the last of the three events has deleted it.
      const found = await engine.feeds.yubl(yublId);
      const { items } = await engine.search.yubls(word, { limit: 10 });
      expect(items.map((item) => item.yublId)).toEqual(found === undefined ? [] : [yublId]);
      writes += 1;
      await sleep(2);
    }
  }

  async function read(): Promise<void> {
    const last = new Map<string, number>();
    const { userIds } = happenings.questions();
    const neverLess = (what: string, value: number) => {
      expect(value, what).toBeGreaterThanOrEqual(last.get(what) ?? 0);
      last.set(what, value);
    };
    while (reads <= readsAtStop) {
      for (const userId of userIds) {
        const asked = [
          engine.feeds.feed(userId, { limit: 50 }),
          engine.feeds.feedText(userId, { limit: 50 }),
          engine.relationships.followers(userId, { limit: 50 }),
          engine.search.users('ada', { limit: 5 }),
          engine.search.yubls('good night', { limit: 20 }),
        ] as const;
        // A search that waits for its thread does not delay the others.
        await Promise.all(asked);
        expect(await engine.relationships.user(userId)).toMatchObject({ userId });
        for (const name of projectionNames) neverLess(`position of ${name}`, engine.progress.position(name));
        reads += asked.length;
      }
      await sleep(1);
    }
  }

  const running = Promise.all([write(), read()]);
  running.catch(() => {});
  return {
    async stop() {
      [writesAtStop, readsAtStop] = [writes, reads];
      await running;
      return { slowestMs, writes, reads };
    },
  };
}

describe('a swap', () => {
  test('of all projections, twice, while everything is read and written: nothing fails or goes back', async () => {
    const load = busy();
    const first = await build('one');
    const swapped = await engine.operations.swap({ files: first, id: 'one' });
    for (const name of projectionNames) expect(swapped[name]?.previous).toBe(`${name}.db`);
    const second = await build('two', EVENTS / 2);
    await engine.operations.swap({ files: second, id: 'two' });
    await sleep(100);
    console.info(
      await load.stop(),
      said('projections swapped').map(({ pausedMs }) => pausedMs),
    );
    expect(readLivePointer(folder).of('feed')).toMatchObject({ live: 'feed-two.db', previous: 'feed-one.db' });
    // The versions before the previous ones are gone.
    const left = projectionNames.flatMap((name) => [`${name}-one.db`, `${name}-two.db`]);
    expect(databases()).toEqual([...left, 'lock.db', 'log.db'].toSorted());
    await expectTheModel();
    await engine.close();
    await open();
    await expectTheModel();
  });

  test('of one projection leaves the others alone; rollback goes back to the old one, which catches up', async () => {
    await buildVersion(folder, { name: 'feed', file: 'feed-one.db' });
    await engine.operations.swap({ files: { feed: 'feed-one.db' }, id: 'one' });
    await take(engine, Array.from({ length: 500 }, happenings.next));
    await expectTheModel();
    const load = busy();
    const back = await engine.operations.rollback({ projections: ['feed'] });
    await load.stop();
    expect(back).toEqual({ feed: { position: expect.any(Number), previous: 'feed-one.db' } });
    const pointer = readLivePointer(folder);
    expect(pointer.of('feed')).toMatchObject({ live: 'feed.db', previous: 'feed-one.db' });
    expect(pointer.of('search').live).toBe('search.db');
    await expectTheModel();
  });

  test('takes the traced steps of the old version with it, and counts feed entries on', async () => {
    const text = happenings.yubl().text;
    const named = JSON.stringify({ ...(JSON.parse(text) as object), correlationid: 'the-flow' });
    await take(engine, [named]);
    await caughtUp(engine);
    const before = await engine.trace('the-flow');
    const entries = engine.feedEntries();
    // Fanned out and indexed; added to feeds only if the author has a follower.
    expect(before.steps.length).toBeGreaterThanOrEqual(2);
    await engine.operations.swap({ files: await build('one'), id: 'one' });
    expect(await engine.trace('the-flow')).toEqual(before);
    expect(engine.feedEntries()).toBe(entries);
  });

  test('takes a version that has read more of the log than the live one', async () => {
    await caughtUp(engine);
    await take(engine, Array.from({ length: 3000 }, happenings.next));
    await engine.operations.swap({ files: await build('one'), id: 'one' });
    await expectTheModel();
  });
});

describe('a swap that cannot be', () => {
  const refused = (reason: RegExp) => ({ code: 'SWAP_REFUSED', message: expect.stringMatching(reason) });

  test('is refused with the reason, and nothing changes', async () => {
    const swap = (file: string) => engine.operations.swap({ files: { feed: file }, id: 'bad' });
    await buildVersion(folder, { name: 'search', file: 'search-one.db' });
    writeFileSync(
      join(folder, 'feed-text.db'),
      'this is no database, and longer than its header would be. '.repeat(20),
    );
    await expect(swap('../feed.db')).rejects.toMatchObject(refused(/not the name/));
    await expect(swap('feed-none.db')).rejects.toMatchObject(refused(/not in the data folder/));
    await expect(swap('feed.db')).rejects.toMatchObject(refused(/already live/));
    await expect(swap('feed-text.db')).rejects.toMatchObject(refused(/damaged/));
    await expect(swap('search-one.db')).rejects.toMatchObject(refused(/not named after feed/));
    await expect(engine.operations.swap({ files: {}, id: 'bad' })).rejects.toMatchObject(refused(/no projection/));
    await expect(engine.operations.rollback({ projections: ['feed'] })).rejects.toMatchObject(
      refused(/no previous version/),
    );
    expect(existsSync(join(folder, 'live.json'))).toBe(false);
    await expectTheModel();
  });

  test('there is one at a time', async () => {
    const files = await build('one');
    const first = engine.operations.swap({ files, id: 'one' });
    await expect(engine.operations.swap({ files, id: 'two' })).rejects.toMatchObject({ code: 'SWAP_RUNNING' });
    await first;
  });

  test('a version that cannot be opened, or comes no closer in time, is given up; the old ones work on', async () => {
    await caughtUp(engine);
    await take(engine, Array.from({ length: 3000 }, happenings.next));
    const files = await build('one', 10);
    const execute = (file: string, sql: string) => {
      const database = new DatabaseSync(join(folder, file));
      database.exec(sql);
      database.close();
    };
    execute(files.search, "CREATE TRIGGER full BEFORE INSERT ON yubl BEGIN SELECT RAISE(ABORT, 'never'); END");
    const late = engine.operations.swap({ files, id: 'late', stalledMsMax: 500 });
    await expect(late).rejects.toMatchObject({
      code: 'NOT_CAUGHT_UP',
      message: expect.stringContaining('not come closer'),
    });
    execute(files.search, 'ALTER TABLE furthest RENAME COLUMN places TO other');
    const load = busy();
    await expect(engine.operations.swap({ files, id: 'one' })).rejects.toThrow(/no such column/);
    await load.stop();
    expect(existsSync(join(folder, 'live.json'))).toBe(false);
    await expectTheModel();
  });

  test('a pointer that cannot be written leaves the old versions live and working', async () => {
    const files = await build('one');
    // The temporary name of the pointer is now a folder.
    mkdirSync(join(folder, 'live.json.new'));
    const load = busy();
    await expect(engine.operations.swap({ files, id: 'one' })).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    await sleep(50);
    await load.stop();
    await expectTheModel();
    rmSync(join(folder, 'live.json.new'), { recursive: true });
    await engine.operations.swap({ files, id: 'one' });
    await expectTheModel();
  });

  test('an engine that is closed meanwhile has the old or the new version the next time', async () => {
    const files = await build('one', 100);
    const swapping = engine.operations.swap({ files, id: 'one' }).catch((error: unknown) => error);
    await sleep(50);
    await engine.close();
    await swapping;
    await open();
    await expectTheModel();
  });
});
