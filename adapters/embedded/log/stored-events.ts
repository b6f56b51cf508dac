import { DURABLE_FILE_FORMAT } from '../files/durable-file.ts';
import { readEventNames } from './event-rows.ts';
import { type DataOpening, plainData } from '../keys/sealed-data.ts';
import { knownFormat, openSqlite } from '../files/sqlite.ts';

/** Events as stored, of any version, with only what their readers need: this is for checking the log, while the log's
 *  reader is for consumers. Works beside a writer in this or another process. */
export interface StoredEvents {
  head(): number;
  /** Those after `after` up to `upTo`, in order. */
  rows(after: number, upTo: number): StoredRow[];
  nameOf(type: number): string;
  /** The number of events up to a position, by stored type. */
  countsByType(upTo: number): Record<string, number>;
  /** When the event at a position happened, undefined if there is none. */
  timeOf(position: number): string | undefined;
  close(): void;
}

/** `type` is a number that `nameOf` knows; `data` is JSON. */
export type StoredRow = [position: number, type: number, version: number, data: string];

/** `opening` is closed with it. */
export function openStoredEvents(path: string, opening: DataOpening = plainData): StoredEvents {
  const database = openSqlite(path, { readOnly: true, synchronous: 'FULL', cacheMiB: 8, autocheckpointMiB: 0 });
  knownFormat(database, { path, version: DURABLE_FILE_FORMAT });
  const names = readEventNames(database);
  const head = database.prepare('SELECT coalesce(max(position), 0) AS head FROM event');
  const time = database.prepare('SELECT time FROM event WHERE position = ?');
  const range = database.prepare(
    'SELECT position, type, version, data FROM event WHERE position > ? AND position <= ? ORDER BY position',
  );
  range.setReturnArrays(true);
  const counts = database.prepare('SELECT type, count(*) AS events FROM event WHERE position <= ? GROUP BY type');
  return {
    head: () => (head.get() as { head: number }).head,
    rows: (after, upTo) => opened(range.all(after, upTo) as unknown as StoredRow[]),
    nameOf: names.nameOf,
    countsByType(upTo) {
      const found = counts.all(upTo) as unknown as { type: number; events: number }[];
      return Object.fromEntries(found.map(({ type, events }) => [names.nameOf(type), events]));
    },
    timeOf: (position) => (time.get(position) as { time: string } | undefined)?.time,
    close() {
      opening.close();
      database.close();
    },
  };

  function opened(rows: StoredRow[]): StoredRow[] {
    opening.catchUp();
    for (const row of rows) row[3] = openedData(row);
    return rows;
  }

  // Invalid JSON is left for the reader to find.
  function openedData([, type, version, data]: StoredRow): string {
    if (!opening.changes(data)) return data;
    try {
      return JSON.stringify(opening.open(names.nameOf(type), version, data));
    } catch (error) {
      if (error instanceof SyntaxError) return data;
      throw error;
    }
  }
}
