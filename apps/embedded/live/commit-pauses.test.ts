import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DurableFile, openDurableFile } from '../../../adapters/embedded/files/durable-file.ts';
import { openChannel } from '../../threads/channel.ts';
import { duringPause, type PauseMethods, servePauses } from './commit-pauses.ts';

let folder: string;
let file: DurableFile;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-pauses-'));
  file = openDurableFile(join(folder, 'log.db'), 'CREATE TABLE note (text TEXT NOT NULL)');
});
afterEach(() => rmSync(folder, { recursive: true }));

let added: string[] = [];

async function add(text: string): Promise<void> {
  await file.enqueue((database) => database.prepare('INSERT INTO note VALUES (?)').run(text));
  added.push(text);
}

async function someTurns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await nextTurn();
}

test('a thread works while nothing is committed, and a pause of another lasts on', async () => {
  added = [];
  const { port1, port2 } = new MessageChannel();
  const here = openChannel((message) => port1.postMessage(message), servePauses(file).methods);
  port1.on('message', here.heard);
  const host = openChannel<PauseMethods>((message) => port2.postMessage(message), {});
  port2.on('message', host.heard);
  const other = Promise.withResolvers<void>();
  const pausing = file.pause(() => other.promise);
  const locker = new DatabaseSync(file.path);
  const adding = add('a');
  expect(await duringPause(host, () => locker.exec('BEGIN IMMEDIATE; ROLLBACK') ?? 'worked')).toBe('worked');
  await someTurns();
  expect(added).toEqual([]);
  other.resolve();
  await Promise.all([adding, pausing]);
  expect(added).toEqual(['a']);
  port1.close();
  locker.close();
  await file.close();
});

test('a pause ends with the thread that asked for it, and when it is asked for anew', async () => {
  added = [];
  const { methods, gone } = servePauses(file);
  methods.pause();
  const adding = add('a');
  await someTurns();
  expect(added).toEqual([]);
  gone();
  await adding;
  methods.pause();
  methods.pause();
  methods.endPause();
  await add('b');
  methods.endPause();
  gone();
  expect(added).toEqual(['a', 'b']);
  await file.close();
});

test('a file that is closed in a pause commits what waits after it', async () => {
  added = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const pausing = file.pause(() => promise);
  const adding = add('a');
  const closing = file.close();
  await someTurns();
  expect(added).toEqual([]);
  resolve();
  await Promise.all([pausing, adding, closing]);
  expect(added).toEqual(['a']);
});

test('a listener of commits that throws has nothing committed twice', async () => {
  const thrown = Promise.withResolvers<unknown>();
  const before = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException').once('uncaughtException', thrown.resolve);
  file.onCommitted(() => {
    throw new Error('a listener failed');
  });
  await Promise.all([add('a'), add('b')]);
  expect(await thrown.promise).toMatchObject({ message: 'a listener failed' });
  for (const listener of before) process.on('uncaughtException', listener);
  const rows = new DatabaseSync(file.path).prepare('SELECT text FROM note').all();
  expect(rows).toEqual([{ text: 'a' }, { text: 'b' }]);
});
