import type { DatabaseSync } from 'node:sqlite';

/** Reads several times at one moment of the file, whatever its writer commits meanwhile. */
export interface ReadingMoments {
  /** Calls `read` at once; all that it reads is of one moment. */
  read<Result>(read: () => Result): Result;
  /** Before the database is closed. */
  end(): void;
}

/** To begin a moment and to end it costs as much as a third of a page of a feed, so what is read in one turn of the event
 *  loop shares one until `position` moves, which is the writer's checkpoint: who was told that it has moved reads what it
 *  says. Without `position` each read has its own. None is held longer, because the writer's WAL grows meanwhile. */
export function openReadingMoments(database: DatabaseSync, position?: () => number): ReadingMoments {
  const begin = database.prepare('BEGIN');
  const commit = database.prepare('COMMIT');
  let begunAt: number | undefined;

  function end(): void {
    if (begunAt !== undefined) commit.run();
    begunAt = undefined;
  }

  return {
    end,
    read(read) {
      const now = position?.();
      if (begunAt === undefined || begunAt !== now) {
        if (begunAt === undefined) setImmediate(end);
        end();
        begin.run();
        begunAt = now ?? Number.NaN;
      }
      return read();
    },
  };
}
