import type { Sequence } from '../events/sequence.ts';

/** How far the clock has got that gives sequences to events which state none, kept over restarts: what is published next
 *  must sort behind what was published last, whatever has been done to the machine's clock. */
export interface ClockMark {
  /** Undefined if nothing was saved yet. */
  load(): Promise<Sequence | undefined>;

  /** Durable no later than any append to the log that is called after it in the same turn of the event loop, as
   *  in ports/legacy-memory.ts. A smaller one than was saved before changes nothing. */
  save(sequence: Sequence): Promise<void>;
}
