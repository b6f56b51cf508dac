import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { openSqlite } from '../../adapters/embedded/sqlite.ts';

// Copies the log's WAL into its file, beside the thread that appends: a checkpoint costs milliseconds, which would be the
// longest wait that a publisher sees. PASSIVE never makes the writer wait; once everything has been copied, the
// writer's next commit begins the WAL anew.
const CHECK_MS = 250;
const WAL_BYTES_MIN = 8 * 1024 * 1024;

const { path } = workerData as { path: string };
const database = openSqlite(path, { synchronous: 'FULL', cacheMiB: 2, autocheckpointPages: 0 });
let stopping = false;
parentPort?.once('message', () => (stopping = true));
parentPort?.postMessage('open');

while (!stopping) {
  await sleep(CHECK_MS);
  if (walBytes() >= WAL_BYTES_MIN) database.exec('PRAGMA wal_checkpoint(PASSIVE)');
}
database.close();
parentPort?.close();

function walBytes(): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}
