import type { DatabaseSync } from 'node:sqlite';
import { settlesWithin } from '../../../resilience/timeout.ts';
import { knownFormat, migrate, openSqlite, storageError } from './sqlite.ts';

/** The one file whose commits are fsynced: the event log, the quarantine and the legacy memory are tables of it, so that
 *  what comes in with one request is durable by one fsync.
 *
 *  Group commit: all work that is enqueued within one turn of the event loop shares a transaction. Under load the turn
 *  grows with the number of callers, so the fsyncs per second stay bounded by the disk and the events do not. */
export interface DurableFile {
  readonly database: DatabaseSync;
  readonly path: string;

  /** Runs `work` inside the next commit and resolves with its result after the fsync. Work runs in the order in which it
   *  was enqueued. If the commit fails, each work is tried again in a transaction of its own, so that one caller's
   *  failure is not another's; what fails then rejects, and nothing of it is kept. Work that `holdsBack` takes what
   *  comes behind it in the same commit with it when it fails: that may rest on it. Work must have no effect but on the
   *  database, because it may run twice. */
  enqueue<Result>(work: (database: DatabaseSync) => Result, options?: { holdsBack?: boolean }): Promise<Result>;

  /** Begins no commit while `work` runs, which may keep the file locked: what is enqueued meanwhile waits in memory, where
   *  SQLite would keep this thread from everything else. */
  pause<Result>(work: () => Promise<Result>): Promise<Result>;

  /** `committed` is called after each commit. */
  onCommitted(committed: () => void): void;

  /** `rolledBack` is called after a transaction was undone: whoever caches rows forgets them. */
  onRollback(rolledBack: () => void): void;

  /** How often this file was committed, and how long the last commits took, in milliseconds. */
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
  readonly holdsBack: boolean;
}

/** Of the tables in it: what this Figtree knows. A new file is of format 1, and of 2 once events were trimmed from it. */
export const DURABLE_FILE_FORMAT = 2;
const NEW_FILE_FORMAT = 1;

export function openDurableFile(path: string, schema: string): DurableFile {
  // A checkpoint of the WAL costs milliseconds, so it is left to a thread of its own (checkpoint-thread.ts); the
  // limit here is the last resort when that thread does not keep up.
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
      // A COMMIT that finds the disk full may have rolled back by itself.
      if (database.isTransaction) database.exec('ROLLBACK');
      rollbackListeners.forEach((listener) => listener());
      throw storageError(error, path);
    }
  }

  /** Gives whether all of it was kept. */
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
    let heldBack = false;
    for (const one of batch) {
      if (heldBack) one.reject(error);
      else heldBack = !settle([one]) && one.holdsBack;
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
    enqueue<Result>(work: (database: DatabaseSync) => Result, { holdsBack = false } = {}) {
      return new Promise<Result>((resolve, reject) => {
        if (closed) throw new Error(`${path} is closed`);
        waiting.push({ work, resolve, reject, holdsBack });
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

// Longer than any pause is meant to be.
const LAST_PAUSE_MS = 5000;

/** Has `flush` called once in a turn of the event loop, however often it is scheduled in it, and after a pause if there is one. */
function turnsWith(flush: () => void) {
  let scheduled = false;
  const pauses = new Set<Promise<unknown>>();

  function schedule(): void {
    // setImmediate comes after all sockets that were ready in this turn have been read: their events are together.
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
    /** Resolves when there is none, or when the last one takes too long. */
    async pausesEnded(): Promise<void> {
      if (pauses.size > 0) await settlesWithin(Promise.allSettled(pauses), LAST_PAUSE_MS);
    },
  };
}
