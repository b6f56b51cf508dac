import type { EventType } from '../../../events/catalog.ts';
import type { RecordedEvent } from '../../../events/envelope.ts';
import { isFigtreeError } from '../../../events/errors.ts';
import type { ArchivedEvents, LogArchive } from '../../../ports/log-archive.ts';
import { damagedFile, unpackFile } from './files.ts';
import { ownNames, rowOf, typeOf } from './archived-lines.ts';
import { toRecordedEvent } from '../log/event-rows.ts';
import type { DataOpening } from '../keys/sealed-data.ts';

/** The lines of an archive by position. For a sequential reader the next file is unpacked in another thread; two files
 *  are in memory at most. */
export interface ArchivedLines {
  /** Every line after `after` up to `upTo`, within the file that contains the first of them; none if there is none.
   *  Throws ARCHIVE_DAMAGED if the file does not match the manifest. */
  behind(after: number, upTo: number): Promise<Iterable<ArchivedLine>>;
}

export interface ArchivedLine {
  readonly position: number;
  readonly line: string;
}

export function archivedLines(archive: LogArchive, files: readonly ArchivedEvents[]): ArchivedLines {
  let [open, ahead]: (OpenFile | undefined)[] = [];
  function load(file: ArchivedEvents): OpenFile {
    const text = unpackFile(archive, file);
    // A file that was read ahead may never be requested.
    text.catch(() => {});
    return { file, text, cursor: { position: file.firstPosition, at: 0 } };
  }
  function opened(file: ArchivedEvents): OpenFile {
    if (open?.file !== file) {
      open = ahead?.file === file ? ahead : load(file);
      const next = files[files.indexOf(file) + 1];
      ahead = next && load(next);
    }
    return open;
  }
  return {
    async behind(after, upTo) {
      const file = fileWith(files, after + 1);
      if (file === undefined || after >= upTo) return [];
      const { text, cursor } = opened(file);
      try {
        return linesFrom({ archive, file, text: await text, cursor }, after, upTo);
      } catch (error) {
        // It may be repaired while this process runs.
        if (open?.file === file) open = undefined;
        throw error;
      }
    },
  };
}

interface OpenFile {
  readonly file: ArchivedEvents;
  readonly text: Promise<Buffer>;
  /** The start of a position's line: for a sequential reader the next one. */
  readonly cursor: { position: number; at: number };
}

const LINE_END = 10;

function* linesFrom(
  { archive, file, text, cursor }: Omit<OpenFile, 'text'> & { archive: LogArchive; text: Buffer },
  after: number,
  upTo: number,
): Generator<ArchivedLine> {
  if (after + 1 < cursor.position) Object.assign(cursor, { position: file.firstPosition, at: 0 });
  let { position, at } = cursor;
  for (; position <= Math.min(upTo, file.lastPosition); position += 1) {
    const end = text.indexOf(LINE_END, at);
    if (end < 0) throw damagedFile(archive, file.name, `it ends before position ${position}`);
    if (position > after) {
      Object.assign(cursor, { position, at });
      yield { position, line: text.toString('utf8', at, end) };
    }
    at = end + 1;
  }
  Object.assign(cursor, { position, at });
}

function fileWith(files: readonly ArchivedEvents[], position: number): ArchivedEvents | undefined {
  let [from, to] = [0, files.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((files[middle]?.lastPosition ?? 0) < position) from = middle + 1;
    else to = middle;
  }
  return files[from];
}

export interface LineReading {
  /** The event of a line, if its type and key are wanted. */
  read(line: ArchivedLine, types: ReadonlySet<EventType> | undefined, key: string | undefined): Found | undefined;
}

interface Found {
  readonly event: RecordedEvent;
  /** Characters of its data as JSON. */
  readonly characters: number;
}

/** Reads lines through the rows from which they were made, like the log's own reader. */
export function lineReading(archive: LogArchive, opening?: DataOpening): LineReading {
  const names = ownNames();
  return {
    read({ position, line }, types, key) {
      if (types !== undefined && !types.has(typeOf(line))) return undefined;
      if (key !== undefined && !line.includes(JSON.stringify(key))) return undefined;
      try {
        const row = rowOf(line, names.give);
        if (row[0] !== position) throw new Error(`it has position ${row[0]}`);
        if (key !== undefined && row[5] !== key) return undefined;
        return { event: toRecordedEvent(row, names, opening), characters: row[12].length };
      } catch (error) {
        // The keys are missing; the archive is fine.
        if (isFigtreeError(error, 'DATA_DAMAGED')) throw error;
        throw damagedFile(archive, 'manifest.json', `position ${position} cannot be read: ${(error as Error).message}`);
      }
    },
  };
}
