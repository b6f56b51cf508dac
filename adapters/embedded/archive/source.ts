import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { FigtreeError } from '../../../events/errors.ts';
import { dataFolder, lockDataFolder } from '../files/data-folder.ts';
import { DURABLE_FILE_FORMAT } from '../files/durable-file.ts';
import { readLogFact } from '../log/facts.ts';
import { openLogFile } from '../log/log-file.ts';
import { takeProcessLock } from '../files/process-lock.ts';
import { knownFormat, openSqlite } from '../files/sqlite.ts';

/** The log of a data folder for archiving: read-only, so its writer may run meanwhile. */
export interface ArchiveSource {
  readonly database: DatabaseSync;
  readonly log: string;
  close(): void;
}

/** DATA_MISSING if nothing was ever written; DATA_IN_USE if another process archives it. */
export async function openArchiveSource(path: string): Promise<ArchiveSource> {
  const folder = dataFolder(path);
  if (!existsSync(folder.log)) throw missing(path);
  // Two concurrent runs would each remove files that the other has not named yet.
  const lock = takeProcessLock(join(path, 'archive.lock'));
  if (lock === undefined) {
    throw new FigtreeError('DATA_IN_USE', `${path} is being archived by another process`, { path });
  }
  try {
    const database = openReading(folder.log) ?? raise(missing(path));
    let log = readLogFact(database, 'id');
    if (log === undefined) {
      await giveId(path);
      log = readLogFact(database, 'id') ?? '';
    }
    const close = () => {
      database.close();
      lock.release();
    };
    return { database, log, close };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function openReading(path: string): DatabaseSync | undefined {
  const database = openSqlite(path, { readOnly: true, synchronous: 'FULL', cacheMiB: 8, autocheckpointMiB: 0 });
  try {
    if (knownFormat(database, { path, version: DURABLE_FILE_FORMAT }) > 0) return database;
  } catch (error) {
    database.close();
    throw error;
  }
  database.close();
  return undefined;
}

/** A log created by an older Figtree gets its id from the next process that opens it for writing: this one. */
async function giveId(path: string): Promise<void> {
  const folder = lockDataFolder(path);
  try {
    await openLogFile(folder.log).close();
  } finally {
    folder.unlock();
  }
}

function missing(path: string): FigtreeError {
  return new FigtreeError('DATA_MISSING', `${path} contains no Figtree data yet`, { path });
}

function raise(error: FigtreeError): never {
  throw error;
}

/** Returns the space of trimmed events to the disk, and the resulting size of the log's file. Undefined if another
 *  process holds the folder, because its publishers would have to wait. */
export function shrinkLog(path: string): number | undefined {
  let folder: ReturnType<typeof lockDataFolder>;
  try {
    folder = lockDataFolder(path);
  } catch {
    return undefined;
  }
  try {
    const database = openSqlite(folder.log, { synchronous: 'FULL', cacheMiB: 8, autocheckpointMiB: 0 });
    try {
      database.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)');
      const { bytes } = database
        .prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size')
        .get() as { bytes: number };
      return bytes;
    } finally {
      database.close();
    }
  } finally {
    folder.unlock();
  }
}
