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
  /** It cannot write, or pauses: it tries again from time to time. */
  readonly stopped: boolean;
  /** Since when a consumer fails at most of what it gets, in milliseconds since 1970. */
  readonly pausedSinceMs?: number;
}

export interface ProcessorOptions {
  readonly unit: UnitOfWork;
  readonly consumers: readonly Consumer[];
  readonly log: EventLogReader;
  readonly tracer: Tracer;
  readonly logger: Log;
  /** Resolves with true when the log's head is beyond a position, with false after a time. */
  readonly headBeyond: (position: number, timeoutMs: number) => Promise<boolean>;
  readonly onProgress: (progress: ProcessorProgress) => void;
  /** It has handled some events, and not committed them yet. */
  readonly onWork?: () => void;
  readonly retry?: RetryPolicy;
  /** Those by which `log` reads. */
  readonly upcasters: Pick<ReadingUpcasters, 'refusal'>;
  readonly personal: PersonalWords;
  /** No event beyond this position is read: where the one stands that it follows. */
  readonly ceiling?: () => number;
  /** Default 'park'. 'stop' is for a replay, whose reader wants to know that a handler cannot take the past. */
  readonly onError?: 'park' | 'stop';
  readonly replay?: Replay;
}
