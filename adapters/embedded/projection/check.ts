import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { isFigtreeError } from '../../../events/errors.ts';
import { openSqlite, storageError } from '../files/sqlite.ts';

/** The state of a projection's file, before it is opened for writing. */
export type ProjectionFileState =
  | { readonly state: 'missing' }
  | { readonly state: 'damaged'; readonly reason: string }
  | { readonly state: 'sound'; readonly version: number; readonly position: number };

// SQLite checks a file of this size completely within some milliseconds.
const CHECKED_WHOLE_BYTES_MAX = 16 * 2 ** 20;

/** Detects a file that is no database, that is truncated or lacks tables, and, up to 16 MiB, any structural damage.
 *  Does not detect overwritten pages of a larger file, which fail when they are read, and changed values within intact
 *  pages, which only a comparison with the log reveals. */
export function checkProjectionFile(path: string): ProjectionFileState {
  const bytes = statSync(path, { throwIfNoEntry: false })?.size;
  if (bytes === undefined) return { state: 'missing' };
  if (bytes === 0) return { state: 'damaged', reason: 'it is empty' };
  let database: DatabaseSync | undefined;
  try {
    database = openSqlite(path, { readOnly: true, synchronous: 'NORMAL', cacheMiB: 2, autocheckpointMiB: 0 });
    return checkOpen(database, path, bytes);
  } catch (error) {
    // A disk that cannot be read right now says nothing about the file.
    const named = storageError(error, path);
    if (isFigtreeError(named, 'STORAGE_FAILED') && !isUnfinished(error)) throw named;
    return { state: 'damaged', reason: (error as Error).message };
  } finally {
    database?.close();
  }
}

const SQLITE_READONLY_ROLLBACK = 776;

/** Its writer was killed while it switched the new file to WAL mode; only a writer could recover that. */
function isUnfinished(error: unknown): boolean {
  const { errcode, cause } = error as { errcode?: number; cause?: { errcode?: number } };
  return errcode === SQLITE_READONLY_ROLLBACK || cause?.errcode === SQLITE_READONLY_ROLLBACK;
}

function checkOpen(database: DatabaseSync, path: string, bytes: number): ProjectionFileState {
  const damaged = (reason: string) => ({ state: 'damaged', reason }) as const;
  const found = database.prepare('SELECT position, version FROM figtree_progress').get();
  if (found === undefined) return damaged('it has no checkpoint');
  const pragma = (name: string) => Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
  const pageBytes = pragma('page_size');
  const pages = pragma('page_count');
  const present = Math.floor(bytes / pageBytes);
  // The end of a file may be only in its WAL until that is copied.
  const inWal = present < pages ? pagesInWal(`${path}-wal`) : new Set<number>();
  for (let page = present + 1; page <= pages; page += 1) {
    if (!inWal.has(page)) return damaged(`it has ${bytes} bytes, and page ${page} of ${pages} is missing`);
  }
  if (bytes <= CHECKED_WHOLE_BYTES_MAX) {
    const { quick_check: verdict } = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
    if (verdict !== 'ok') return damaged(verdict.replace(/\s*\n\s*/g, ' '));
  }
  const { position, version } = found as { position: number; version: number };
  return { state: 'sound', position, version };
}

const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/** Numbers of the pages that a WAL holds, https://www.sqlite.org/fileformat2.html#the_write_ahead_log. Reading it does
 *  not affect the locks of SQLite, which are on other files. */
function pagesInWal(path: string): Set<number> {
  const pages = new Set<number>();
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size < WAL_HEADER_BYTES) return pages;
  const file = openSync(path, 'r');
  try {
    const header = Buffer.alloc(WAL_HEADER_BYTES);
    readSync(file, header, 0, WAL_HEADER_BYTES, 0);
    const frameBytes = FRAME_HEADER_BYTES + header.readUInt32BE(8);
    const salts = header.subarray(16, 24);
    const frame = Buffer.alloc(FRAME_HEADER_BYTES);
    for (let at = WAL_HEADER_BYTES; at + frameBytes <= size; at += frameBytes) {
      readSync(file, frame, 0, FRAME_HEADER_BYTES, at);
      // Frames with other salts are from an earlier round and were already copied.
      if (!frame.subarray(8, 16).equals(salts)) break;
      pages.add(frame.readUInt32BE(0));
    }
  } finally {
    closeSync(file);
  }
  return pages;
}
