import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSqlite, PAGE_BYTES } from '../../../adapters/embedded/files/sqlite.ts';
import { joinHost } from '../../threads/joining.ts';
import { duringPause, type PauseMethods } from './commit-pauses.ts';

/** What the thread of the checkpoints is started with. */
export interface CheckpointTask {
  readonly path: string;
  /** A smaller WAL is left as it is. */
  readonly fromBytes: number;
  /** One that is larger is begun anew, if the writer leaves no moment for it. */
  readonly anewFromBytes: number;
}

// Copies the log's WAL into its file, beside the thread that appends: a checkpoint costs milliseconds, which would be the
// longest wait that a publisher sees. PASSIVE never makes the writer wait; once everything has been copied, the
// writer's next commit begins the WAL anew. A writer that never pauses leaves no such moment, so for a large WAL it is asked
// to pause, and RESTART takes the rest.
const CHECK_MS = 250;
// For a reader that is in the way.
const RESTART_WAITS_MS_MAX = 50;

const host = joinHost<PauseMethods, CheckpointTask>();
const { path, fromBytes, anewFromBytes } = host.input;
const database = openSqlite(path, { synchronous: 'FULL', cacheMiB: 2, autocheckpointMiB: 0 });
database.exec(`PRAGMA busy_timeout = ${RESTART_WAITS_MS_MAX}`);
const passive = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
const restart = database.prepare('PRAGMA wal_checkpoint(RESTART)');
let stopping = false;
const ended = copyUntilStopped();
host.serve({
  async stop() {
    stopping = true;
    await ended;
    database.close();
  },
});

async function copyUntilStopped(): Promise<void> {
  let copiedAtMs = 0;
  while (!stopping) {
    await sleep(CHECK_MS);
    const wal = statSync(`${path}-wal`, { throwIfNoEntry: false });
    if (wal === undefined || wal.size < fromBytes || wal.mtimeMs === copiedAtMs) continue;
    if (await copyAll()) copiedAtMs = wal.mtimeMs;
  }
}

/** Returns whether all of it was copied. */
async function copyAll(): Promise<boolean> {
  try {
    const { log, checkpointed } = passive.get() as { log: number; checkpointed: number };
    // The file of the WAL never shrinks, so what is in it counts.
    if (log * PAGE_BYTES >= anewFromBytes) {
      // What came while the first copy was made, so that the pause is short.
      passive.get();
      await duringPause(host, () => restart.get());
    }
    return checkpointed === log;
  } catch {
    // A full disk or a reader in the way: the log tells its own failures, and the copy is tried again.
    return false;
  }
}
