import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { FigtreeError } from '../../../events/errors.ts';

/** Replaces a file atomically: at any moment it has the old content or the new; once this returns, the new content
 *  survives power loss. Throws STORAGE_FULL or STORAGE_FAILED: then it may be either. */
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

/** Makes all previous writes to a file durable, from any process. */
export function syncFile(path: string): void {
  sync(path, 'r+');
}

/** Without this, power loss may undo a rename. Windows does not support it, and does not need it. */
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
