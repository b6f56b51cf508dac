import type { DatabaseSync } from 'node:sqlite';
import { openDatabase, storageError } from './sqlite.ts';

/** A lock of the operating system on an open SQLite file: it ends with the process, however that ends. */
export interface ProcessLock {
  release(): void;
}

// Keeps references, because the garbage collector closes an unreachable database, which would release its lock.
const held = new Set<DatabaseSync>();

const SQLITE_BUSY = 5;

/** Returns undefined if the lock is held, by this process or another one, and still is after `waitMs`. */
export function takeProcessLock(path: string, { waitMs = 0 } = {}): ProcessLock | undefined {
  const lock = opened(path, waitMs);
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (isBusy(error)) return undefined;
    throw storageError(error, path);
  }
  held.add(lock);
  return {
    release() {
      held.delete(lock);
      lock.close();
    },
  };
}

/** For a lock that has been taken at least once. */
export function isProcessLockTaken(path: string): boolean {
  const lock = opened(path, 0);
  try {
    lock.prepare('SELECT 1 FROM sqlite_schema').get();
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw storageError(error, path);
  } finally {
    lock.close();
  }
}

function opened(path: string, timeoutMs: number): DatabaseSync {
  try {
    return openDatabase(path, { timeout: timeoutMs });
  } catch (error) {
    throw storageError(error, path);
  }
}

function isBusy(error: unknown): boolean {
  return (error as { errcode?: number }).errcode === SQLITE_BUSY;
}
