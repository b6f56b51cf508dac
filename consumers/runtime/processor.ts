import type { EventLogReader } from '../../ports/event-log.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';
import type { ReadingUpcasters } from '../../schema-registry/lazy-upcasters.ts';
import type { Consumer, Log, Replay } from './consumer.ts';
import { createBreaker } from './breaker.ts';
import { HandlerFailure } from './handler-failure.ts';
import { createHandling } from './handling.ts';
import { newEventsCommitter } from './new-events.ts';
import { createParking, type RetryPolicy } from './parking.ts';
import type { PersonalWords } from './personal-words.ts';
import { createStopping } from './stopping.ts';
import type { Tracer } from './tracer.ts';

/** Applies the log to one projection through its consumers: in order of position, each event once in effect. */
export interface Processor {
  /** Works until `stop`. Never rejects for a handler or a disk: it parks, or waits and tries again. */
  run(): Promise<void>;
  /** Works until it has applied `position`, or was stopped. Rejects with what the disk fails by, and with the HandlerFailure if
   *  it stops at errors; what was committed before stays, and the next call goes on behind it. */
  catchUp(position: number): Promise<void>;
  /** Resolves after the commit in hand. */
  stop(): Promise<void>;
}

export interface ProcessorOptions {
  readonly unit: UnitOfWork;
  readonly consumers: readonly Consumer[];
  readonly log: EventLogReader;
  readonly tracer: Tracer;
  readonly logger: Log;
  /** Resolves with true when the log's head is beyond a position, with false after a time. */
  readonly headBeyond: (position: number, timeoutMs: number) => Promise<boolean>;
  readonly onProgress: (progress: { position: number; parked: number; stopped: boolean }) => void;
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

const IDLE_WAIT_MS = 1000;
const PAUSES_MS = [100, 1000, 5000, 15_000];

export function createProcessor(options: ProcessorOptions): Processor {
  const { unit, log, tracer, logger, personal, retry: policy } = options;
  const handling = createHandling(options);
  const parking = createParking({ unit, log, logger, personal, ...(policy !== undefined && { policy }) });
  const stopping = createStopping();
  const breaker = createBreaker();
  const commitNewEvents = newEventsCommitter({ ...options, handling, parking, breaker, stopping });
  // Turns in a row that have failed.
  let failures = 0;
  let progress = { position: unit.checkpoint(), parked: parking.count() };

  async function turn(): Promise<void> {
    // Attempts are few, and not to be used up while nothing can succeed.
    if (!breaker.open()) await parking.retryDue((event) => handling.handle(event, true), tracer);
    progress = { position: unit.checkpoint(), parked: parking.count() };
    options.onProgress({ ...progress, stopped: failures > 0 });
    // Without anything new there is nothing to commit: an idle projection writes nothing.
    const waitMs = Math.max(0, Math.min(IDLE_WAIT_MS, parking.nextDueMs() - Date.now()));
    if (await stopping.unlessStopped(options.headBeyond(progress.position, waitMs))) await commitNewEvents();
  }

  async function run(): Promise<void> {
    while (!stopping.stopped()) {
      try {
        await turn();
        failures = 0;
      } catch (error) {
        // The disk or a consumer's whole world, not an event: nothing is parked, and nothing is lost by waiting.
        const retryMs = PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)] ?? 0;
        failures += 1;
        if (error instanceof HandlerFailure) {
          const { consumer, cause, event } = error;
          logger.error(
            { consumer, error: personal.outOfError(cause, event), retryMs },
            'consumer fails at everything, trying again later',
          );
        } else {
          logger.error({ error, retryMs }, 'projection cannot be written, trying again later');
        }
        options.onProgress({ ...progress, stopped: true });
        await stopping.pause(retryMs);
      }
    }
  }

  async function catchUp(position: number): Promise<void> {
    while (unit.checkpoint() < position && !stopping.stopped()) {
      if (!breaker.open()) await parking.retryDue((event) => handling.handle(event, true), tracer);
      await commitNewEvents(position);
      options.onProgress({ position: unit.checkpoint(), parked: parking.count(), stopped: false });
    }
  }

  let running: Promise<void> | undefined;
  return {
    run: () => (running ??= run()),
    catchUp,
    async stop() {
      stopping.stop();
      await running;
    },
  };
}
