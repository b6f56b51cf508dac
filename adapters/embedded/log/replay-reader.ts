import type { EventType } from '../../../events/catalog.ts';
import type { RecordedEvent } from '../../../events/envelope.ts';
import type { EventLogReader, EventPage, ReadQuery } from '../../../ports/event-log.ts';
import { DURABLE_FILE_FORMAT } from '../files/durable-file.ts';
import { dataschemaOf, EVENT_COLUMNS, type EventRow, readEventNames, toRecordedEvent } from './event-rows.ts';
import { type DataOpening, plainData } from '../keys/sealed-data.ts';
import { knownFormat, openSqlite } from '../files/sqlite.ts';
import { eventLogReader } from './event-log-reader.ts';
import { trimGuard } from './trimmed-events.ts';

// As in the ordinary reader: a text may have 65,536 characters.
const PAGE_CHARACTERS_MAX = 2_000_000;
const PORTION_EVENTS = 500;

type LeanRow = [position: number, type: number, version: number, sequence: string, data: string];

/** Opens the log for reading all of it: handlers use an event's data and sequence and hardly ever more, so the rest of
 *  the envelope is read on demand. Events of past versions are read whole, because they are about to be copied. */
export function openSqliteReplayReader(
  path: string,
  currentDataschemas: Readonly<Record<string, string>>,
  opening: DataOpening = plainData,
): EventLogReader {
  const database = openSqlite(path, { readOnly: true, synchronous: 'FULL', cacheMiB: 2, autocheckpointMiB: 0 });
  knownFormat(database, { path, version: DURABLE_FILE_FORMAT });
  const names = readEventNames(database);
  const ordinary = eventLogReader(database, names, opening);
  const lean = database.prepare(
    `SELECT position, type, version, sequence, data FROM event WHERE position > ? AND position <= ?
     ORDER BY position LIMIT ?`,
  );
  lean.setReturnArrays(true);
  const one = database.prepare(`SELECT ${EVENT_COLUMNS} FROM event WHERE position = ?`);
  one.setReturnArrays(true);

  const assertNotTrimmed = trimGuard(database);
  let last: RecordedEvent | undefined;
  function whole(position: number): RecordedEvent {
    if (last?.position !== position) last = toRecordedEvent(one.get(position) as unknown as EventRow, names, opening);
    return last;
  }

  function eventOf([position, typeNumber, version, sequence, data]: LeanRow): RecordedEvent {
    const type = names.nameOf(typeNumber) as EventType;
    const dataschema = dataschemaOf(type, version);
    if (currentDataschemas[type] !== dataschema) return whole(position);
    // True except for the static type that ties the data to `type`.
    return new LeanEvent(
      { type, position, dataschema, sequence, data: opening.open(type, version, data) },
      whole,
    ) as unknown as RecordedEvent;
  }

  function readPage({ after, limit, types }: ReadQuery, end: number): EventPage {
    const wanted = types && new Set<string>(types);
    const events: RecordedEvent[] = [];
    let position = after;
    for (let characters = 0; events.length < limit && characters < PAGE_CHARACTERS_MAX;) {
      const rows = lean.all(position, end, PORTION_EVENTS) as unknown as LeanRow[];
      for (const row of rows) {
        if (wanted === undefined || wanted.has(names.nameOf(row[1]))) events.push(eventOf(row));
        characters += row[4].length;
        position = row[0];
      }
      if (rows.length < PORTION_EVENTS) return { events, position: Math.max(after, end) };
    }
    return { events, position };
  }

  return {
    ...ordinary,
    async read(query) {
      if (query.key !== undefined) return ordinary.read(query);
      const end = Math.min(query.upTo ?? Infinity, await ordinary.head());
      opening.catchUp();
      const page = readPage(query, end);
      // After the page, so that nothing in it can have been trimmed before it was read.
      assertNotTrimmed(query, end);
      return page;
    },
    async close() {
      opening.close();
      database.close();
    },
  };
}

type Lean = Pick<RecordedEvent, 'type' | 'position' | 'dataschema' | 'sequence'> & { readonly data: unknown };

/** A RecordedEvent with most of it left in the log. */
class LeanEvent {
  readonly type: EventType;
  readonly position: number;
  readonly dataschema: string;
  readonly sequence: string;
  readonly data: unknown;
  readonly #read: (position: number) => RecordedEvent;

  constructor({ type, position, dataschema, sequence, data }: Lean, read: (position: number) => RecordedEvent) {
    this.type = type;
    this.position = position;
    this.dataschema = dataschema;
    this.sequence = sequence;
    this.data = data;
    this.#read = read;
  }

  toJSON(): RecordedEvent {
    return this.#read(this.position);
  }
}

const LEFT_IN_THE_LOG = [
  'specversion',
  'id',
  'source',
  'time',
  'datacontenttype',
  'subject',
  'partitionkey',
  'recordedtime',
  'correlationid',
  'causationid',
  'traceparent',
  'baggage',
  'producerid',
  'producerseq',
] as const satisfies readonly (keyof RecordedEvent)[];

for (const name of LEFT_IN_THE_LOG) {
  Object.defineProperty(LeanEvent.prototype, name, {
    get(this: LeanEvent) {
      return this.toJSON()[name];
    },
  });
}
