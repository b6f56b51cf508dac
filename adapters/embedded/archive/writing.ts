import type { DatabaseSync } from 'node:sqlite';
import { FigtreeError } from '../../../events/errors.ts';
import {
  type ArchivedEvents,
  type ArchivedRows,
  archivedTableNames,
  type ArchiveManifest,
  type LogArchive,
} from '../../../ports/log-archive.ts';
import { nextTurn } from '../../../resilience/clock.ts';
import { inOrder } from '../../../resilience/pool.ts';
import { type FileOf, inFiles, linesIn, packText, unpackFile } from './files.ts';
import { emptyManifest, manifestOf } from './manifest.ts';
import { tableLines } from './tables.ts';
import { instantOf, lineOf } from './archived-lines.ts';
import { EVENT_COLUMNS, type EventNames, type EventRow, readEventNames } from '../log/event-rows.ts';
import { eventsArchived } from '../log/trimmed-events.ts';

export interface ArchiveRun {
  /** Open for reading, beside its writer or after it. */
  readonly database: DatabaseSync;
  /** The id of that log. */
  readonly log: string;
  readonly archive: LogArchive;
  /** Ends the run after the current file; archived events stay archived. */
  readonly signal: AbortSignal;
  onProgress(position: number, head: number): void;
}

export interface ArchiveOutcome {
  readonly manifest: ArchiveManifest;
  /** New events and files, in this run. */
  readonly events: number;
  readonly files: number;
  readonly head: number;
}

/** Adds to an archive what the log holds at this moment and the archive does not. If it is interrupted, the archive is
 *  consistent: a file counts once the manifest names it, and the next run continues after it. Throws ARCHIVE_FOREIGN if
 *  the archive belongs to another log. */
export async function writeArchive(run: ArchiveRun): Promise<ArchiveOutcome> {
  const { database, archive, log } = run;
  const names = readEventNames(database);
  let manifest = await openManifest(run, names);
  const writer = manifestWriter(archive, manifest);
  // One moment for all small tables: a released item is either in the quarantine or in the events.
  database.exec('BEGIN');
  let head: number;
  try {
    head = headOf(database);
    await writer.replace({
      log,
      files: manifest.files,
      tables: { position: head, files: await copyTables(run, manifest) },
    });
  } finally {
    database.exec('COMMIT');
  }
  const before = manifest;
  for await (const file of archivedFiles(run, { after: before.lastPosition, head, names })) {
    manifest = writer.current();
    await writer.replace({ log, files: [...manifest.files, file], tables: manifest.tables });
    run.onProgress(file.lastPosition, head);
  }
  manifest = writer.current();
  await removeLeftovers(archive, manifest);
  const files = manifest.files.length - before.files.length;
  return { manifest, events: manifest.lastPosition - before.lastPosition, files, head };
}

function manifestWriter(archive: LogArchive, first: ArchiveManifest) {
  let current = first;
  return {
    current: () => current,
    async replace(parts: Pick<ArchiveManifest, 'log' | 'files' | 'tables'>) {
      const next = manifestOf(parts);
      if (JSON.stringify(next) === JSON.stringify(current)) return;
      await archive.replaceManifest((current = next));
    },
  };
}

/** For unsealed text, an erasure changes the log, and only those archives that it is given. */
export const ERASED_SINCE =
  ' (if a user was erased since, repair the archive with figtree erase USER_ID --yes --archive FOLDER)';

async function openManifest({ database, archive, log }: ArchiveRun, names: EventNames): Promise<ArchiveManifest> {
  const found = await archive.manifest();
  if (found === undefined) {
    const foreign = (await archive.list()).find((name) => !isOurs(name));
    if (foreign !== undefined) {
      const message = `${archive.place} contains other files (${foreign}): choose an empty folder`;
      throw new FigtreeError('REQUEST_INVALID', message);
    }
    const empty = emptyManifest(log);
    await archive.replaceManifest(empty);
    return empty;
  }
  const foreign = (reason: string) =>
    new FigtreeError('ARCHIVE_FOREIGN', `${archive.place} is not the archive of this log: ${reason}`, {
      path: archive.place,
    });
  if (found.log !== log) throw foreign(`it belongs to log ${found.log}, but this is ${log}`);
  const head = headOf(database);
  if (found.lastPosition > head)
    throw foreign(`it ends at position ${found.lastPosition}, but the log ends at ${head}`);
  const last = found.files.at(-1);
  const row = last && rowsBetween(database)(last.lastPosition - 1, last.lastPosition, 1)[0];
  if (last !== undefined && row !== undefined) {
    const line = [...linesIn(await unpackFile(archive, last))].at(-1);
    if (line !== lineOf(row, names)) throw foreign(`they differ at position ${last.lastPosition}${ERASED_SINCE}`);
  }
  return found;
}

