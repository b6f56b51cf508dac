import type { DatabaseSync } from 'node:sqlite';

/** Reads several times at one moment of the file, whatever its writer commits meanwhile. */
export interface ReadingMoments {
  /** Calls `read` at once; all that it reads is of one moment. */
  read<Result>(read: () => Result): Result;
  /** Before the database is closed. */
  end(): void;
}

export interface ReadingMomentOptions {
  readonly position?: (() => number) | undefined;
  readonly begun?: () => void;
}

/** To begin a moment and to end it costs as much as a third of a page of a feed, so what is read in one turn of the event
 *  loop shares one until `position` moves, which is the writer's checkpoint: who was told that it has moved reads what it
 *  says. Without `position` each read has its own. None is held longer, because the writer's WAL grows meanwhile.
 *
 *  `begun` is called inside of each moment before anything else reads; if it throws, so does the read, and the next one has
 *  a moment of its own. */
export function openReadingMoments(
  database: DatabaseSync,
  { position, begun }: ReadingMomentOptions = {},
): ReadingMoments {
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
        // Equal to no position: the moment is for this read alone unless it is found to be more.
        begunAt = Number.NaN;
        begun?.();
        if (now !== undefined) begunAt = now;
      }
      return read();
    },
  };
}
