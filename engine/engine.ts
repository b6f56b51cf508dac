import type { RecordedEvent } from '../events/envelope.ts';
import type { EventLog, EventLogReader } from '../ports/event-log.ts';
import type { FeedReader } from '../ports/feed-reader.ts';
import type { Progress, ProjectionName, Status } from '../ports/progress.ts';
import type { Quarantine, QuarantineReader } from '../ports/quarantine.ts';
import type { RelationshipReader } from '../ports/relationship-reader.ts';
import type { SearchReader } from '../ports/search-reader.ts';
import type { FlowStep } from '../ports/unit-of-work.ts';
import type { Ingest } from '../producers/ingest.ts';
import type { Operations } from './operations.ts';
import type { Rebuilds } from './rebuild/rebuilds.ts';
import type { ParkedQueries } from './parked-queries.ts';

/** The part that reading commands need: it can be opened beside a running server. */
export interface ReadOnlyEngine {
  readonly log: EventLogReader;
  readonly feeds: FeedReader;
  readonly relationships: RelationshipReader;
  readonly search: SearchReader;
  /** The reader of a projection. Throws if there is none with this name. */
  reader(projection: ProjectionName): object;
  readonly quarantine: QuarantineReader;
  readonly parked: ParkedQueries;
  status(): Promise<Status>;
  trace(correlationId: string): Promise<FlowTrace>;
  close(): Promise<void>;
}

/** The complete engine, with the consumers running. */
export interface Engine extends ReadOnlyEngine {
  readonly log: EventLog;
  readonly quarantine: Quarantine;
  readonly ingest: Ingest;
  readonly progress: Progress;
  /** Operators' actions, from whichever process they are requested. */
  readonly operations: Operations;
  readonly rebuilds: Rebuilds;
  /** Feed entries that the fan-out has made since this engine was opened, before feeds are cut to their length. */
  feedEntries(): number;
}

/** One flow, from the request that started it to the last effect. */
export interface FlowTrace {
  readonly correlationId: string;
  readonly events: readonly RecordedEvent[];
  /** In order of time. */
  readonly steps: readonly FlowStep[];
  /** The flow is longer: these are its first events, and their effects. */
  readonly truncated: boolean;
}
