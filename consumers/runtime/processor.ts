import type { RecordedEvent } from '../../events/envelope.ts';
import type { EventLogReader } from '../../ports/event-log.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';
import type { ReadingUpcasters } from '../../schema-registry/lazy-upcasters.ts';
import type { Consumer, Log } from './consumer.ts';
import { type Breaker, createBreaker } from './breaker.ts';
import { HandlerFailure, RefusedEvent } from './handler-failure.ts';
import { createHandling, type Handling } from './handling.ts';
import { createParking, type Parking, type RetryPolicy } from './parking.ts';
import type { PersonalWords } from './personal-words.ts';
import { createStopping, type Stopping } from './stopping.ts';
import type { Tracer } from './tracer.ts';

/** Applies the log to one projection through its consumers: in order of position, each event once in effect. */
export interface Processor {
  /** Works until `stop`. Never rejects for a handler or a disk: it parks, or waits and tries again. */
  run(): Promise<void>;
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
}

const NO_MORE: readonly RecordedEvent[] = [];
const PAGE_EVENTS = 1000;
const COMMIT_EVENTS_MAX = 20_000;
// Each page that a commit touches is written once, however many of its rows changed. So a projection that has much to do
// commits seldom: nobody waits for a part of a backlog. With little to do it commits at once.
const BUSY_COMMIT_POSITIONS = 1000;
const BUSY_LINGER_MS = 500;
// Unless nothing has come for this long: then somebody may well be waiting for the last of it.
const QUIET_MS = 25;
const IDLE_WAIT_MS = 1000;
// When a handler has thrown, this many events behind it are attempted one by one as well: faults come in crowds, and each
// one that is met unprepared undoes a whole commit.
const CAREFUL_EVENTS = 1000;
// Flows that a request named are always traced; others while the projection is this close to the head.
const TRACED_PAGE_EVENTS_MAX = 64;
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

  let running: Promise<void> | undefined;
  return {
    run: () => (running ??= run()),
    async stop() {
      stopping.stop();
      await running;
    },
  };
}

type CommitterOptions = Pick<ProcessorOptions, 'unit' | 'log' | 'tracer' | 'headBeyond'> & {
  readonly handling: Handling;
  readonly parking: Parking;
  readonly breaker: Breaker;
  readonly stopping: Stopping;
};

/** Gives the function that applies what is new in the log, in one commit. If a handler throws, all is undone, and the next
 *  call finds out which events are to blame. Rejects with the failure if it is none of them. */
function newEventsCommitter(options: CommitterOptions): () => Promise<void> {
  const { unit, log, tracer, handling, parking, breaker, stopping } = options;
  let lastCommitPositions = 0;
  // Up to here events are attempted one by one, because one of them has thrown.
  let carefulUpTo = 0;

  /** What was recorded at one position: mostly one event, several of them if a past version was split since. They share a
   *  key, and are done, undone and parked together. */
  async function apply(event: RecordedEvent, more: readonly RecordedEvent[], traced: boolean): Promise<void> {
    if (parking.waits(event)) return;
    try {
      if (event.position > carefulUpTo && !breaker.open()) return await handleAll(event, more, traced);
      await unit.attempt(() => handleAll(event, more, traced));
      if (breaker.succeeded(handling.consumersOf(event.type))) parking.renewAttempts();
    } catch (error) {
      // It was refused before anything was done about it, so there is nothing to undo, and no consumer has failed.
      if (error instanceof RefusedEvent) return parking.park(error);
      if (event.position > carefulUpTo && !breaker.open()) throw error;
      if (!(error instanceof HandlerFailure) || breaker.failed(error)) throw error;
      parking.park(error);
    }
  }

  function handleAll(event: RecordedEvent, more: readonly RecordedEvent[], traced: boolean): Promise<void> {
    const handled = handling.handle(event, traced || event.correlationid !== event.id);
    return more.length === 0 ? handled : handled.then(() => handleMore(more, traced));
  }

  async function handleMore(events: readonly RecordedEvent[], traced: boolean): Promise<void> {
    for (const event of events) await handling.handle(event, traced || event.correlationid !== event.id);
  }

  /** Applies events until the log has no more, and while busy a little longer: more may be coming. Gives the position up to
   *  which everything was applied, parked or not wanted. */
  async function applyNewEvents(from: number): Promise<number> {
    const startedMs = performance.now();
    const until = carefulUpTo > from ? carefulUpTo : Infinity;
    let position = from;
    let events = 0;
    let quiet = false;
    while (events < COMMIT_EVENTS_MAX && !stopping.stopped()) {
      const page = await log.read({ after: position, limit: PAGE_EVENTS, types: handling.types });
      const traced = page.events.length <= TRACED_PAGE_EVENTS_MAX;
      for (let index = 0; index < page.events.length; index += 1) {
        const event = page.events[index];
        if (event === undefined || event.position > until) return until;
        const first = index;
        while (page.events[index + 1]?.position === event.position) index += 1;
        await apply(event, index === first ? NO_MORE : page.events.slice(first + 1, index + 1), traced);
        events += 1;
      }
      const moved = page.position > position;
      position = page.position;
      if (moved) continue;
      const lingerMs = Math.min(QUIET_MS, startedMs + BUSY_LINGER_MS - performance.now());
      if (Math.max(lastCommitPositions, position - from) < BUSY_COMMIT_POSITIONS || lingerMs <= 0 || quiet) break;
      quiet = !(await stopping.unlessStopped(options.headBeyond(position, lingerMs)));
    }
    return position;
  }

  return async () => {
    const from = unit.checkpoint();
    try {
      await unit.commit(async () => {
        const position = await applyNewEvents(from);
        unit.recordSteps(tracer.take());
        lastCommitPositions = position - from;
        return position;
      });
    } catch (error) {
      tracer.discard();
      parking.forget();
      breaker.countAnew();
      if (!(error instanceof HandlerFailure) || breaker.open()) throw error;
      carefulUpTo = error.event.position + CAREFUL_EVENTS;
    }
  };
}
