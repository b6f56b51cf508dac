import { renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { FigtreeError } from '../../../events/errors.ts';
import type { WaitingRows } from './waiting-rows.ts';
import { beginProgress, PROJECTION_TABLES } from '../projection/tables.ts';
import { syncFile, syncFolder } from '../files/durable-writes.ts';
import { openDatabase, PAGE_BYTES, removeDatabase, storageError } from '../files/sqlite.ts';

/** The content of a projection's file that is written at once instead of row by row. */
export interface BuildContent {
  readonly version: number;
  readonly schema: string;
  /** While the file has no index but those of keys. */
  insert(database: DatabaseSync): void;
  /** Rows that were inserted into tables in memory before, and the SQL that copies them to the file. */
  readonly waiting?: { readonly rows: WaitingRows; readonly sql: string };
}

/** A projection that is held in memory until its complete file is written. */
export interface ProjectionBuild {
  /** The approximate memory that it currently uses. */
  bytes(): number;
  /** Entries that the ordinary fan-out would have made, before feeds are cut to their length. */
  feedEntries(): number;
  /** Writes and fsyncs the complete file, with `position` as the position up to which the log is applied. */
  write(path: string, position: number): void;
}

export const unfinished = (path: string) => `${path}.part`;

/** Writes the file under a temporary name and renames it once it is complete and fsynced: it is written without a journal, so an
 *  incomplete file cannot be recovered. */
export function writeBuildFile(path: string, position: number, content: BuildContent): void {
  const part = unfinished(path);
  try {
    removeDatabase(part);
    const indexes = writeTables(part, position, content);
    content.waiting?.rows.moveTo(part, content.waiting.sql);
    writeIndexes(part, indexes);
    syncFile(part);
    renameSync(part, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(part, { force: true });
    throw failureOf(error, path);
  }
}

interface Index {
  readonly name: string;
  readonly sql: string;
}

/** Returns the indexes, which are created when the tables are full. */
function writeTables(part: string, position: number, { version, schema, insert }: BuildContent): Index[] {
  return withDatabase(part, (database) => {
    database.exec('BEGIN');
    database.exec(PROJECTION_TABLES);
    database.exec(schema);
    beginProgress(database, { position, version });
    const indexes = database
      .prepare(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND name NOT GLOB 'figtree_*'",
      )
      .all() as unknown as Index[];
    for (const { name } of indexes) database.exec(`DROP INDEX ${name}`);
    insert(database);
    database.exec('COMMIT');
    return indexes;
  });
}

function writeIndexes(part: string, indexes: readonly Index[]): void {
  withDatabase(part, (database) => {
    database.exec('BEGIN');
    for (const { sql } of indexes) database.exec(sql);
    database.exec('COMMIT; PRAGMA journal_mode = WAL');
  });
}

/** Opens the file without a journal and without fsync, which is safe because an incomplete file is discarded. */
function withDatabase<Result>(path: string, use: (database: DatabaseSync) => Result): Result {
  const database = openDatabase(path);
  try {
    database.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
      PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY`);
    return use(database);
  } finally {
    database.close();
  }
}

function failureOf(error: unknown, path: string): unknown {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC') return new FigtreeError('STORAGE_FULL', `No space left for ${path}`, { path, cause: error });
  if (/^E[A-Z]+$/.test(code)) {
    return new FigtreeError('STORAGE_FAILED', `${path} cannot be written: ${message}`, { path, cause: error });
  }
  return storageError(error, path);
}
