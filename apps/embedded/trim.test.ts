import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openArchiveFolder } from '../../adapters/embedded/archive/folder.ts';
import { openArchiveSource } from '../../adapters/embedded/archive/source.ts';
import { writeArchive } from '../../adapters/embedded/archive/writing.ts';
import { dataFolder, lockDataFolder } from '../../adapters/embedded/files/data-folder.ts';
import { type LogFile, openLogFile } from '../../adapters/embedded/log/log-file.ts';
import { sampleEvent } from '../../ports/contracts/sample-events.ts';
import type { ProjectionName } from '../../ports/progress.ts';
import { projectionNames } from '../projections/registry.ts';
import { trimOperation } from './trim.ts';

let root: string;
let file: LogFile;
const archive = () => join(root, 'archive');
const data = () => dataFolder(join(root, 'data'));

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'figtree-trim-'));
  lockDataFolder(data().path).unlock();
  file = openLogFile(data().log);
  await file.log.append(Array.from({ length: 10 }, () => sampleEvent()));
  const source = await openArchiveSource(data().path);
  const { signal } = new AbortController();
  await writeArchive({ ...source, archive: openArchiveFolder(archive()), signal, onProgress: () => {} });
  source.close();
  for (const name of projectionNames) standing(name, 10);
});
afterEach(async () => {
  await file.close();
  rmSync(root, { recursive: true });
});

/** A projection's file, with no more in it than what is asked of it here. */
function standing(name: ProjectionName, position: number, ...parked: number[]): void {
  const path = data().projection(name);
  rmSync(path, { force: true });
  const database = new DatabaseSync(path);
  database.exec('CREATE TABLE figtree_progress (position INTEGER); CREATE TABLE figtree_parked (position INTEGER)');
  database.prepare('INSERT INTO figtree_progress VALUES (?)').run(position);
  for (const each of parked) database.prepare('INSERT INTO figtree_parked VALUES (?)').run(each);
  database.close();
}

const trim = () => trimOperation(file, data())({ archive: archive() });

test('what every projection has applied goes, but for the newest event', async () => {
  const outcome = await trim();
  expect(outcome).toMatchObject({ trimmed: 9, first: 10, done: true });
  expect(outcome.heldBackBy).toBeUndefined();
  expect(await trim()).toMatchObject({ trimmed: 0, first: 10, done: true });
});

test('what a projection has not applied stays, and the answer says whose it is', async () => {
  standing('search', 6);
  const heldBackBy = { projection: 'search', position: 7, parked: false };
  expect(await trim()).toMatchObject({ trimmed: 6, first: 7, done: true, heldBackBy });
  expect(await trim()).toMatchObject({ trimmed: 0, first: 7, done: true, heldBackBy });
});

test('a parked event stays, and everything behind it', async () => {
  standing('feed', 10, 8, 4);
  const heldBackBy = { projection: 'feed', position: 4, parked: true };
  expect(await trim()).toMatchObject({ trimmed: 3, first: 4, heldBackBy });
});

test('those who ask at the same time take turns', async () => {
  const operation = trimOperation(file, data());
  const outcomes = await Promise.all([1, 2, 3].map(() => operation({ archive: archive() })));
  expect(outcomes.map(({ trimmed }) => trimmed)).toEqual([9, 0, 0]);
});

test('events are still taken meanwhile', async () => {
  const trimming = trim();
  const taken = await Promise.all([1, 2, 3].map(() => file.log.append([sampleEvent()])));
  expect(taken.flat().map(({ position }) => position)).toEqual([11, 12, 13]);
  expect(await trimming).toMatchObject({ trimmed: 10 });
});
