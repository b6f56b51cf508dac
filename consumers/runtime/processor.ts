import { createBreaker } from './breaker.ts';
import { HandlerFailure } from './handler-failure.ts';
import { createHandling } from './handling.ts';
import { newEventsCommitter } from './new-events.ts';
import { createParking } from './parking.ts';
import { createStopping } from './stopping.ts';
import type { ProcessorOptions } from './processor-options.ts';
import { createLotRequests, type LotRequests } from './lot-requests.ts';

/** Applies the log to one projection through its consumers: in order of position, each event once in effect. */
export interface Processor extends Pick<LotRequests, 'redrive' | 'discard'> {
  /** Works until `stop`. Never rejects for a handler or a disk: it parks, or waits and tries again. */
  run(): Promise<void>;
  /** Works until it has applied `position`, or was stopped. Rejects with what the disk fails by; with the HandlerFailure if it
   *  stops at errors, or if a consumer fails at most of what it gets. What was committed before stays, and the next call goes
   *  on behind it. */
  catchUp(position: number): Promise<void>;
  /** If it pauses because a consumer fails at most events: what fails up to this position is parked all the same, and it goes
   *  on. False, and nothing changes, if it does not pause. */
  resume(upTo: number): boolean;
  /** Resolves after the commit in hand. */
  stop(): Promise<void>;
}

const IDLE_WAIT_MS = 1000;
const LOOK_AGAIN_MS = 10;
const PAUSES_MS = [100, 1000, 5000, 15_000];

export function createProcessor(options: ProcessorOptions): Processor {
  const { unit, log, tracer, logger, personal, retry: policy } = options;
  const handling = createHandling(options);
  const handle = (event: Parameters<typeof handling.handle>[0]) => handling.handle(event, true);
  const parking = createParking({ unit, log, logger, personal, tracer, handle, ...(policy && { policy }) });
  const stopping = createStopping();
  const breaker = createBreaker();
  const requests = createLotRequests({ unit, parking, wake: stopping.wake });
  const commitNewEvents = newEventsCommitter({ ...options, handling, parking, breaker, stopping });
  const tell = pauseTeller(options);
  // Turns in a row that have failed.
  let failures = 0;
  let progress = { position: unit.checkpoint(), parked: parking.count() };

  function report(stopped: boolean): void {
    const pausedSinceMs = breaker.openSinceMs();
    tell.resumed(pausedSinceMs);
    options.onProgress({ ...progress, stopped, ...(pausedSinceMs !== undefined && { pausedSinceMs }) });
  }

  async function turn(): Promise<void> {
    // Attempts are few, and not to be used up while nothing can succeed; an operator who asks for one has a reason.
    if (!breaker.open() && !requests.waiting()) await parking.retryDue();
    await requests.work();
    progress = { position: unit.checkpoint(), parked: parking.count() };
    report(failures > 0);
    // Without anything new there is nothing to commit: an idle projection writes nothing.
    const waitMs = requests.waiting() ? 0 : Math.max(0, Math.min(IDLE_WAIT_MS, parking.nextDueMs() - Date.now()));
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
        tell.failed(error, { retryMs, paused: breaker.open() });
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
      // The log or the ceiling is not there yet.
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

/** Says that a projection pauses once, however often it tries meanwhile, and that it goes on. */
function pauseTeller({ logger, personal }: ProcessorOptions) {
  let pausing = false;
  return {
    failed(error: unknown, { retryMs, paused }: { retryMs: number; paused: boolean }): void {
      if (!(error instanceof HandlerFailure)) {
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
