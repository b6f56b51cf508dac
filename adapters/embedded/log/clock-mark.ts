import type { Sequence } from '../../../events/sequence.ts';
import type { ClockMark } from '../../../ports/clock-mark.ts';
import type { DurableFile } from '../files/durable-file.ts';

export const CLOCK_MARK_SCHEMA = `
  CREATE TABLE clock_mark (one INTEGER PRIMARY KEY CHECK (one = 1), sequence TEXT NOT NULL);
`;

/** The clock's value in the log's file, which becomes durable with the log's fsync. A value with more digits than a
 *  sequence, which a machine's clock beyond 2106 could leave there, is replaced by any other. */
export function openSqliteClockMark(file: DurableFile): ClockMark {
  const read = file.database.prepare('SELECT sequence FROM clock_mark');
  const write = file.database.prepare(
    `INSERT INTO clock_mark VALUES (1, ?) ON CONFLICT DO UPDATE
     SET sequence = iif(length(sequence) = 20, max(sequence, excluded.sequence), excluded.sequence)`,
  );
  return {
    load: async () => (read.get() as { sequence: Sequence } | undefined)?.sequence,
    save: (sequence) => file.enqueue(() => void write.run(sequence), { isPrerequisite: true }),
  };
}
