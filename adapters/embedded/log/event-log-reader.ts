import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RecordedEvent } from '../../../events/envelope.ts';
import type { EventLogReader, EventPage, ReadQuery } from '../../../ports/event-log.ts';
import { DURABLE_FILE_FORMAT } from '../files/durable-file.ts';
import { EVENT_COLUMNS, type EventNames, type EventRow, readEventNames, toRecordedEvent } from './event-rows.ts';
import { type DataOpening, plainData } from '../keys/sealed-data.ts';
import { knownFormat, openSqlite } from '../files/sqlite.ts';
import { trimGuard } from './trimmed-events.ts';

/** Opens the log for reading, beside its writer in this or another process. `opening` is closed with it. */
export function openSqliteEventLogReader(path: string, opening: DataOpening = plainData): EventLogReader {
  const database = openSqlite(path, { readOnly: true, synchronous: 'FULL', cacheMiB: 2, autocheckpointMiB: 0 });
  knownFormat(database, { path, version: DURABLE_FILE_FORMAT });
  const reader = eventLogReader(database, readEventNames(database), opening);
  return {
    ...reader,
    async close() {
      opening.close();
      database.close();
    },
  };
}

export function eventLogReader(
  database: DatabaseSync,
  names: EventNames,
  opening: DataOpening = plainData,
): Omit<EventLogReader, 'close'> {
  const head = database.prepare('SELECT coalesce(max(position), 0) AS head FROM event');
  const readHead = () => (head.get() as { head: number }).head;
  const assertNotTrimmed = trimGuard(database);
  const pages = pageStatements(database);
  const flow = arrays(
    database.prepare(
      `SELECT ${EVENT_COLUMNS} FROM event WHERE correlation = ?1
       UNION SELECT ${EVENT_COLUMNS} FROM event WHERE id = ?1 AND correlation IS NULL
       ORDER BY position LIMIT ?2`,
    ),
  );

  return {
    head: async () => readHead(),
    async read(query) {
      return readPage(query);
    },
    async readFlow(correlationId, limit) {
      return toEvents(rows(flow, correlationId, limit));
    },
  };

  function toEvents(found: readonly EventRow[]): RecordedEvent[] {
    if (found.length > 0) opening.catchUp();
    return found.map((row) => toRecordedEvent(row, names, opening));
  }

  function readPage(query: ReadQuery): EventPage {
    // The head is read before the page, so that a short page has certainly covered everything up to it; and before the
    // types, so that no type occurs first in a skipped event.
    const upTo = Math.min(readHead(), query.upTo ?? Infinity);
    const page = pageUpTo(query, upTo);
    // After the page, so that nothing in it can have been trimmed before it was read.
    assertNotTrimmed(query, upTo);
    return page;
  }

  function pageUpTo(query: ReadQuery, upTo: number): EventPage {
    const types = query.types && numbersOf(query.types, names);
    if (types?.length === 0) return { events: [], position: Math.max(query.after, upTo) };
    const { found, atEnd } = pages({ after: query.after, upTo, types, key: query.key }, query.limit);
    const events = toEvents(found);
    return { events, position: atEnd ? Math.max(query.after, upTo) : (events.at(-1)?.position ?? query.after) };
  }
}

/** Each known type once, in a fixed order: many queries share few statements. */
function numbersOf(types: readonly string[], names: EventNames): number[] {
  const numbers = types.map((type) => names.numberOf(type)).filter((number) => number !== undefined);
  return [...new Set(numbers)].toSorted((a, b) => a - b);
}

interface PageFilter {
  readonly after: number;
  readonly upTo: number;
  readonly types: readonly number[] | undefined;
  readonly key: string | undefined;
}

interface PageRows {
  readonly found: EventRow[];
  /** False if there may be more up to `upTo`. */
  readonly atEnd: boolean;
}

// A yubl's text may have 65,536 characters: a page of the longest would fill a thread's heap. So a page is read in
// portions and ends after the one that reaches this size. A thousand events of the usual size have a quarter of it.
const PAGE_CHARACTERS_MAX = 2_000_000;
const PORTION_EVENTS = 100;
// The size of the first events is unknown; later ones are assumed to be as large.
const FIRST_PORTION_EVENTS = 10;
const DATA_COLUMN = 12;

// How far a portion scans the log past events of other types before it uses the index on types. If its own types are
// frequent, scanning is cheaper; if they are rare, it would read the whole log.
const SCANNED_POSITIONS = 1000;

function pageStatements(database: DatabaseSync): (filter: PageFilter, limit: number) => PageRows {
  const prepared = new Map<string, StatementSync>();
  function statement(sql: string): StatementSync {
    let known = prepared.get(sql);
    if (known === undefined) prepared.set(sql, (known = arrays(database.prepare(sql))));
    return known;
  }
  const within = 'position > ?1 AND position <= ?2';
  const select = (where: string) => `SELECT ${EVENT_COLUMNS} FROM event WHERE ${where} AND ${within}`;
  const inOrder = (sql: string) => statement(`${sql} ORDER BY position LIMIT ?3`);

  return ({ after, upTo, types, key }, limit) => {
    // `+type` keeps SQLite from using the index on types, with which it would have to sort or skip all other keys.
    const ofTypes = types === undefined ? '' : ` AND +type IN (${types.join(', ')})`;
    if (key !== undefined) {
      const ofKey = inOrder(select(`key = ?4${ofTypes}`));
      return inPortions(limit, after, (from, count) => rows(ofKey, from, upTo, count, key));
    }
    const walk = inOrder(select(`TRUE${ofTypes}`));
    if (types === undefined) return inPortions(limit, after, (from, count) => rows(walk, from, upTo, count));
    // Each type from its own index, merged by SQLite.
    const merged = inOrder(types.map((type) => select(`type = ${type}`)).join(' UNION ALL '));
    return inPortions(limit, after, (from, count) => {
      const near = Math.min(upTo, from + SCANNED_POSITIONS);
      const walked = rows(walk, from, near, count);
      return walked.length === count ? walked : [...walked, ...rows(merged, near, upTo, count - walked.length)];
    });
  };
}

function inPortions(limit: number, after: number, portion: (after: number, count: number) => EventRow[]): PageRows {
  const found: EventRow[] = [];
  let characters = 0;
  let from = after;
  while (found.length < limit && characters < PAGE_CHARACTERS_MAX) {
    const wanted = Math.min(limit - found.length, portionAfter(found.length, characters));
    const read = portion(from, wanted);
    for (const row of read) {
      found.push(row);
      characters += row[DATA_COLUMN].length;
      from = row[0];
    }
    if (read.length < wanted) return { found, atEnd: true };
  }
  return { found, atEnd: false };
}

function portionAfter(events: number, characters: number): number {
  if (events === 0) return FIRST_PORTION_EVENTS;
  const fitting = Math.ceil(((PAGE_CHARACTERS_MAX - characters) * events) / characters);
  return Math.min(PORTION_EVENTS, fitting);
}

function arrays(statement: StatementSync): StatementSync {
  statement.setReturnArrays(true);
  return statement;
}

function rows(statement: StatementSync, ...parameters: (string | number)[]): EventRow[] {
  return statement.all(...parameters) as unknown as EventRow[];
}
