import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { FigtreeError } from '../../events/errors.ts';

/** Makes a folder and those above it that are missing. Throws what the system says.
 *  mkdirSync with `recursive` never returns where the folder above is there and says ENOENT all the same, as those of
 *  /proc do: it goes up, finds that one, comes down and begins again. */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  const above = dirname(path);
  if (above !== path) makeFolder(above);
  try {
    mkdirSync(path);
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** FILE_UNWRITABLE for what the system has refused; anything else as it is. */
export function unwritable(folder: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  return new FigtreeError('FILE_UNWRITABLE', `${folder} cannot be written: ${error.message}`, { cause: error });
}
