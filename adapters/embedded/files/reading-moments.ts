import type { DatabaseSync } from 'node:sqlite';

/** A moment is a snapshot of the file that several reads share, whatever its writer commits meanwhile. */
export interface ReadingMoments {
  /** Calls `read` immediately; everything that it reads is of one snapshot. */
  read<Result>(read: () => Result): Result;
  /** Call it before the database is closed. */
  end(): void;
}

export interface ReadingMomentOptions {
  readonly position?: (() => number) | undefined;
  readonly begun?: () => void;
}

/** Beginning and ending a snapshot costs up to a third of reading a page of a feed, so all reads in one turn of the
 *  event loop share one until `position`, the writer's checkpoint, moves: a caller that learned of the move reads its
 *  result. Without `position` each read has its own. None is held longer, because it makes the writer's WAL grow.
 *
 *  `begun` is called in each snapshot before anything else is read; if it throws, so does the read, and the next read
 *  begins a new snapshot. */
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
        // NaN equals no position: the snapshot is for this read alone until it is known to be shared.
        begunAt = Number.NaN;
        begun?.();
        if (now !== undefined) begunAt = now;
      }
      return read();
    },
  };
}
