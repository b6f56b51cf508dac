import { statSync } from 'node:fs';
import { pause } from '../../../resilience/clock.ts';
import { openSqlite, PAGE_BYTES } from '../../../adapters/embedded/files/sqlite.ts';
import { joinHost } from '../../threads/joining.ts';
import { duringPause, type PauseMethods } from './commit-pauses.ts';

/** Input of the checkpoint thread. */
export interface CheckpointTask {
  readonly path: string;
  /** A smaller WAL is not copied. */
  readonly fromBytes: number;
  /** A larger WAL is restarted during a pause of the writer, if it never pauses by itself. */
  readonly anewFromBytes: number;
}

// Copies the log's WAL into its file, in a separate thread: a checkpoint takes milliseconds, which would otherwise be a publisher's
// longest wait. PASSIVE never blocks the writer; once everything is copied, the writer's next commit restarts the WAL. A writer
// that commits continuously leaves no such moment, so for a large WAL it is asked to pause, and RESTART copies the rest.
const CHECK_MS = 250;
// The maximum wait for a reader that blocks the restart.
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
    await pause(CHECK_MS);
    const wal = statSync(`${path}-wal`, { throwIfNoEntry: false });
    if (wal === undefined || wal.size < fromBytes || wal.mtimeMs === copiedAtMs) continue;
    if (await copyAll()) copiedAtMs = wal.mtimeMs;
  }
}

/** Resolves with true if the complete WAL was copied. */
async function copyAll(): Promise<boolean> {
  try {
    const { log, checkpointed } = passive.get() as { log: number; checkpointed: number };
    // The WAL's file never shrinks, so its content counts instead of its size.
    if (log * PAGE_BYTES >= anewFromBytes) {
      // Copies the frames that were written during the first copy, so that the pause is short.
      passive.get();
      await duringPause(host, () => restart.get());
    }
    return checkpointed === log;
  } catch {
    // The disk is full or a reader blocks the copy: the log reports its own failures, and the copy is retried.
    return false;
  }
}
