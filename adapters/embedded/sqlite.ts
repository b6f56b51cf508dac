import { DatabaseSync } from 'node:sqlite';
import { FigtreeError } from '../../events/errors.ts';

export interface SqliteOptions {
  readonly readOnly?: boolean;
  /** FULL: a commit survives power loss. NORMAL: it survives a crash of the process; after power loss the newest
   *  commits may be gone, never torn. */
  readonly synchronous: 'FULL' | 'NORMAL';
  readonly cacheMiB: number;
  /** Pages of WAL after which a commit also checkpoints; 0 leaves that to somebody else. */
  readonly autocheckpointPages: number;
}

/** Opens a database file in WAL mode. Every setting that matters is said, none is left to a binding's default. */
export function openSqlite(path: string, options: SqliteOptions): DatabaseSync {
  try {
    const database = new DatabaseSync(path, { readOnly: options.readOnly ?? false });
    if (!options.readOnly) database.exec('PRAGMA journal_mode = WAL');
    database.exec(`
      PRAGMA busy_timeout = 5000;
      PRAGMA synchronous = ${options.synchronous};
      PRAGMA cache_size = ${-1024 * options.cacheMiB};
      PRAGMA wal_autocheckpoint = ${options.autocheckpointPages};
      PRAGMA temp_store = MEMORY;
    `);
    return database;
  } catch (error) {
    throw storageError(error, path);
  }
}

/** Creates the schema once and refuses a file that a newer Figtree wrote. */
export function migrate(database: DatabaseSync, path: string, version: number, schema: string): void {
  const found = (database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
  if (found === version) return;
  if (found > version) {
    throw new FigtreeError('DATA_NEWER', `${path} was written by a newer Figtree (format ${found}, known ${version})`);
  }
  database.exec(`BEGIN IMMEDIATE; ${schema}; PRAGMA user_version = ${version}; COMMIT;`);
}

const SQLITE_FULL = 13;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;
const SQLITE_IOERR = 10;

/** A SQLite failure in terms of the error catalogue; anything else is given back as it is. */
export function storageError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return error;
  const primary = error.errcode & 0xff;
  const details = { path, errcode: error.errcode };
  if (primary === SQLITE_FULL) return new FigtreeError('STORAGE_FULL', `No space left for ${path}`, details, error);
  if (primary === SQLITE_CORRUPT || primary === SQLITE_NOTADB) {
    return new FigtreeError('DATA_DAMAGED', `${path} is damaged: ${error.message}`, details, error);
  }
  const reason = primary === SQLITE_IOERR ? 'The disk failed or is full' : error.message;
  return new FigtreeError('STORAGE_FAILED', `${reason}: ${path}`, details, error);
}
