import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { takeProcessLock } from '../adapters/embedded/files/process-lock.ts';
import type { ProjectionName } from '../ports/progress.ts';
import { readLivePointer, writeLivePointer } from '../adapters/embedded/projection/live-pointer.ts';
import type { Engine } from '../engine/engine.ts';
import { SETTINGS } from '../testing/engine/applied-log.ts';
import { tableProjections } from '../apps/projections/registry.ts';
import { buildVersion } from '../testing/engine/other-versions.ts';
import {
  caughtUp,
  createHappenings,
  expectAnswersOfTheModel,
  type LogLine,
  openWithLines,
  seeded,
  take,
} from './swap-load.ts';

// A projection's file is expendable: whatever happens to it is noticed, reported and repaired from the log.

// Several pages in each file.
const EVENTS = 400;

const places = mkdtempSync(join(tmpdir(), 'figtree-damage-'));
/** Closed, with nothing wrong in it: each test has a copy. */
const sound = join(places, 'sound');

let root: string;
let folder: string;
let engine: Engine | undefined;
let lines: LogLine[];
let happenings: ReturnType<typeof createHappenings>;

beforeAll(async () => {
  folder = sound;
  await (await filled()).close();
});
beforeEach(() => {
  root = mkdtempSync(join(places, 'copy-'));
  folder = join(root, 'data');
  cpSync(sound, folder, { recursive: true });
  chmodSync(folder, 0o700);
  // What the sound folder was filled with, so that the next ones are new to it.
  beginning();
});
afterEach(async () => {
  await engine?.close();
  engine = undefined;
  rmSync(root, { recursive: true });
});
afterAll(() => rmSync(places, { recursive: true }));

function beginning(): string[] {
  happenings = createHappenings(seeded(4));
  return Array.from({ length: EVENTS }, happenings.next);
}

async function filled(): Promise<Engine> {
  const opened = await open();
  await take(opened, beginning());
  await caughtUp(opened);
  return opened;
}

const file = (name: string) => join(folder, name);
const BUILT_AGAIN = 'projection file is damaged, rebuilding it';
const MISSING = 'projection file is missing, rebuilding it';
const said = (message: string) => lines.filter(({ msg }) => msg === message);

async function open(): Promise<Engine> {
  const opened = await openWithLines(folder, SETTINGS);
  ({ engine, lines } = opened);
  return opened.engine;
}

const expectTheModel = (asked: Engine) => expectAnswersOfTheModel(asked, happenings, SETTINGS.feedLength);

function execute(name: string, sql: string): void {
  const database = new DatabaseSync(file(name), { timeout: 5000 });
  database.exec(sql);
  database.close();
}

/** Closed without its final commits, as by kill -9: the WALs are left. */
async function kill(running: Engine): Promise<void> {
  const copy = join(root, 'killed');
  cpSync(folder, copy, { recursive: true });
  await running.close();
  rmSync(folder, { recursive: true });
  cpSync(copy, folder, { recursive: true });
  rmSync(copy, { recursive: true });
}

