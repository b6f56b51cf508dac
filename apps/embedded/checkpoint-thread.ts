import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { openSqlite } from '../../adapters/embedded/sqlite.ts';

// Copies the log's WAL into its file, beside the thread that appends: a checkpoint costs milliseconds, which would be the
// longest wait that a publisher sees. PASSIVE never makes the writer wait; once everything has been copied, the
// writer's next commit begins the WAL anew. A writer that never pauses leaves no such moment, so a large WAL is begun
// anew by RESTART, for which the writer waits a little.
const CHECK_MS = 250;
const COPIED_FROM_BYTES = 8 * 1024 * 1024;
const RESTARTED_FROM_BYTES = 64 * 1024 * 1024;
const WRITER_WAITS_MS_MAX = 50;

const { path } = workerData as { path: string };
const database = openSqlite(path, { synchronous: 'FULL', cacheMiB: 2, autocheckpointMiB: 0 });
database.exec(`PRAGMA busy_timeout = ${WRITER_WAITS_MS_MAX}`);
const passive = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
const restart = database.prepare('PRAGMA wal_checkpoint(RESTART)');
let stopping = false;
parentPort?.once('message', () => (stopping = true));
parentPort?.postMessage('open');

let copiedAtMs = 0;
while (!stopping) {
  await sleep(CHECK_MS);
  const wal = statSync(`${path}-wal`, { throwIfNoEntry: false });
  if (wal === undefined || wal.size < COPIED_FROM_BYTES || wal.mtimeMs === copiedAtMs) continue;
  if (copyAll(wal.size)) copiedAtMs = wal.mtimeMs;
}
database.close();
parentPort?.close();

/** Gives whether all of it was copied. */
function copyAll(walBytes: number): boolean {
  try {
    const { log, checkpointed } = passive.get() as { log: number; checkpointed: number };
    if (walBytes >= RESTARTED_FROM_BYTES) restart.get();
    return checkpointed === log;
  } catch {
    // A full disk or a reader in the way: the log tells its own failures, and the copy is tried again.
    return false;
  }
}
