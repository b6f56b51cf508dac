import type { Sequence } from '../events/sequence.ts';

/** The last value of the clock that gives sequences to events without one, kept across restarts: later events must sort
 *  behind earlier ones, even if the machine's clock was set back. */
export interface ClockMark {
  /** Undefined if nothing was saved yet. */
  load(): Promise<Sequence | undefined>;

  /** Durable no later than any append to the log that is called after it in the same turn of the event loop, as in
   *  ports/legacy-memory.ts. A value below the saved one changes nothing. */
  save(sequence: Sequence): Promise<void>;
}
