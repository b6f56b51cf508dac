import type { DatabaseSync } from 'node:sqlite';
import { openDatabase, storageError } from './sqlite.ts';

/** A lock of the operating system's on a SQLite file that is held open: whatever ends the process ends the lock. */
export interface ProcessLock {
  release(): void;
}

// The garbage collector closes a database that nobody refers to, and its lock would go with it.
const held = new Set<DatabaseSync>();

const SQLITE_BUSY = 5;

/** Undefined if somebody has it, in this process or in another one, and still has it after `waitMs`. */
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

/** Of a lock that somebody has taken once. */
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
