import { renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { FigtreeError } from '../../../events/errors.ts';
import { type BuildTable, openBuildPages, PAGE_BYTES } from './pages.ts';
import { beginProgress, PROJECTION_TABLES } from '../projection/tables.ts';
import { syncFile, syncFolder } from '../files/durable-writes.ts';
import { openDatabase, removeDatabase, storageError } from '../files/sqlite.ts';

/** What a projection's file is made of when it is written at once instead of grown. */
export interface BuildContent {
  readonly version: number;
  readonly schema: string;
  /** Rows that SQLite inserts, while the file has no index but those of keys. */
  insert(database: DatabaseSync): void;
  /** Tables by name whose rows are written straight into pages. */
  readonly tables: Readonly<Record<string, (table: BuildTable) => void>>;
  /** What is made from these. */
  derive?(database: DatabaseSync): void;
}

/** A projection that is held in memory until it is written as a whole. */
export interface ProjectionBuild {
  /** About how much memory it takes by now. */
  bytes(): number;
  /** Entries that the ordinary fan-out would have made, before feeds are cut to their length. */
  feedEntries(): number;
  /** Writes the file, complete and fsynced under its name, as one that has applied the log up to `position`. */
  write(path: string, position: number): void;
}

export const unfinished = (path: string) => `${path}.part`;

/** Writes the file beside its name and renames it when it is complete and on the disk: it has no journal, so a part of one is
 *  worth nothing. */
export function writeBuildFile(path: string, position: number, content: BuildContent): void {
  const part = unfinished(path);
  try {
    removeDatabase(part);
    const indexes = writeSmallTables(part, position, content);
    writeLargeTables(part, content);
    writeIndexes(part, indexes, content);
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

/** Gives the indexes, which are made when the tables are full. */
function writeSmallTables(part: string, position: number, { version, schema, insert }: BuildContent): Index[] {
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

function writeLargeTables(part: string, { tables }: BuildContent): void {
  const roots = withDatabase(part, (database) =>
    database.prepare("SELECT name, rootpage AS root FROM sqlite_schema WHERE type = 'table'").all(),
  ) as unknown as { name: string; root: number }[];
  const pages = openBuildPages(part);
  try {
    for (const { name, root } of roots) {
      const write = tables[name];
      if (write === undefined) continue;
      const table = pages.table(root);
      write(table);
      table.finish();
    }
  } finally {
    pages.close();
  }
}

function writeIndexes(part: string, indexes: readonly Index[], { tables, derive }: BuildContent): void {
  withDatabase(part, (database) => {
    database.exec('BEGIN');
    // Those of keys, which nobody may drop.
    for (const name of Object.keys(tables)) database.exec(`REINDEX ${name}`);
    derive?.(database);
    for (const { sql } of indexes) database.exec(sql);
    database.exec('COMMIT; PRAGMA journal_mode = WAL');
  });
}

/** Nothing of it is durable until the whole is. */
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
