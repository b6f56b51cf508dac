import type { EventType } from '../../../events/catalog.ts';
import type { RecordedEvent } from '../../../events/envelope.ts';
import { FigtreeError, isFigtreeError } from '../../../events/errors.ts';
import type { EventLogReader, EventPage, ReadQuery } from '../../../ports/event-log.ts';
import type { LogArchive } from '../../../ports/log-archive.ts';
import { openArchiveFolder } from './folder.ts';
import { type ArchivedLines, archivedLines, lineReading } from './archived-events.ts';
import { readLogFact } from '../log/facts.ts';
import type { DataOpening } from '../keys/sealed-data.ts';
import { openSqlite } from '../files/sqlite.ts';
import { openSqliteEventLogReader } from '../log/event-log-reader.ts';

export interface LogWithArchiveOptions {
  readonly logPath: string;
  /** A folder from which everything that it holds is read, and the log from there on. Without it the log is read, with
   *  the archive that it was trimmed to for older events. */
  readonly archive?: string;
  /** How the log itself is read; it is closed with the whole. Default: the ordinary reader. */
  readonly log?: EventLogReader;
  /** Unseals text of both; closed with the whole. Default: nothing is sealed. */
  readonly opening?: DataOpening;
}

/** An archive and the log that continues it, read as one. A log that was never trimmed is read as if there were no
 *  archives. Throws EVENTS_ARCHIVED if the place of older events is unknown; ARCHIVE_DAMAGED, ARCHIVE_FOREIGN. */
export function openLogWithArchive({ logPath, archive: folder, ...options }: LogWithArchiveOptions): EventLogReader {
  const { opening } = options;
  const log = options.log ?? openSqliteEventLogReader(logPath, opening);
  const archives = new Map<string, Promise<OpenArchive>>();

  /** With at least the events up to a position. */
  async function openArchive(path: string, upTo: number): Promise<OpenArchive> {
    const known = await archives.get(path)?.catch(() => undefined);
    if (known !== undefined && known.lastPosition >= upTo) return known;
    const loading = loadArchive(path, { logPath, named: path === folder, opening });
    archives.set(path, loading);
    const opened = await loading;
    if (opened.lastPosition >= upTo) return opened;
    const message = `${path} ends at position ${opened.lastPosition}, but the log begins after position ${upTo}`;
    throw new FigtreeError('ARCHIVE_DAMAGED', message, { path });
  }

  /** The archive before the log, if there is one; `upTo` is its last position. */
  async function before(error: unknown): Promise<{ upTo: number; archive: OpenArchive } | undefined> {
    if (!isFigtreeError(error, 'EVENTS_ARCHIVED')) return undefined;
    const { first, archive = folder } = error.details;
    if (archive === undefined) return undefined;
    return { upTo: first - 1, archive: await openArchive(folder ?? archive, first - 1) };
  }

  async function read(query: ReadQuery): Promise<EventPage> {
    if (folder !== undefined) {
      const archive = await openArchive(folder, 0);
      if (query.after < archive.lastPosition) return joined(query, archive, archive.lastPosition);
    }
    try {
      return await log.read(query);
    } catch (error) {
      const older = await before(error);
      if (older === undefined) throw error;
      return joined(query, older.archive, older.upTo);
    }
  }

  async function olderPage(archive: OpenArchive, query: ReadQuery & { upTo: number }): Promise<Page> {
    opening?.catchUp();
    try {
      return await pageOfArchive(archive, query);
    } catch (error) {
      if (!isFigtreeError(error, 'ARCHIVE_DAMAGED')) throw error;
      // An erasure renames the files that it changes, and the manifest was read before.
      archives.clear();
      return pageOfArchive(await openArchive(archive.path, archive.lastPosition), query);
    }
  }

  async function joined(query: ReadQuery, archive: OpenArchive, lastPosition: number): Promise<EventPage> {
    const upTo = Math.min(lastPosition, query.upTo ?? Infinity);
    const page = await olderPage(archive, { ...query, upTo });
    const limit = query.limit - page.events.length;
    if (page.position < upTo || upTo < lastPosition || page.full || limit <= 0) return page;
    const rest = await read({ ...query, after: page.position, limit });
    return { events: [...page.events, ...rest.events], position: rest.position };
  }

  return {
    head: log.head,
    read,
    async readFlow(correlationId, limit) {
      const older = await log.read({ after: 0, limit: 1 }).then(() => undefined, before);
      const found = older === undefined ? [] : await flowInArchive(older, correlationId, limit);
      if (found.length >= limit) return found;
      return [...found, ...(await log.readFlow(correlationId, limit - found.length))];
    },
    close: log.close,
  };
}

