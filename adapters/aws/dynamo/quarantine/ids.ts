import { PARTS } from './items.ts';

// No counter gives them out: it would be one item for all writers. An id is a moment of the writer's clock, in 128ths of a
// millisecond, times the number of parts, plus the part. So it stays exact as a number until the year 2248.
const TICKS_PER_MS = 128;

export interface QuarantineIds {
  /** Greater than any before, also of another part. */
  next(part: number): number;
}

export function createQuarantineIds(now: () => number, random: () => number = Math.random): QuarantineIds {
  let last = 0;
  return {
    next(part) {
      // Writers that begin in the same millisecond seldom begin alike.
      const tick = Math.floor((Math.floor(now()) + random()) * TICKS_PER_MS);
      last = Math.max(last + 1, tick);
      return last * PARTS + part;
    },
  };
}
