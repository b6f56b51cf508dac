import type { EventEnvelope } from '../events/envelope.ts';

/** Where events become durable. Behind it is a log with positions, or a stream, which has none and forgets after a time. */
export interface EventAppender {
  /** Resolves once every event of the call is durable; one outcome per event, in the same order. Events of one partition key
   *  are read in the order in which they were given, whatever fails on the way and whichever calls they came with. What is full
   *  makes the caller wait. Rejects with STORAGE_FULL or STORAGE_FAILED (both retryable): of a stream, some of the call may
   *  have been taken then, and giving it again may repeat those. Rejects with EVENT_TOO_LARGE, before anything is taken, if an
   *  event is larger than the engine ever takes. */
  append(events: readonly EventEnvelope[]): Promise<AppendOutcome[]>;

  /** Position of the newest event; 0 if there is none, or if this engine has no positions. */
  head(): Promise<number>;
}

export interface AppendOutcome {
  /** A stream knows neither duplicates nor conflicts: those who read it must. */
  readonly outcome: 'appended' | 'duplicate' | 'conflict';
  /** Where the event stands; for a duplicate and a conflict, where the first one of that name stands. 0 where there are no
   *  positions. */
  readonly position: number;
}