interface OpenArchive {
  readonly path: string;
  readonly archive: LogArchive;
  readonly lines: ArchivedLines;
  readonly reading: ReturnType<typeof lineReading>;
  readonly lastPosition: number;
}

interface LoadOptions {
  readonly logPath: string;
  /** By the reader, not by the log. */
  readonly named: boolean;
  readonly opening: DataOpening | undefined;
}

async function loadArchive(path: string, { logPath, named, opening }: LoadOptions): Promise<OpenArchive> {
  const archive = openArchiveFolder(path);
  const manifest = await archive.manifest();
  if (manifest === undefined) {
    const trimmed = `, but ${logPath} was trimmed to it: put it back, or tell the log its new place with figtree archive FOLDER --trim`;
    throw new FigtreeError('ARCHIVE_DAMAGED', `${path} contains no archive${named ? '' : trimmed}`, { path });
  }
  const database = openSqlite(logPath, { readOnly: true, synchronous: 'FULL', cacheMiB: 1, autocheckpointMiB: 0 });
  const id = readLogFact(database, 'id');
  database.close();
  if (manifest.log !== id) {
    throw new FigtreeError('ARCHIVE_FOREIGN', `${path} is the archive of a different log than ${logPath}`, { path });
  }
  const lines = archivedLines(archive, manifest.files);
  return { path, archive, lines, reading: lineReading(archive, opening), lastPosition: manifest.lastPosition };
}

// Like the log's own pages: limited by characters of data, read in portions.
const PAGE_CHARACTERS_MAX = 2_000_000;
// How far one page searches for rare types; the next page continues there. An archive has no index.
const SCANNED_LINES_MAX = 200_000;

type Page = EventPage & { /** By size or by what it has looked at. */ readonly full: boolean };

async function pageOfArchive(
  { archive, lines, reading }: OpenArchive,
  { after, upTo, limit, types, key }: ReadQuery & { upTo: number },
): Promise<Page> {
  const wanted = types && new Set<EventType>(types);
  const events: RecordedEvent[] = [];
  let [position, characters, lookedAt] = [after, 0, 0];
  const full = () => characters >= PAGE_CHARACTERS_MAX || lookedAt >= SCANNED_LINES_MAX;
  while (position < upTo && events.length < limit && !full()) {
    const from = position;
    for (const line of await lines.behind(position, upTo)) {
      position = line.position;
      lookedAt += 1;
      const found = reading.read(line, wanted, key);
      if (found === undefined) {
        if (full()) break;
        continue;
      }
      events.push(found.event);
      characters += found.characters;
      if (events.length >= limit || full()) break;
    }
    if (position === from) throw missing(archive, from + 1);
  }
  return { events, position: limit > 0 ? Math.max(position, Math.min(upTo, after)) : after, full: full() };
}

async function flowInArchive(
  { archive: { archive, lines, reading }, upTo }: { archive: OpenArchive; upTo: number },
  correlationId: string,
  limit: number,
): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  const text = JSON.stringify(correlationId);
  for (let position = 0; position < upTo && events.length < limit;) {
    const from = position;
    for (const line of await lines.behind(position, upTo)) {
      position = line.position;
      const event = line.line.includes(text) ? reading.read(line, undefined, undefined)?.event : undefined;
      if (event?.correlationid === correlationId) events.push(event);
      if (events.length >= limit) break;
    }
    if (position === from) throw missing(archive, from + 1);
  }
  return events;
}

function missing({ place }: LogArchive, position: number): FigtreeError {
  return new FigtreeError('ARCHIVE_DAMAGED', `${place} contains no event at position ${position}`, { path: place });
}
