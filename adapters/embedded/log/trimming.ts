import type { DatabaseSync } from 'node:sqlite';
import { dataschemaOf } from '../../../events/envelope.ts';
import { FigtreeError } from '../../../events/errors.ts';
import { ERASED_SINCE } from '../archive/writing.ts';
import { lineOf } from '../archive/archived-lines.ts';
import { EVENT_COLUMNS, type EventNames, type EventRow } from './event-rows.ts';
import { writeLogFact } from './facts.ts';
import type { DataSealing } from '../keys/sealed-data.ts';
import type { TrimmedEvents } from './trimmed-events.ts';

/** Consecutive events of an archive, as in its lines. An empty range only tells the log where the archive is. */
export interface ArchivedRange {
  readonly firstPosition: number;
  readonly lines: readonly string[];
  /** Their folder. */
  readonly place: string;
}

interface LogTrimming {
  /** Removes a range from the start of the log, within a transaction: `source` + `id` of each stay taken. An event is
   *  removed only if the archive has exactly what the log has; throws ARCHIVE_DAMAGED otherwise. */
  remove(range: ArchivedRange): void;
  /** 0 if there is none. */
  firstPosition(): number;
}

interface TrimmingParts {
  readonly names: EventNames;
  readonly trimmed: TrimmedEvents;
  readonly sealing: Pick<DataSealing, 'impersonal'>;
}

export function logTrimming(database: DatabaseSync, { names, trimmed, sealing }: TrimmingParts): LogTrimming {
  const select = database.prepare(
    `SELECT ${EVENT_COLUMNS} FROM event WHERE position >= ? AND position <= ? ORDER BY position`,
  );
  select.setReturnArrays(true);
  const removeUpTo = database.prepare('DELETE FROM event WHERE position <= ?');
  // In a single query, the two would read the whole log.
  const bounds = database.prepare(
    'SELECT (SELECT min(position) FROM event) AS first, (SELECT max(position) FROM event) AS last',
  );

  function remove({ firstPosition, lines, place }: ArchivedRange): void {
    writeLogFact(database, 'archive', place);
    if (lines.length === 0) return;
    const lastPosition = firstPosition + lines.length - 1;
    const { first, last } = bounds.get() as { first: number | null; last: number | null };
    // The newest event tells where the log stands, so it always stays.
    if (first !== firstPosition || last === null || lastPosition >= last) {
      throw new Error(`${firstPosition} to ${lastPosition} is no start of a log from ${first} to ${last}`);
    }
    const rows = select.all(firstPosition, lastPosition) as unknown as EventRow[];
    lines.forEach((line, index) => {
      const row = rows[index];
      if (row === undefined || lineOf(row, names) !== line) throw differs(place, firstPosition + index);
      const [position, id, source, typeNumber, version, key, subject] = row;
      const type = names.nameOf(typeNumber);
      const content = { type, key, subject, data: sealing.impersonal(dataschemaOf(type, version), row[12]) };
      trimmed.put(position, { id, source: names.nameOf(source) }, content);
    });
    removeUpTo.run(lastPosition);
  }
  return { remove, firstPosition: () => (bounds.get() as { first: number | null }).first ?? 0 };
}

function differs(place: string, position: number): FigtreeError {
  const message = `${place} differs from the log at position ${position}${ERASED_SINCE}`;
  return new FigtreeError('ARCHIVE_DAMAGED', message, { path: place, position });
}
