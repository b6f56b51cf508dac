import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkProjectionFile } from './check.ts';
import { openProjectionFile } from './file.ts';

const SCHEMA = 'CREATE TABLE IF NOT EXISTS pair (name TEXT PRIMARY KEY, value INTEGER NOT NULL);';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-check-'));
  path = join(folder, 'projection.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function fill(): Promise<ReturnType<typeof openProjectionFile>> {
  const file = openProjectionFile({ path, version: 3, schema: SCHEMA });
  await file.commit(async () => {
    const insert = file.database.prepare('INSERT INTO pair VALUES (?, ?)');
    for (let row = 0; row < 2000; row += 1) insert.run(`name ${row} ${'x'.repeat(100)}`, row);
    return 5;
  });
  return file;
}

test('a sound file says where it stands, also while it is written', async () => {
  expect(checkProjectionFile(path)).toEqual({ state: 'missing' });
  const file = await fill();
  expect(checkProjectionFile(path)).toEqual({ state: 'sound', version: 3, position: 5 });
  file.close();
  expect(checkProjectionFile(path)).toEqual({ state: 'sound', version: 3, position: 5 });
});

test('one that lacks its end, or is none, is damaged', async () => {
  (await fill()).close();
  truncateSync(path, 20 * 8192);
  expect(checkProjectionFile(path)).toMatchObject({ state: 'damaged' });
  writeFileSync(path, 'no database '.repeat(1000));
  expect(checkProjectionFile(path)).toMatchObject({ state: 'damaged', reason: expect.stringContaining('database') });
  writeFileSync(path, '');
  expect(checkProjectionFile(path)).toEqual({ state: 'damaged', reason: 'it is empty' });
});

test('one whose writer was killed before it had any tables is damaged, so that it is begun anew', () => {
  // A transaction that is larger than the cache has been written in part when the process ends.
  const script = `
    const { DatabaseSync } = await import('node:sqlite');
    const database = new DatabaseSync(${JSON.stringify(path)});
    database.exec('PRAGMA cache_size = 1; CREATE TABLE t (a); BEGIN');
    for (let row = 0; row < 500; row += 1) database.exec("INSERT INTO t VALUES (hex(zeroblob(500)))");
    process.kill(process.pid, 'SIGKILL');
  `;
  spawnSync(process.execPath, ['--input-type=module', '--eval', script]);
  expect(checkProjectionFile(path)).toMatchObject({ state: 'damaged' });
});

test('what cannot be read at all is not called damaged', () => {
  mkdirSync(path);
  writeFileSync(join(path, 'file'), '');
  expect(() => checkProjectionFile(path)).toThrow(expect.objectContaining({ code: 'STORAGE_FAILED' }));
});
