import { closeSync, existsSync, lstatSync, openSync, realpathSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FigtreeError, isFigtreeError } from '../../../events/errors.ts';

export interface SqliteOptions {
  readonly readOnly?: boolean;
  /** FULL: a commit survives power loss. NORMAL: it survives a crash of the process; after power loss the newest
   *  commits may be missing, but never torn. */
  readonly synchronous: 'FULL' | 'NORMAL';
  readonly cacheMiB: number;
  /** Size of the WAL at which a commit also checkpoints; 0 disables that. */
  readonly autocheckpointMiB: number;
}

// Twice SQLite's default: a commit of many rows writes half as many frames to the WAL, and one of a single row costs
// the same fsync.
export const PAGE_BYTES = 8192;
const BUSY_TIMEOUT_MS = 5000;

/** The one place where a database is opened. SQLite treats a name that begins with `file:` as a URI and `:memory:` as
 *  no file at all, so it is given absolute paths, which begin with neither; only exactly `:memory:` is passed on. A
 *  file that is created here is accessible to its owner only, and SQLite creates the WAL with the same mode. */
export function openDatabase(path: string, options: { readonly readOnly?: boolean; readonly timeout?: number } = {}) {
  if (path === ':memory:') return new DatabaseSync(path, options);
  const absolute = resolve(path);
  if (options.readOnly !== true) makePrivateFile(absolute);
  return new DatabaseSync(absolute, options);
}

// Only if it does not exist: closing a file that SQLite has open in this process would release its locks.
function makePrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch {
    // It exists, or it cannot be created, which SQLite will report itself.
  }
}

/** Opens a database file in WAL mode. Every setting that matters is explicit, none is a default of the binding. */
export function openSqlite(path: string, options: SqliteOptions): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    // Waits from the first statement on: after a crash, the first process to open the file locks it during recovery.
    database = openDatabase(path, { readOnly: options.readOnly ?? false, timeout: BUSY_TIMEOUT_MS });
    // Only affects a new file, before anything is written.
    if (!options.readOnly) database.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL`);
    database.exec(`
      PRAGMA synchronous = ${options.synchronous};
      PRAGMA cache_size = ${-1024 * options.cacheMiB};
      PRAGMA wal_autocheckpoint = ${(options.autocheckpointMiB * 2 ** 20) / PAGE_BYTES};
      PRAGMA temp_store = MEMORY;
    `);
    return database;
  } catch (error) {
    database?.close();
    throw storageError(error, path);
  }
}

/** Removes a closed database file with its WAL and journal. If it is a link, the target is removed as well: SQLite
 *  wrote to it, and its content would remain. */
export function removeDatabase(path: string): void {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  const places = isLink && existsSync(path) ? [realpathSync(path), path] : [path];
  for (const place of places) {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(place + suffix, { force: true });
  }
}

export interface FileFormat {
  readonly path: string;
  readonly version: number;
  readonly schema: string;
}

/** Creates the schema once and refuses a file that a newer Figtree wrote. */
export function migrate(database: DatabaseSync, { path, version, schema }: FileFormat): void {
  if (knownFormat(database, { path, version }) === version) return;
  database.exec(`BEGIN IMMEDIATE; ${schema}; PRAGMA user_version = ${version}; COMMIT;`);
}

/** The file's format, 0 for a new one. Throws DATA_NEWER if it is beyond `version`. */
export function knownFormat(database: DatabaseSync, { path, version }: Omit<FileFormat, 'schema'>): number {
  const found = (database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
  if (found <= version) return found;
  throw new FigtreeError('DATA_NEWER', `${path} was written by a newer Figtree (format ${found}, known ${version})`);
}

// Primary result codes, https://www.sqlite.org/rescode.html
const SQLITE_FULL = 13;
const DAMAGED = new Set([11, 26]); // CORRUPT, NOTADB
// SQLite reports this, with its most general code, for a full-text index whose own tables it cannot read.
const TABLE_UNREADABLE = /^vtable constructor failed/;
const FAILED = new Set([5, 6, 7, 8, 10, 14]); // BUSY, LOCKED, NOMEM, READONLY, IOERR, CANTOPEN

/** Converts a failure of the disk to an error of the catalogue, even if it is the cause of another error. Anything
 *  else, such as a violated constraint, is a fault of the statement and is returned unchanged. */
export function storageError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || isFigtreeError(error)) return error;
  return failureOfStorage(error, path) ?? failureOfStorage(error.cause, path) ?? error;
}

function failureOfStorage(error: unknown, path: string): FigtreeError | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  const primary = error.errcode & 0xff;
  const details = { path, errcode: error.errcode, cause: error };
  if (primary === SQLITE_FULL) return new FigtreeError('STORAGE_FULL', `No space left for ${path}`, details);
  if (DAMAGED.has(primary) || TABLE_UNREADABLE.test(error.message)) {
    return new FigtreeError('DATA_DAMAGED', `${path} is damaged: ${error.message}`, details);
  }
  if (!FAILED.has(primary)) return undefined;
  return new FigtreeError('STORAGE_FAILED', `${path} cannot be written or read: ${error.message}`, details);
}
