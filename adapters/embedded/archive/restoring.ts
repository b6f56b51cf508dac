import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { FigtreeError } from '../../../events/errors.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { ArchiveManifest, LogArchive } from '../../../ports/log-archive.ts';
import { damagedFile, linesIn, unpackFile } from './files.ts';
import { isEmptyLog, tableWriter } from './tables.ts';
import { checkedRowOf } from './checked-lines.ts';
import type { LockedDataFolder } from '../files/data-folder.ts';
import { EVENT_COLUMNS, EVENT_LOG_SCHEMA } from '../log/event-rows.ts';
import { writeLogFact, ensureLogId } from '../log/facts.ts';
import { LOG_FILE_SCHEMA } from '../log/log-file.ts';
import { unregisteredFiles } from '../projection/unregistered.ts';
import { syncFile, syncFolder } from '../files/durable-writes.ts';
import { keptTexts } from '../quarantine/quarantine.ts';
import { openDatabase, openSqlite, PAGE_BYTES, removeDatabase, storageError } from '../files/sqlite.ts';

export interface RestoreOptions {
  /** Held by this process, so that no other writes meanwhile. */
  readonly folder: LockedDataFolder;
  readonly archive: LogArchive;
  /** Those whose files are removed. */
  readonly projections: readonly ProjectionName[];
  readonly signal: AbortSignal;
  onProgress(position: number, lastPosition: number): void;
}

export interface RestoreOutcome {
  readonly events: number;
  readonly quarantined: number;
  readonly relationships: number;
  /** The log's head when the quarantine and the legacy memory were copied. */
  readonly tablesPosition: number;
}

// A new file beside the log's, renamed to it once it is complete. Remains of a killed restore are discarded: starting
// over takes seconds, and a partial file can never be taken for a complete one.
const UNFINISHED = 'log.db.restoring';

/** Restores the log of a data folder from an archive. Throws DATA_NOT_EMPTY if the folder holds anything;
 *  ARCHIVE_DAMAGED with the name of a file that does not match the manifest. Projections are removed, because they are
 *  rebuilt. */
export async function restoreArchive(options: RestoreOptions): Promise<RestoreOutcome> {
  const { folder, archive } = options;
  requireEmpty(folder.log);
  const manifest = await archive.manifest();
  if (manifest === undefined) {
    throw new FigtreeError('ARCHIVE_DAMAGED', `${archive.place} contains no manifest.json`, { path: archive.place });
  }
  const unfinished = join(folder.path, UNFINISHED);
  removeDatabase(unfinished);
  try {
    const outcome = await buildLog(unfinished, manifest, options);
    removeProjections(folder.path, options.projections);
    removeDatabase(folder.log);
    syncFile(unfinished);
    renameSync(unfinished, folder.log);
    syncFolder(folder.path);
    return outcome;
  } catch (error) {
    removeDatabase(unfinished);
    throw storageError(error, unfinished);
  }
}

function requireEmpty(path: string): void {
  if (!existsSync(path)) return;
  let empty: boolean;
  const database = openSqlite(path, { synchronous: 'FULL', cacheMiB: 1, autocheckpointMiB: 0 });
  try {
    const { tables } = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() as { tables: number };
    empty = tables === 0 || isEmptyLog(database);
  } catch (error) {
    throw storageError(error, path);
  } finally {
    database.close();
  }
  if (!empty) throw new FigtreeError('DATA_NOT_EMPTY', `${path} already contains events or refused items`, { path });
}