describe('found at the start', () => {
  test.each([
    ['was deleted', () => {}, undefined],
    ['was deleted, but for its WAL', () => writeFileSync(file('feed.db-wal'), 'no WAL'), undefined],
    ['is empty', () => truncateSync(file('feed.db'), 0), /empty/],
    ['was cut', () => truncateSync(file('feed.db'), statSync(file('feed.db')).size - 8192), /missing|malformed/],
    ['was cut to its first page', () => truncateSync(file('feed.db'), 8192), /missing|malformed/],
    ['is another file', () => writeFileSync(file('feed.db'), 'no database '.repeat(5000)), /not a database/],
    ['was overwritten from its second page on', () => scribble('feed.db', 1), /./],
    ['has no tables', () => execute('feed.db', 'DROP TABLE figtree_progress'), /no such table/],
  ])('a file that %s is reported and built again', async (what, damage, reason) => {
    if (what.includes('deleted')) rmSync(file('feed.db'));
    damage();
    engine = await open();
    const told = reason === undefined ? said(MISSING) : said(BUILT_AGAIN);
    expect(told).toMatchObject([{ path: file('feed.db'), ...(reason && { reason: expect.stringMatching(reason) }) }]);
    await expectTheModel(engine);
    await take(engine, Array.from({ length: 100 }, happenings.next));
    await expectTheModel(engine);
  });

  test('the end of a file may be in its WAL alone; what is in neither is missing', async () => {
    rmSync(folder, { recursive: true });
    await kill(await filled());
    expect(statSync(file('feed.db')).size).toBeLessThan(statSync(file('feed.db-wal')).size);
    engine = await open();
    expect(said(BUILT_AGAIN)).toEqual([]);
    execute('feed.db', 'PRAGMA wal_checkpoint(TRUNCATE)');
    await take(engine, Array.from({ length: 20 }, happenings.next));
    await caughtUp(engine);
    await kill(engine);
    expect(statSync(file('feed.db-wal')).size).toBeGreaterThan(0);
    truncateSync(file('feed.db'), 3 * 8192);
    engine = await open();
    expect(said(BUILT_AGAIN)).toMatchObject([{ path: file('feed.db') }]);
    await expectTheModel(engine);
  });

  test('one page of a feature: its file alone is built again, and what it had handled is never new again', async () => {
    const features = tableProjections.map(({ name }) => name);
    const damaged = features.at(-1) ?? '';
    expect(features.length).toBeGreaterThan(1);
    // So large that not all of it is checked before it is opened.
    execute(`${damaged}.db`, 'CREATE TABLE filler (x BLOB); INSERT INTO filler VALUES (zeroblob(17000000))');
    execute(`${damaged}.db`, 'PRAGMA wal_checkpoint(TRUNCATE)');
    const place = rootPage(`${damaged}.db`, 'figtree_removed');
    const target = ['bs=8192', `seek=${place - 1}`, 'count=1', 'conv=notrunc', 'status=none'];
    execFileSync('dd', ['if=/dev/urandom', `of=${file(`${damaged}.db`)}`, ...target]);
    const inodes = () => features.map((name) => statSync(file(`${name}.db`)).ino);
    const before = inodes();
    engine = await open();
    expect(said(BUILT_AGAIN)).toMatchObject([
      { path: file(`${damaged}.db`), reason: expect.stringMatching(/damaged/) },
    ]);
    expect(inodes().slice(0, -1)).toEqual(before.slice(0, -1));
    expect(inodes().at(-1)).not.toBe(before.at(-1));
    expect(readLivePointer(folder).of(damaged)).toEqual({ live: `${damaged}.db`, replayUpTo: EVENTS });
    await caughtUp(engine);
  });

  test('the file that the pointer names is checked, and a broken pointer is reported with what to do', async () => {
    engine = await open();
    await buildVersion(folder, { name: 'feed', file: 'feed-one.db' });
    await engine.operations.swap({ files: { feed: 'feed-one.db' }, id: 'one' });
    await engine.close();
    rmSync(file('feed-one.db'));
    engine = await open();
    expect(said(MISSING)).toMatchObject([{ path: file('feed-one.db') }]);
    await expectTheModel(engine);
    await engine.close();
    writeFileSync(file('live.json'), '{');
    await expect(open()).rejects.toMatchObject({ code: 'DATA_DAMAGED', message: expect.stringContaining('remove it') });
    rmSync(file('live.json'));
    engine = await open();
    await expectTheModel(engine);
  });

  test('nothing is said of a folder that is new, or whose files are sound', async () => {
    engine = await open();
    expect(lines.filter(({ level }) => level === 'warn')).toEqual([]);
    await engine.close();
    rmSync(folder, { recursive: true });
    await open();
    expect(lines.filter(({ level }) => level === 'warn')).toEqual([]);
    expect(existsSync(file('live.json'))).toBe(false);
  });
});

