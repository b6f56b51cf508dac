import type { EventLogReader } from '../../ports/event-log.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';
import type { RetryPolicy } from '../../resilience/retry.ts';
import type { ReadingUpcasters } from '../../schema-registry/lazy-upcasters.ts';
import type { Consumer, Log, Replay } from './consumer.ts';
import type { PersonalWords } from './personal-words.ts';
import type { Tracer } from './tracer.ts';

export interface ProcessorProgress {
  readonly position: number;
  readonly parked: number;
  /** It cannot write, or is paused, and probes from time to time. */
  readonly stopped: boolean;
  /** Since when a consumer fails at most of its events, in milliseconds since 1970. */
  readonly pausedSinceMs?: number;
}

export interface ProcessorOptions {
  readonly unit: UnitOfWork;
  readonly consumers: readonly Consumer[];
  readonly log: EventLogReader;
  readonly tracer: Tracer;
  readonly logger: Log;
  /** Resolves with true when the log's head is beyond a position, or with false after a timeout. */
  readonly headBeyond: (position: number, timeoutMs: number) => Promise<boolean>;
  readonly onProgress: (progress: ProcessorProgress) => void;
  /** Called when it has handled some events and not yet committed them. */
  readonly onWork?: () => void;
  readonly retry?: RetryPolicy;
  /** The upcasters of `log`. */
  readonly upcasters: Pick<ReadingUpcasters, 'refusal'>;
  readonly personal: PersonalWords;
  /** No event beyond this position is read: the position of the projection that it follows. */
  readonly ceiling?: () => number;
  /** Default 'park'. 'stop' is for a replay, which has to report that a handler fails on past events. */
  readonly onError?: 'park' | 'stop';
  readonly replay?: Replay;
}
