import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createProgressBoard, type ProgressBoard } from '../../../adapters/embedded/projection/progress-board.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { catalogFacts } from '../../../schema-registry/catalog-facts.ts';
import { randomLog } from '../../../testing/engine/replayed-consumers.ts';
import { openLogger } from '../../logger.ts';
import { tableProjections } from '../../projections/registry.ts';
import { startWritingThread, type WritingThread, type Written } from './writing-thread.ts';

const SEED = Number(process.env['FIGTREE_TEST_SEED']);
const EVENTS = 300;
const names = tableProjections.map(({ name }) => name);
const [first, second] = names as [ProjectionName, ProjectionName];

let folder: string;
let logPath: string;
let board: ProgressBoard;
let versions: Written[];
let thread: WritingThread | undefined;
let damaged: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-writing-'));
  logPath = await randomLog(folder, { seed: SEED, events: EVENTS });
  board = createProgressBoard(names);
  versions = names.map((name) => ({
    next: { name, path: join(folder, `${name}.db`), bank: 0, role: 'live', replay: { id: 'start', upTo: 0 } },
    progress: board.bank(name, 0),
    leavesSystem: false,
  }));
  damaged = [];
  board.setHead(EVENTS);
});
afterEach(async () => {
  if (thread !== undefined) for (const name of names) await thread.stop(name);
  thread = undefined;
  rmSync(folder, { recursive: true });
});

async function append(events: number): Promise<void> {
  await randomLog(folder, { seed: SEED + 1, events, from: board.head() });
  board.setHead(board.head() + events);
}

async function start(): Promise<WritingThread> {
  thread = await startWritingThread(versions, {
    input: {
      logPath,
      board: board.shared,
      settings: { feedLength: 100, celebrityFollowers: 10 },
      facts: catalogFacts(),
      logger: { level: 'silent', destination: 1 },
    },
    logger: openLogger({ level: 'silent', destination: { write() {} } }),
    damaged: (name) => void damaged.push(name),
  });
  return thread;
}

const caughtUp = (name: ProjectionName) => board.reached(name, board.head(), 20_000);
/** A message without an answer that the writer does not expect, which is a fault of the thread. */
const kill = (writer: WritingThread, name: ProjectionName) => writer.writer(name).tell('no method' as 'pause');
const writes = (writer: WritingThread, name: ProjectionName) => writer.writer(name).call('commitShort', true);

test(`writes all of its versions, and ends with the last one (SEED=${SEED})`, async () => {
  const writer = await start();
  expect(names.length).toBeGreaterThan(1);
  expect(await Promise.all(names.map(caughtUp))).toEqual(names.map(() => true));
  await writer.stop(first);
  await expect(writes(writer, first)).rejects.toMatchObject({ code: 'CONSUMER_STOPPED' });
  await writes(writer, second);
  await Promise.all(names.map((name) => writer.stop(name)));
  await expect(writer.opened()).resolves.toBeUndefined();
});

test('a version that is paused does not hold up the others', async () => {
  const writer = await start();
  await Promise.all(names.map(caughtUp));
  await writer.writer(first).call('pause');
  await append(10);
  expect(await caughtUp(second)).toBe(true);
  expect(versions[0]?.progress.progress().position).toBe(EVENTS);
  await writer.writer(first).call('unpause');
  expect(await caughtUp(first)).toBe(true);
});

test('when it dies all of its versions are opened again, but for those that are damaged', async () => {
  const writer = await start();
  await Promise.all(names.map(caughtUp));
  kill(writer, second);
  await expect.poll(() => versions.map(({ died }) => died !== undefined)).toEqual(names.map(() => true));
  // Opening finds the damage.
  writeFileSync(join(folder, `${first}.db`), 'no database '.repeat(5000));
  await expect.poll(() => damaged, { timeout: 20_000 }).toEqual([first]);
  await append(10);
  expect(await caughtUp(second)).toBe(true);
  await expect(writes(writer, first)).rejects.toMatchObject({ code: 'CONSUMER_STOPPED' });
  await writes(writer, second);
  expect(damaged).toEqual([first]);
});
