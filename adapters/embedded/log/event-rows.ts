import type { DatabaseSync } from 'node:sqlite';
import type { EventType } from '../../../events/catalog.ts';
import type { RecordedEvent } from '../../../events/envelope.ts';
import { type DataOpening, plainData } from '../keys/sealed-data.ts';

// The log's table. Repeated names (types, sources) are numbers; a value equal to another column is NULL: subject = key,
// correlation = id. `SELECT * FROM events` in any SQLite shell shows it with names.
export const EVENT_LOG_SCHEMA = `
  CREATE TABLE event_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE event (
    position INTEGER PRIMARY KEY, id TEXT NOT NULL, source INTEGER NOT NULL, type INTEGER NOT NULL,
    version INTEGER NOT NULL, key TEXT NOT NULL, subject TEXT, sequence TEXT NOT NULL, time TEXT NOT NULL,
    recorded_ms INTEGER NOT NULL, correlation TEXT, extensions TEXT, data TEXT NOT NULL);
  CREATE UNIQUE INDEX event_id ON event (id, source);
  CREATE INDEX event_key ON event (key);
  CREATE INDEX event_type ON event (type);
  CREATE INDEX event_correlation ON event (correlation) WHERE correlation IS NOT NULL;
  CREATE VIEW events AS
    SELECT position, id, s.name AS source, t.name AS type, version, key, coalesce(subject, key) AS subject, sequence,
      time, datetime(recorded_ms / 1000.0, 'unixepoch', 'subsec') AS recorded, coalesce(correlation, id) AS correlation,
      extensions, data
    FROM event JOIN event_name s ON s.number = source JOIN event_name t ON t.number = type;
`;

export const EVENT_COLUMNS =
  'position, id, source, type, version, key, subject, sequence, time, recorded_ms, correlation, extensions, data';

/** A row as an array, in the order of EVENT_COLUMNS. */
export type EventRow = [
  position: number,
  id: string,
  source: number,
  type: number,
  version: number,
  key: string,
  subject: string | null,
  sequence: string,
  time: string,
  recordedMs: number,
  correlation: string | null,
  extensions: string | null,
  data: string,
];

/** The names behind the numbers. Reads them again when it meets an unknown number. */
export interface EventNames {
  nameOf(number: number): string;
  /** Undefined for a name that no event has used yet. */
  numberOf(name: string): number | undefined;
}

const NAMES_CACHED_MAX = 100_000;

export function readEventNames(database: DatabaseSync): EventNames & { forget(): void } {
  const byNumber = database.prepare('SELECT name FROM event_name WHERE number = ?');
  const byName = database.prepare('SELECT number FROM event_name WHERE name = ?');
  const names = new Map<number, string>();
  const numbers = new Map<string, number>();
  const forget = () => {
    names.clear();
    numbers.clear();
  };
  function remember(name: string, number: number): void {
    if (names.size >= NAMES_CACHED_MAX) forget();
    names.set(number, name);
    numbers.set(name, number);
  }
  return {
    forget,
    nameOf(number) {
      let name = names.get(number);
      if (name === undefined) {
        name = (byNumber.get(number) as { name: string }).name;
        remember(name, number);
      }
      return name;
    },
    numberOf(name) {
      let number = numbers.get(name);
      if (number === undefined) {
        number = (byName.get(name) as { number: number } | undefined)?.number;
        if (number !== undefined) remember(name, number);
      }
      return number;
    },
  };
}

/** `opening` unseals the stored data. */
export function toRecordedEvent(row: EventRow, names: EventNames, opening: DataOpening = plainData): RecordedEvent {
  const type = names.nameOf(row[3]) as EventType;
  const extensions = row[11];
  // A single literal with every field, because it is built for each event that any consumer reads.
  const event = {
    specversion: '1.0',
    id: row[1],
    source: names.nameOf(row[2]),
    type,
    time: row[8],
    datacontenttype: 'application/json',
    dataschema: dataschemaOf(type, row[4]),
    subject: row[6] ?? row[5],
    partitionkey: row[5],
    sequence: row[7],
    position: row[0],
    recordedtime: instantOf(row[9]),
    correlationid: row[10] ?? row[1],
    data: opening.open(type, row[4], row[12]),
  };
  return (extensions === null ? event : Object.assign(event, JSON.parse(extensions))) as RecordedEvent;
}

const dataschemas = new Map<string, string[]>();

export function dataschemaOf(type: string, version: number): string {
  let versions = dataschemas.get(type);
  if (versions === undefined) dataschemas.set(type, (versions = []));
  return (versions[version] ??= `figtree:${type}:${version}`);
}

// Events of one commit share their instant, so the previous one usually matches.
let lastMs = Number.NaN;
let lastInstant = '';

function instantOf(ms: number): string {
  if (ms !== lastMs) {
    lastMs = ms;
    lastInstant = new Date(ms).toISOString();
  }
  return lastInstant;
}
