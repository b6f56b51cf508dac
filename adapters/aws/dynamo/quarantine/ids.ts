import { PARTS } from './items.ts';

// Ids do not come from a counter: it would be one item for all writers. An id is a time of the writer's clock, in
// 128ths of a millisecond, times the number of parts, plus the part. So it stays an exact number until the year 2248.
const TICKS_PER_MS = 128;

export interface QuarantineIds {
  /** Greater than all previous ids, including those of other parts. */
  next(part: number): number;
}

export function createQuarantineIds(now: () => number, random: () => number = Math.random): QuarantineIds {
  let last = 0;
  return {
    next(part) {
      // Writers that begin in the same millisecond rarely start with the same tick.
      const tick = Math.floor((Math.floor(now()) + random()) * TICKS_PER_MS);
      last = Math.max(last + 1, tick);
      return last * PARTS + part;
    },
  };
}
