import type { EventEnvelope } from '../events/envelope.ts';

/** Makes events durable: in a log with positions, or in a stream, which has none and expires. */
export interface EventAppender {
  /** Resolves once every event of the call is durable, with one outcome per event, in the same order. Events of one
   *  partition key are read in the order in which they were passed, whatever fails meanwhile and whichever calls they
   *  came in. If a queue is full the caller waits. Rejects with STORAGE_FULL or STORAGE_FAILED (both retryable): a
   *  stream may have taken some of the call then, and a retry may repeat those. Rejects with EVENT_TOO_LARGE, before
   *  anything is taken, if an event is larger than the engine accepts. */
  append(events: readonly EventEnvelope[]): Promise<AppendOutcome[]>;

  /** Position of the newest event; 0 if there is none, or if this engine has no positions. */
  head(): Promise<number>;
}

export interface AppendOutcome {
  /** A stream recognises neither duplicates nor conflicts: its readers have to. */
  readonly outcome: 'appended' | 'duplicate' | 'conflict';
  /** The event's position; for a duplicate or a conflict, the position of the first event with that name. 0 if the
   *  engine has no positions. */
  readonly position: number;
}
