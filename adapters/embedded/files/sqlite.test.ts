import { mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { openSqlite } from './sqlite.ts';

const settings = { synchronous: 'NORMAL', cacheMiB: 1, autocheckpointMiB: 1 } as const;

// Locks the file as the first process to open it after a crash does during recovery.
const HOLDER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { DatabaseSync } = require('node:sqlite');
  const database = new DatabaseSync(workerData);
  database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; INSERT INTO held VALUES (1); COMMIT');
  parentPort.postMessage('held');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  database.close();
`;

test('a file that another connection has locked for a moment is waited for, from the first statement on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'figtree-sqlite-'));
  const path = join(folder, 'a.db');
  try {
    const first = openSqlite(path, settings);
    first.exec('CREATE TABLE held (number INTEGER)');
    first.close();
    const holder = new Worker(HOLDER, { eval: true, workerData: path });
    const ended = once(holder, 'exit');
    await once(holder, 'message');
    const second = openSqlite(path, settings);
    expect(second.prepare('SELECT number FROM held').all()).toMatchObject([{ number: 1 }]);
    second.close();
    await ended;
  } finally {
    rmSync(folder, { recursive: true });
  }
});
