import type { ParkedReader } from '../../../ports/parking-lot.ts';
import type { FlowStep } from '../../../ports/unit-of-work.ts';
import { openSqlite } from '../files/sqlite.ts';
import { sqliteParkedReader } from './parking-lot.ts';

/** Reads the tables that every projection file has. */
export interface ProjectionProgressReader {
  progress(): { readonly position: number; readonly version: number; readonly parked: number };
  /** The recorded steps of a flow's events up to a position of the log, in order. */
  stepsOf(correlationId: string, upTo: number): FlowStep[];
  /** Absent if a file of another version has no readable parking lot. */
  parkedReader(): ParkedReader;
  close(): void;
}

interface StepRow {
  position: number;
  consumer: string;
  at: string;
  duration_us: number;
  note: string | null;
}

export function openProjectionProgress(path: string): ProjectionProgressReader {
  const database = openSqlite(path, { readOnly: true, synchronous: 'NORMAL', cacheMiB: 1, autocheckpointMiB: 0 });
  const progress = database.prepare(
    'SELECT position, version, (SELECT count(*) FROM figtree_parked) AS parked FROM figtree_progress',
  );
  const steps = database.prepare('SELECT * FROM figtree_step WHERE correlation = ? AND position <= ? ORDER BY step');
  let parkedReader: ParkedReader | undefined;
  return {
    parkedReader: () => (parkedReader ??= sqliteParkedReader(database)),
    progress: () => progress.get() as unknown as ReturnType<ProjectionProgressReader['progress']>,
    stepsOf: (correlationid, upTo) =>
      (steps.all(correlationid, upTo) as unknown as StepRow[]).map(({ position, consumer, at, duration_us, note }) => ({
        correlationid,
        position,
        consumer,
        at,
        durationUs: duration_us,
        ...(note !== null && { note: JSON.parse(note) }),
      })),
    close: () => database.close(),
  };
}
