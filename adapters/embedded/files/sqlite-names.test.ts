import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { existingDataFolder, lockDataFolder } from './data-folder.ts';
import { openLogFile } from '../log/log-file.ts';
import { openPersonKeys, personKeysPath } from '../keys/person-keys.ts';
import { openDatabase } from './sqlite.ts';

let root: string;
let before: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'figtree-names-'));
  before = process.cwd();
  process.chdir(root);
});
afterEach(() => {
  process.chdir(before);
  rmSync(root, { recursive: true });
});

test.each([
  'file:data',
  'file:data?mode=memory',
  'file:///data',
  ':memory:',
  'a?b#c',
  '100%25',
  ' a b ',
  '../x/../data',
  'FILE:data',
])('a data folder named %s lies in a folder of that name with all of its files', async (name) => {
  mkdirSync('x');
  process.chdir('x');
  const folder = lockDataFolder(name);
  const keys = openPersonKeys(personKeysPath(folder.log));
  keys.seal('a'.repeat(24), 'x', 'somewhere');
  keys.save();
  const file = openLogFile(folder.log);
  await file.quarantine.add([{ door: 'events', origin: 'x', problem: { code: 'NOT_JSON', message: 'm' }, raw: 'x' }]);
  expect(readdirSync(name)).toEqual(
    expect.arrayContaining(['holder.pid', 'keys.db', 'lock.db', 'log.db', 'log.db-wal']),
  );
  // The log exists, and what is missing is in the same folder.
  expect(() => existingDataFolder(name, ['feed'])).toThrow(
    expect.objectContaining({ message: expect.stringContaining('feed.db') }),
  );
  await file.close();
  keys.close();
  folder.unlock();
});

test('a database in memory is none in a file', () => {
  const database = openDatabase(':memory:');
  database.exec('CREATE TABLE t (x)');
  database.close();
  expect(readdirSync('.')).toEqual([]);
});
