import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FigtreeError } from '../../../events/errors.ts';

// The log and the person keys are only for the user that Figtree runs as. A folder that existed before, such as a
// volume, is usually accessible to all users.

const OTHERS = 0o077;
const ANYBODY_WRITES = 0o002;
const GROUP_WRITES = 0o020;
const OURS = /\.(db|lock|pid)\b|^live\.json/;

/** Removes the permissions of group and others from Figtree's files in a data folder. Returns what others can still do,
 *  undefined if that is nothing. Throws DATA_EXPOSED if other users could replace files. On Windows, whose permissions
 *  differ, it does nothing. */
export function closeToOthers(folder: string): string | undefined {
  if (process.platform === 'win32') return undefined;
  const { mode } = statSync(folder);
  if ((mode & ANYBODY_WRITES) !== 0) throw exposed(folder, `chmod o-w ${folder}`);
  const open = [folder, join(folder, 'rebuilds')].flatMap(closeFiles);
  if (open.length > 0)
    return `other users can read ${open.join(', ')}, and this process is not permitted to change that`;
  if ((mode & GROUP_WRITES) !== 0) return `its group can write to ${folder}: chmod 700 ${folder}`;
  return (mode & OTHERS) === 0
    ? undefined
    : `other users can enter ${folder}, although they can read no file in it: chmod 700 ${folder}`;
}

/** Returns those that remain accessible. */
function closeFiles(folder: string): string[] {
  return namesIn(folder)
    .filter((name) => OURS.test(name))
    .map((name) => join(folder, name))
    .filter((path) => !closeFile(path));
}

function closeFile(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || !stats.isFile() || (stats.mode & OTHERS) === 0) return true;
  try {
    chmodSync(path, stats.mode & 0o700);
    return true;
  } catch {
    // It belongs to another user.
    if ((stats.mode & ANYBODY_WRITES) !== 0) throw exposed(path, `chmod 600 ${path}`);
    return false;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function exposed(path: string, remedy: string): FigtreeError {
  return new FigtreeError('DATA_EXPOSED', `Every user of this machine can write to ${path}: ${remedy}`, { path });
}
