import { defined } from '../../events/defined.ts';
import { createBreaker } from './breaker.ts';
import { isHandlerFailure } from './handler-failure.ts';
import { createHandling } from './handling.ts';
import { newEventsCommitter } from './new-events.ts';
import { createParking } from './parking.ts';
import { createStopping } from './stopping.ts';
import type { ProcessorOptions } from './processor-options.ts';
import { createLotRequests, type LotRequests } from './lot-requests.ts';

/** Applies the log to one projection through its consumers: in order of position, each event taking effect once. */
export interface Processor extends Pick<LotRequests, 'redrive' | 'discard'> {
  /** Works until `stop`. Never rejects because of a handler or a disk: it parks, or waits and retries. */
  run(): Promise<void>;
  /** Works until it has applied `position`, or was stopped. Rejects with the error of a failing disk, or with the
   *  HandlerFailure if it stops at errors or a consumer fails at most of its events. Earlier commits stay, and the next
   *  call continues after them. */
  catchUp(position: number): Promise<void>;
  /** Ends a pause that was made because a consumer fails at most events: failures up to this position are parked
   *  instead. Returns false, and does nothing, if it is not paused. */
  resume(upTo: number): boolean;
  /** Resolves after the current commit. */
  stop(): Promise<void>;
}

const IDLE_WAIT_MS = 1000;
const LOOK_AGAIN_MS = 10;
const PAUSES_MS = [100, 1000, 5000, 15_000];

export function createProcessor(options: ProcessorOptions): Processor {
  const { unit, log, tracer, logger, personal, retry: policy } = options;
  const handling = createHandling(options);
  const stopping = createStopping();
  const lotOptions = { unit, log, logger, personal, tracer, handling, stopping };
  const parking = createParking({ ...lotOptions, ...(policy && { policy }) });
  const breaker = createBreaker();
  const requests = createLotRequests({ unit, parking, stopping });
  const commitNewEvents = newEventsCommitter({ ...options, handling, parking, breaker, stopping });
  const pauseLog = pauseLogger(options);
  // Consecutive turns that failed.
  let failures = 0;
  let progress = { position: unit.checkpoint(), parked: parking.count() };

  function report(stopped: boolean): void {
    const pausedSinceMs = breaker.openSinceMs();
    pauseLog.resumed(pausedSinceMs);
    options.onProgress({ ...progress, stopped, ...defined({ pausedSinceMs }) });
  }

  async function turn(): Promise<void> {
    // Attempts are limited, and must not be used up while nothing can succeed; a request of an operator is deliberate.
    if (!breaker.open() && !requests.waiting()) await parking.retryDue();
    await requests.work();
    progress = { position: unit.checkpoint(), parked: parking.count() };
    report(failures > 0);
    // Without new events there is nothing to commit: an idle projection writes nothing.
    const waitMs = requests.waiting() ? 0 : Math.max(0, Math.min(IDLE_WAIT_MS, parking.nextDueMs() - Date.now()));
    if (await stopping.unlessStopped(options.headBeyond(progress.position, waitMs))) await commitNewEvents();
  }

  async function run(): Promise<void> {
    while (!stopping.stopped()) {
      try {
        await turn();
        failures = 0;
      } catch (error) {
        // The disk or a consumer's dependency fails, not an event: nothing is parked, and waiting loses nothing.
        const retryMs = PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)] ?? 0;
        failures += 1;
        pauseLog.failed(error, { retryMs, paused: breaker.open() });
        report(true);
        await stopping.pause(retryMs);
      }
    }
    requests.end();
  }

  async function catchUp(position: number): Promise<void> {
    while (unit.checkpoint() < position && !stopping.stopped()) {
      if (!breaker.open()) await parking.retryDue();
      const before = unit.checkpoint();
      const committed = await commitNewEvents(position);
      // The log has not reached the position yet, or the ceiling has not.
      if (committed && unit.checkpoint() === before) await stopping.pause(LOOK_AGAIN_MS);
      progress = { position: unit.checkpoint(), parked: parking.count() };
      report(false);
    }
  }

  let running: Promise<void> | undefined;
  return {
    run: () => (running ??= run()),
    catchUp,
    redrive: requests.redrive,
    discard: requests.discard,
    resume(upTo) {
      if (!breaker.open()) return false;
      breaker.blameEvents(upTo);
      stopping.wake();
      return true;
    },
    async stop() {
      stopping.stop();
      await running;
    },
  };
}

/** Logs a pause once, however many probes fail meanwhile, and its end. */
function pauseLogger({ logger, personal }: ProcessorOptions) {
  let pausing = false;
  return {
    failed(error: unknown, { retryMs, paused }: { retryMs: number; paused: boolean }): void {
      if (!isHandlerFailure(error)) {
        return logger.error({ error, retryMs }, 'projection cannot continue, retrying later');
      }
      const { consumer, cause, event } = error;
      const details = { consumer, error: personal.outOfError(cause, event), retryMs };
      if (!paused) return logger.error(details, 'handler failed, projection stops on errors');
      if (pausing) return logger.debug(details, 'consumer still fails at most events');
      pausing = true;
      logger.error(details, 'consumer fails at most events: projection paused, none of them is parked');
    },
    resumed(pausedSinceMs: number | undefined): void {
      if (!pausing || pausedSinceMs !== undefined) return;
      pausing = false;
      logger.warn({}, 'consumer works again: projection resumed');
    },
  };
}