describe('a start with a newer code', () => {
  /** As left by a rebuild without a swap that found no error. */
  function verified(name: ProjectionName, built: string, options: object = {}): void {
    mkdirSync(file('rebuilds'), { recursive: true });
    const projections = [{ name, file: built, version: 1, stage: 'verified', position: 0, target: 0, parked: 0 }];
    const state = { id: built, options: { swap: false, onError: 'stop', ...options }, stage: 'built', projections };
    const rebuild = { ...state, startedAt: '2026-11-25T00:00:00.000Z', seconds: 1 };
    writeFileSync(join(folder, 'rebuilds', `${built}.json`), JSON.stringify(rebuild));
  }

  test('takes a verified build of its version that lies beside the older one, and keeps that one', async () => {
    engine = await open();
    await buildVersion(folder, { name: 'search', file: 'search-early.db', upTo: EVENTS * 0.2 });
    await buildVersion(folder, { name: 'search', file: 'search-late.db', upTo: EVENTS * 0.9 });
    await buildVersion(folder, { name: 'search', file: 'search-unverified.db', upTo: EVENTS * 0.95 });
    verified('search', 'search-early.db');
    verified('search', 'search-late.db');
    await take(engine, Array.from({ length: 100 }, happenings.next));
    await caughtUp(engine);
    await engine.close();
    execute('search.db', 'UPDATE figtree_progress SET version = 0');
    engine = await open();
    expect(readLivePointer(folder).of('search')).toEqual({
      live: 'search-late.db',
      previous: 'search.db',
      replayUpTo: EVENTS + 100,
    });
    await expectTheModel(engine);
    await expect(engine.operations.rollback({ projections: ['search'] })).rejects.toMatchObject({
      code: 'SWAP_REFUSED',
    });
  });

  test('leaves alone the files of a rebuild in another process, and those that were built to ask about the past', async () => {
    await buildVersion(folder, { name: 'search', file: 'search-new.db', upTo: EVENTS * 0.9 });
    const until = EVENTS * 0.2;
    await buildVersion(folder, { name: 'feed', file: `feed-at-${until}.db`, upTo: until });
    for (const name of ['search.db', 'feed.db']) execute(name, 'UPDATE figtree_progress SET version = 0');
    verified('search', 'search-new.db');
    verified('feed', `feed-at-${until}.db`, { until });
    const lock = takeProcessLock(join(folder, 'rebuilds', 'search.lock'));
    engine = await open();
    lock?.release();
    const pointer = readLivePointer(folder);
    expect([pointer.of('search').live, pointer.of('feed').live]).toEqual(['search.db', 'feed.db']);
    await expectTheModel(engine);
    expect(existsSync(file('search-new.db'))).toBe(true);
  });

  test('begins anew without one, and does not take what is beyond the log or damaged', async () => {
    await buildVersion(folder, { name: 'search', file: 'search-beyond.db' });
    execute('search-beyond.db', 'UPDATE figtree_progress SET position = 5000');
    writeFileSync(file('search-text.db'), 'no database '.repeat(5000));
    for (const built of ['search-beyond.db', 'search-text.db']) verified('search', built);
    execute('search.db', 'UPDATE figtree_progress SET version = 0; DROP TABLE yubl');
    engine = await open();
    expect(readLivePointer(folder).of('search')).toEqual({ live: 'search.db', replayUpTo: EVENTS });
    await expectTheModel(engine);
  });
});

test('unfinished builds are removed, except those that continue in another process; nothing else is', async () => {
  mkdirSync(file('rebuilds'));
  const others = ['feed-old.db', 'notes.txt', 'other-1.db.part', 'search-2.db.part'];
  for (const name of ['feed-1.db.part', 'feed-1.db.part-wal', ...others]) writeFileSync(file(name), 'x');
  const lock = takeProcessLock(join(folder, 'rebuilds', 'search.lock'));
  writeLivePointer(folder, readLivePointer(folder));
  await open();
  lock?.release();
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(others));
  expect(readdirSync(folder).filter((name) => name.startsWith('feed-1'))).toEqual([]);
});

describe('found while running', () => {
  test('by a reader: the file is built again beside, and takes over', async () => {
    engine = await open();
    execute('search.db', 'PRAGMA wal_checkpoint(TRUNCATE)');
    scribble('search.db', 4);
    await expect(engine.search.yubls('good', { limit: 5 })).rejects.toMatchObject({ code: 'DATA_DAMAGED' });
    await expect.poll(() => said('projections swapped'), { timeout: 60_000 }).toHaveLength(1);
    expect(said(BUILT_AGAIN)).toMatchObject([{ path: file('search.db'), reason: expect.stringMatching(/damaged/) }]);
    await expectTheModel(engine);
    await expect.poll(() => existsSync(file('search.db'))).toBe(false);
  });

  test('by the thread that writes it: nothing of what comes meanwhile is lost', async () => {
    engine = await open();
    execute('relationships.db', 'PRAGMA wal_checkpoint(TRUNCATE)');
    scribble('relationships.db', 4);
    // The thread's memory is valid until another writer has written.
    execute('relationships.db', 'UPDATE figtree_progress SET version = version');
    const position = engine.progress.position('relationships');
    await take(engine, Array.from({ length: 300 }, happenings.next));
    await expect.poll(() => said('projections swapped'), { timeout: 60_000 }).toHaveLength(1);
    expect(engine.progress.position('relationships')).toBeGreaterThanOrEqual(position);
    await expectTheModel(engine);
    await engine.close();
    engine = await open();
    expect(said(BUILT_AGAIN)).toEqual([]);
    await expectTheModel(engine);
  });
});

function rootPage(name: string, table: string): number {
  const database = new DatabaseSync(file(name), { readOnly: true });
  const found = database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(table);
  database.close();
  return Number(found?.['rootpage']);
}

/** Overwrites all pages from one on, from outside: closing a file here would end this process's locks on it. */
function scribble(name: string, fromPage: number): void {
  const pages = Math.floor(statSync(file(name)).size / 8192) - fromPage;
  const target = ['bs=8192', `seek=${fromPage}`, `count=${pages}`, 'conv=notrunc', 'status=none'];
  execFileSync('dd', ['if=/dev/urandom', `of=${file(name)}`, ...target]);
}