/** Writes the tables to the archive, unless it has them already. */
async function copyTables({ database, archive }: ArchiveRun, { tables }: ArchiveManifest): Promise<ArchivedRows[]> {
  const copied: ArchivedRows[] = [];
  for (const table of archivedTableNames) {
    let number = 0;
    for (const { lines, text } of inFiles(tableLines(database, table), (line) => line)) {
      const { content, bytes, sha256 } = await packText(text);
      number += 1;
      const name = `${table}-${number}-${sha256.slice(0, 16)}.ndjson.gz`;
      const known = tables.files.some((file) => file.name === name && file.sha256 === sha256);
      if (!known) await archive.put(name, content);
      copied.push({ name, table, rows: lines, bytes, sha256 });
    }
  }
  return copied;
}

interface Stretch {
  readonly after: number;
  readonly head: number;
  readonly names: EventNames;
}

const FILES_IN_FLIGHT = 2;

/** Puts the events of a stretch into files, which are given in order. While they are packed and written, the next is read. */
function archivedFiles(run: ArchiveRun, stretch: Stretch): AsyncGenerator<ArchivedEvents, void> {
  return inOrder(rowsInTurns(run, stretch), (rows) => putEvents(run.archive, rows), FILES_IN_FLIGHT);
}

async function* rowsInTurns({ database, signal }: ArchiveRun, stretch: Stretch): AsyncGenerator<FileOf<EventRow>> {
  for (const rows of filesOfRows(database, stretch)) {
    yield rows;
    // What was read so far is on its way before this thread is busy with reading on.
    await nextTurn();
    if (signal.aborted) break;
  }
}

async function putEvents(archive: LogArchive, { first, last, lines, text }: FileOf<EventRow>): Promise<ArchivedEvents> {
  const { content, bytes, sha256 } = await packText(text);
  const day = dayOf(first);
  const name = `events-${day}-${String(first[0]).padStart(12, '0')}.ndjson.gz`;
  await archive.put(name, content);
  return {
    name,
    day,
    firstPosition: first[0],
    lastPosition: last[0],
    events: lines,
    firstRecordedtime: instantOf(first[9]),
    lastRecordedtime: instantOf(last[9]),
    bytes,
    sha256,
  };
}

function* filesOfRows(database: DatabaseSync, { after, head, names }: Stretch): Generator<FileOf<EventRow>> {
  const days = (row: EventRow, first: EventRow) => Math.floor(row[9] / DAY_MS) === Math.floor(first[9] / DAY_MS);
  yield* inFiles(rowsOf(database, after, head), (row) => lineOf(row, names), days);
}

const DAY_MS = 86_400_000;
const PAGE_EVENTS = 1000;

/** Every event after a position up to another one. Throws EVENTS_ARCHIVED if the first of them are no longer there. */
function* rowsOf(database: DatabaseSync, after: number, head: number): Generator<EventRow> {
  const page = rowsBetween(database);
  for (let last = after; last < head;) {
    const rows = page(last, head, PAGE_EVENTS);
    for (const row of rows) {
      if (row[0] !== last + 1) throw eventsArchived(database, row[0]);
      yield row;
      last = row[0];
    }
    if (rows.length === 0) throw new Error(`no event at position ${last + 1} of a log that ends at ${head}`);
  }
}

function rowsBetween(database: DatabaseSync): (after: number, upTo: number, limit: number) => EventRow[] {
  const page = database.prepare(
    `SELECT ${EVENT_COLUMNS} FROM event WHERE position > ? AND position <= ? ORDER BY position LIMIT ?`,
  );
  page.setReturnArrays(true);
  return (after, upTo, limit) => page.all(after, upTo, limit) as unknown as EventRow[];
}

/** Files of a run that was killed before the manifest named them, and tables that were replaced by newer ones. */
async function removeLeftovers(archive: LogArchive, { files, tables }: ArchiveManifest): Promise<void> {
  const named = new Set([...files, ...tables.files].map(({ name }) => name));
  for (const name of await archive.list()) if (isOurs(name) && !named.has(name)) await archive.remove(name);
}

const OURS = /^((events|legacy-memory|quarantine|clock-mark)-[a-z0-9-]+\.ndjson\.gz|manifest\.json)(\.part)?$/;

function isOurs(name: string): boolean {
  return OURS.test(name);
}

function headOf(database: DatabaseSync): number {
  return (database.prepare('SELECT coalesce(max(position), 0) AS head FROM event').get() as { head: number }).head;
}

function dayOf(row: EventRow): string {
  return instantOf(row[9]).slice(0, 10);
}
