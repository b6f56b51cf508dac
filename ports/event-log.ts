import type { EventType } from '../events/catalog.ts';
import type { EventEnvelope, RecordedEvent } from '../events/envelope.ts';
import type { AppendOutcome, EventAppender } from './event-appender.ts';

/** The durable record of everything that happened. It is only ever appended to; what lies far back may be moved from its
 *  start into an archive, and the names of those events stay taken. */
export interface EventLog extends EventLogReader, EventAppender {
  /** As every appender does, and: all or none of a call are taken; calls that come together share one fsync; `source` + `id`
   *  is unique for ever: the same event again is a `duplicate` and changes nothing, another event under the same name is a
   *  `conflict` and is not taken. Rejects with STORAGE_FULL or STORAGE_FAILED: then nothing of the call was taken. */
  append(events: readonly EventEnvelope[]): Promise<AppendOutcome[]>;

  /** Calls `listener` after each commit with the new head; it must not throw. Gives the function that ends it. */
  onAppended(listener: (head: number) => void): () => void;
}

/** The reading half, which other threads and processes have beside the one writer. */
export interface EventLogReader {
  /** Position of the newest event, 0 if there is none. */
  head(): Promise<number>;

  /** The next events after a position, in order of position. Rejects with EVENTS_ARCHIVED (details: `first`, the first
   *  position that is there) if some of them were moved into an archive that this reader does not read. */
  read(query: ReadQuery): Promise<EventPage>;

  /** All events of one flow in order of position, `limit` at most: of those that this reader has. */
  readFlow(correlationId: string, limit: number): Promise<RecordedEvent[]>;

  close(): Promise<void>;
}

export interface ReadQuery {
  /** Events behind this position; 0 reads from the start. */
  readonly after: number;
  /** Events up to this position and no further: a reader stops where another one stands, or in the past. */
  readonly upTo?: number;
  /** Of what was recorded. A page may hold fewer although there are more, if they are large; and more, if it is read in
   *  current versions and one of them became several. */
  readonly limit: number;
  readonly types?: readonly EventType[];
  readonly key?: string;
}

export interface EventPage {
  readonly events: RecordedEvent[];
  /** Everything up to here has been looked at, whether it matched or not: the `after` of the next page, and what a
   *  consumer saves as its checkpoint. Equals the asked `after` at the end of the log, and at `upTo`. */
  readonly position: number;
}
