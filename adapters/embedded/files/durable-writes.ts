import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { FigtreeError } from '../../../events/errors.ts';

/** The old content or the new one is there, whatever happens meanwhile; once this returns, the new one survives a power loss.
 *  STORAGE_FULL or STORAGE_FAILED: then it may be either. */
export function replaceFile(path: string, text: string): void {
  const beside = `${path}.new`;
  try {
    const file = openSync(beside, 'w', 0o600);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
    syncFolder(dirname(path));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const full = code === 'ENOSPC' || code === 'EDQUOT';
    throw new FigtreeError(full ? 'STORAGE_FULL' : 'STORAGE_FAILED', `${path} cannot be written: ${message}`, {
      path,
      cause: error,
    });
  }
}

/** What was written to a file, by whomever, survives a power loss once this returns. */
export function syncFile(path: string): void {
  sync(path, 'r+');
}

/** Without this a power loss may undo a rename. Windows knows no such thing, and needs none. */
export function syncFolder(path: string): void {
  if (process.platform !== 'win32') sync(path, 'r');
}

function sync(path: string, flags: 'r' | 'r+'): void {
  const file = openSync(path, flags);
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
