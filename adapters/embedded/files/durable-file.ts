import type { DatabaseSync } from 'node:sqlite';
import { settlesWithin } from '../../../resilience/timeout.ts';
import { knownFormat, migrate, openSqlite, storageError } from './sqlite.ts';

/** The one file whose commits are fsynced: the event log, the quarantine and the legacy memory are tables of it, so
 *  that one fsync makes everything durable that came with one request.
 *
 *  Group commit: all work that is enqueued within one turn of the event loop shares a transaction. Under load the turn
 *  grows with the number of callers, so the disk limits the number of fsyncs per second but not of events. */
export interface DurableFile {
  readonly database: DatabaseSync;
  readonly path: string;

  /** Runs `work` inside the next commit and resolves with its result after the fsync. Work runs in the order in which
   *  it was enqueued. If the commit fails, each work is retried in its own transaction, so that one caller's failure
   *  does not affect others; the work that fails then rejects, and nothing of it is kept. If work marked `isPrerequisite`
   *  fails, later work of the same commit fails too, because it may depend on it. Work must have no effect outside the
   *  database, because it may run twice. */
  enqueue<Result>(work: (database: DatabaseSync) => Result, options?: { isPrerequisite?: boolean }): Promise<Result>;

  /** Starts no commit while `work` runs, which may keep the file locked: work enqueued meanwhile waits in memory, where
   *  SQLite would block the whole thread. */
  pause<Result>(work: () => Promise<Result>): Promise<Result>;

  /** `committed` is called after each commit. */
  onCommitted(committed: () => void): void;

  /** `rolledBack` is called after a rollback, to invalidate caches of rows. */
  onRollback(rolledBack: () => void): void;

  /** The number of commits, and the durations of the last ones, in milliseconds. */
  readonly statistics: CommitStatistics;

  /** Commits what is enqueued, then closes. */
  close(): Promise<void>;
}

export interface CommitStatistics {
  commits: number;
  lastCommitMs: number;
}

interface Waiting {
  readonly work: (database: DatabaseSync) => unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
  readonly isPrerequisite: boolean;
}

/** The newest format that this code knows. A new file has format 1, and 2 once events were trimmed from it. */
export const DURABLE_FILE_FORMAT = 2;
const NEW_FILE_FORMAT = 1;

export function openDurableFile(path: string, schema: string): DurableFile {
  // A checkpoint of the WAL takes milliseconds, so it runs in its own thread (checkpoint-thread.ts); the limit here is
  // the last resort when that thread does not keep up.
  const database = openSqlite(path, { synchronous: 'FULL', cacheMiB: 12, autocheckpointMiB: 200 });
  try {
    const found = knownFormat(database, { path, version: DURABLE_FILE_FORMAT });
    if (found === 0) migrate(database, { path, version: NEW_FILE_FORMAT, schema });
  } catch (error) {
    database.close();
    throw storageError(error, path);
  }
  return groupCommit(database, path);
}

function groupCommit(database: DatabaseSync, path: string): DurableFile {
  const statistics: CommitStatistics = { commits: 0, lastCommitMs: 0 };
  const rollbackListeners: (() => void)[] = [];
  const commitListeners: (() => void)[] = [];
  let waiting: Waiting[] = [];
  let closed = false;
  const turns = turnsWith(flush);

  function transact(batch: readonly Waiting[]): unknown[] {
    try {
      database.exec('BEGIN IMMEDIATE');
      const results = batch.map(({ work }) => work(database));
      const start = performance.now();
      database.exec('COMMIT');
      statistics.commits += 1;
      statistics.lastCommitMs = performance.now() - start;
      return results;
    } catch (error) {
      // A COMMIT that finds the disk full may have rolled back already.
      if (database.isTransaction) database.exec('ROLLBACK');
      rollbackListeners.forEach((listener) => listener());
      throw storageError(error, path);
    }
  }

  /** Returns true if everything was committed. */
  function settle(batch: readonly Waiting[]): boolean {
    try {
      const results = transact(batch);
      batch.forEach(({ resolve }, index) => resolve(results[index] as never));
    } catch (error) {
      if (batch.length > 1) settleOneByOne(batch, error);
      else batch[0]?.reject(error);
      return false;
    }
    commitListeners.forEach((listener) => listener());
    return true;
  }

  function settleOneByOne(batch: readonly Waiting[], error: unknown): void {
    let prerequisiteFailed = false;
    for (const one of batch) {
      if (prerequisiteFailed) one.reject(error);
      else prerequisiteFailed = !settle([one]) && one.isPrerequisite;
    }
  }

  function flush(): void {
    const batch = waiting;
    waiting = [];
    if (batch.length > 0) settle(batch);
  }

  return {
    database,
    path,
    statistics,
    onRollback: (listener) => void rollbackListeners.push(listener),
    enqueue<Result>(work: (database: DatabaseSync) => Result, { isPrerequisite = false } = {}) {
      return new Promise<Result>((resolve, reject) => {
        if (closed) throw new Error(`${path} is closed`);
        waiting.push({ work, resolve, reject, isPrerequisite });
        turns.schedule();
      });
    },
    pause: turns.pause,
    onCommitted: (listener) => void commitListeners.push(listener),
    close: async () => {
      closed = true;
      await turns.pausesEnded();
      flush();
      database.close();
    },
  };
}

// Longer than any pause should be.
const LAST_PAUSE_MS = 5000;

/** Calls `flush` at most once per turn of the event loop, however often it is scheduled, and not during a pause. */
function turnsWith(flush: () => void) {
  let scheduled = false;
  const pauses = new Set<Promise<unknown>>();

  function schedule(): void {
    // setImmediate runs after all sockets that are ready in this turn were read: their events share the commit.
    if (!scheduled) setImmediate(turn);
    scheduled = true;
  }

  function turn(): void {
    scheduled = false;
    if (pauses.size === 0) flush();
  }

  return {
    schedule,
    async pause<Result>(work: () => Promise<Result>): Promise<Result> {
      const working = work();
      pauses.add(working);
      try {
        return await working;
      } finally {
        pauses.delete(working);
        schedule();
      }
    },
    /** Resolves when there is no pause, or when the last one takes too long. */
    async pausesEnded(): Promise<void> {
      if (pauses.size > 0) await settlesWithin(Promise.allSettled(pauses), LAST_PAUSE_MS);
    },
  };
}