async function buildLog(
  path: string,
  manifest: ArchiveManifest,
  { archive, signal, onProgress }: RestoreOptions,
): Promise<RestoreOutcome> {
  const database = openDatabase(path);
  try {
    const { tables, indexes } = schemaInTwo();
    // Worthless until it is complete, so nothing is written twice and nothing waits for the disk.
    database.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
      PRAGMA cache_size = ${-1024 * 64}; PRAGMA temp_store = FILE; BEGIN; ${tables}`);
    const take = eventWriter(database);
    for (const file of manifest.files) {
      signal.throwIfAborted();
      const text = await unpackFile(archive, file);
      let position = file.firstPosition;
      const damaged = (reason: string) => damagedFile(archive, file.name, reason);
      for (const line of linesIn(text)) {
        const taken = readingLine(
          () => take(line),
          (reason) => damaged(`position ${position} cannot be read: ${reason}`),
        );
        if (taken !== position) throw damaged(`position ${position} is missing`);
        position += 1;
      }
      if (position !== file.lastPosition + 1) throw damagedFile(archive, file.name, `it ends before ${position}`);
      onProgress(file.lastPosition, manifest.lastPosition);
    }
    const rows = { 'legacy-memory': 0, quarantine: 0, 'clock-mark': 0 };
    for (const file of manifest.tables.files) {
      const write = tableWriter(database, file.table);
      let row = 0;
      for (const line of linesIn(await unpackFile(archive, file))) {
        row += 1;
        readingLine(
          () => write(line),
          (reason) => damagedFile(archive, file.name, `row ${row} cannot be read: ${reason}`),
        );
      }
      rows[file.table] += file.rows;
    }
    if (rows.quarantine > 0) {
      const texts = keptTexts(database);
      texts.keep(texts.bytes());
    }
    // Filled first and indexed then: each index is sorted once instead of growing event by event.
    readingLine(
      () => database.exec(indexes),
      (reason) => damagedFile(archive, 'manifest.json', `an event occurs twice: ${reason}`),
    );
    ensureLogId(database);
    writeLogFact(database, 'id', manifest.log);
    database.exec('PRAGMA user_version = 1; COMMIT');
    const { position } = manifest.tables;
    const [quarantined, relationships] = [rows.quarantine, rows['legacy-memory']];
    return { events: manifest.lastPosition, quarantined, relationships, tablesPosition: position };
  } finally {
    database.close();
  }
}

function schemaInTwo(): { tables: string; indexes: string } {
  const isIndex = (statement: string) => /CREATE (UNIQUE )?INDEX/.test(statement);
  const ofEvents = EVENT_LOG_SCHEMA.split(';').filter(isIndex);
  const tables = LOG_FILE_SCHEMA.split(';').filter((statement) => !ofEvents.includes(statement));
  return { tables: tables.join(';'), indexes: ofEvents.join(';') };
}

const SQLITE_CONSTRAINT = 19;
const SQLITE_MISMATCH = 20;

/** An error caused by a line's content is damage of its file; an error caused by the disk is not. */
function readingLine<Result>(read: () => Result, damage: (reason: string) => FigtreeError): Result {
  try {
    return read();
  } catch (error) {
    const { errcode, message } = error as Error & { errcode?: number };
    const ofLine = errcode === undefined || [SQLITE_CONSTRAINT, SQLITE_MISMATCH].includes(errcode & 0xff);
    throw ofLine ? damage(message) : error;
  }
}

/** Returns a function that inserts an event's line into the log and returns its position. */
function eventWriter(database: DatabaseSync): (line: string) => number {
  const insertName = database.prepare('INSERT INTO event_name (number, name) VALUES (?, ?)');
  const places = EVENT_COLUMNS.split(',')
    .map(() => '?')
    .join(', ');
  const insert = database.prepare(`INSERT INTO event (${EVENT_COLUMNS}) VALUES (${places})`);
  const numbers = new Map<string, number>();
  const numberOf = (name: string) => {
    let number = numbers.get(name);
    if (number === undefined) {
      numbers.set(name, (number = numbers.size + 1));
      insertName.run(number, name);
    }
    return number;
  };
  return (line) => {
    const row = checkedRowOf(line, numberOf);
    insert.run(...row);
    return row[0];
  };
}

/** With their versions, the pointer to the live ones, and the states of unfinished rebuilds. Person keys stay, because
 *  no archive has them. */
function removeProjections(folder: string, names: readonly ProjectionName[]): void {
  const ours = new RegExp(`^(${names.join('|')})(-[^/]*)?\\.db(\\.part)?(-wal|-shm|-journal)?$`);
  for (const file of unregisteredFiles(folder, names)) removeDatabase(join(folder, file));
  for (const name of readdirSync(folder)) {
    if (['live.json', 'rebuilds'].includes(name) || ours.test(name)) {
      rmSync(join(folder, name), { force: true, recursive: true });
    }
  }
}
