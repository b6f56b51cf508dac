import type { EventType } from '../events/catalog.ts';
import type { EventEnvelope, RecordedEvent } from '../events/envelope.ts';
import type { AppendOutcome, EventAppender } from './event-appender.ts';

/** The durable record of everything that happened. It is append-only; its oldest events may be moved into an archive,
 *  and their names stay taken. */
export interface EventLog extends EventLogReader, EventAppender {
  /** As every appender does, and: a call is taken as a whole or not at all; concurrent calls share one fsync; `source`
   *  + `id` is unique forever: the same event again is a `duplicate` and changes nothing, another event with the same
   *  name is a `conflict` and is not taken. Rejects with STORAGE_FULL or STORAGE_FAILED: then nothing of the call was
   *  taken. */
  append(events: readonly EventEnvelope[]): Promise<AppendOutcome[]>;

  /** Calls `listener` with the new head after each commit; it must not throw. Returns the function that
   *  unsubscribes. */
  onAppended(listener: (head: number) => void): () => void;
}

/** The reading half, for other threads and processes beside the one writer. */
export interface EventLogReader {
  /** Position of the newest event, 0 if there is none. */
  head(): Promise<number>;

  /** The next events after a position, in order of position. Rejects with EVENTS_ARCHIVED (details: `first`, the first
   *  position that is still in the log) if some of them were moved into an archive that this reader does not read. */
  read(query: ReadQuery): Promise<EventPage>;

  /** The events of one flow that this reader has, in order of position, `limit` at most. */
  readFlow(correlationId: string, limit: number): Promise<RecordedEvent[]>;

  close(): Promise<void>;
}

export interface ReadQuery {
  /** Events after this position; 0 reads from the start. */
  readonly after: number;
  /** Events up to and including this position. */
  readonly upTo?: number;
  /** Number of recorded events. A page may hold fewer although there are more, if they are large; and more, if events
   *  are converted to current versions and one becomes several. */
  readonly limit: number;
  readonly types?: readonly EventType[];
  readonly key?: string;
}

export interface EventPage {
  readonly events: RecordedEvent[];
  /** Everything up to this position was examined, whether it matched or not: the `after` of the next page, and the
   *  checkpoint of a consumer. Equals the given `after` at the end of the log, and at `upTo`. */
  readonly position: number;
}
