import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { defined } from '../../../events/defined.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { readLivePointer } from '../projection/live-pointer.ts';
import { makeFolder } from '../../disk/made-folder.ts';
import { takeProcessLock } from './process-lock.ts';
import { closeToOthers } from './private-folder.ts';
import { openDatabase, storageError } from './sqlite.ts';

/** Names of the files in a data folder. */
export interface DataFolder {
  readonly path: string;
  readonly log: string;
  /** The file that is live at this moment. */
  projection(name: ProjectionName): string;
  /** The live files of several projections as of one moment, in the order of the names. */
  projections(names: readonly ProjectionName[]): ReadonlyMap<ProjectionName, string>;
}

export interface LockedDataFolder extends DataFolder {
  /** What other users can do with the files, if anything. */
  readonly exposed?: string;
  unlock(): void;
}

export function dataFolder(path: string): DataFolder {
  return {
    path,
    log: join(path, 'log.db'),
    projection: (name) => join(path, readLivePointer(path).of(name).live),
    projections(names) {
      const pointer = readLivePointer(path);
      return new Map(names.map((name) => [name, join(path, pointer.of(name).live)]));
    },
  };
}

/** Throws DATA_MISSING if there is no log, for commands that must not create one: a mistyped folder stays untouched. */
export function requireLog(path: string): void {
  if (existsSync(dataFolder(path).log)) return;
  throw new FigtreeError('DATA_MISSING', `${path} contains no Figtree data yet`, { path });
}

/** For readers beside the writer, or after it. Throws DATA_MISSING if no writer has created the log and the files of
 *  these projections yet. */
export function existingDataFolder(path: string, names: readonly ProjectionName[]): DataFolder {
  const folder = dataFolder(path);
  if (!isBuilt(folder.log)) throw new FigtreeError('DATA_MISSING', `${path} contains no Figtree data yet`, { path });
  for (const [name, file] of folder.projections(names)) if (!isBuilt(file)) throw notBuilt(path, name, file);
  return folder;
}

/** For a projection whose file nobody has created yet. */
export function notBuilt(path: string, name: ProjectionName, file: string): FigtreeError {
  const message = `${file} is not built yet: the next start of a server or import builds it`;
  return new FigtreeError('DATA_MISSING', message, { path, rebuild: name });
}

/** Creates the folder if necessary and locks it for this process. Throws DATA_IN_USE if another process holds it,
 *  DATA_EXPOSED if other users could write there. The lock ends with the process, however that ends. */
export function lockDataFolder(path: string): LockedDataFolder {
  try {
    makeFolder(path, 0o700);
  } catch (error) {
    throw new FigtreeError('STORAGE_FAILED', `${path} cannot be created: ${(error as Error).message}`, {
      path,
      cause: error,
    });
  }
  const exposed = closeToOthers(path);
  const holderFile = join(path, 'holder.pid');
  const lock = takeProcessLock(join(path, 'lock.db'));
  if (lock === undefined) {
    const pid = holderOf(holderFile);
    const holder = pid === undefined ? 'another process' : `process ${pid}`;
    throw new FigtreeError('DATA_IN_USE', `${path} is in use by ${holder}`, {
      path,
      ...defined({ pid }),
    });
  }
  noteHolder(holderFile);
  return {
    ...dataFolder(path),
    ...defined({ exposed }),
    unlock() {
      rmSync(holderFile, { force: true });
      lock.release();
    },
  };
}

/** Whether a file is there with its tables, which are created all at once: a writer that was killed early leaves files without. */
export function isBuilt(path: string): boolean {
  if (!existsSync(path)) return false;
  let database: DatabaseSync | undefined;
  try {
    database = openDatabase(path, { readOnly: true, timeout: 5000 });
    return database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() !== undefined;
  } catch (error) {
    // The writer was killed while it switched the new file to WAL mode: only a writer can recover that.
    if ((error as { errcode?: number }).errcode === SQLITE_READONLY_ROLLBACK) return false;
    throw storageError(error, path);
  } finally {
    database?.close();
  }
}

const SQLITE_READONLY_ROLLBACK = 776;

// Only the message of DATA_IN_USE needs it, so a full disk does not prevent locking.
function noteHolder(file: string): void {
  try {
    writeFileSync(file, `${process.pid}\n`, { mode: 0o600 });
  } catch {
    rmSync(file, { force: true });
  }
}

function holderOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}
