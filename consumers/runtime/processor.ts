import { withCorrelation } from '../../events/correlation.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import type { EventType } from '../../events/catalog.ts';
import type { EventLogReader } from '../../ports/event-log.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';
import type { Consumer, Handler, HandlerContext, Log } from './consumer.ts';
import { correlationOf } from './event-correlation.ts';
import { HandlerFailure, isStorageFailure } from './handler-failure.ts';
import { createParking, type RetryPolicy } from './parking.ts';
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
}

const PAGE_EVENTS = 1000;
const COMMIT_EVENTS_MAX = 50_000;
// Each page that a commit touches is written once, however many of its rows changed. So a projection that has much to do
// commits seldom: nobody waits for a part of a backlog. With little to do it commits at once.
const BUSY_COMMIT_EVENTS = 1000;
const BUSY_LINGER_MS = 500;
// Unless nothing has come for this long: then somebody may well be waiting for the last of it.
const QUIET_MS = 25;
const IDLE_WAIT_MS = 1000;
// When a handler has thrown, this many events behind it are attempted one by one as well: faults come in crowds, and each
// one that is met unprepared undoes a whole commit.
const CAREFUL_EVENTS = 1000;
// Flows that a request named are always traced; others while the projection is this close to the head.
const TRACED_PAGE_EVENTS_MAX = 64;
const STORAGE_RETRY_MS = [100, 1000, 5000, 15_000];

export function createProcessor(options: ProcessorOptions): Processor {
  const { unit, log, tracer, logger } = options;
  const handlers = handlersByType(options.consumers);
  const types = [...handlers.keys()];
  const context: HandlerContext = { replay: false, log: logger };
  const parking = createParking({ unit, log, logger, ...(options.retry !== undefined && { policy: options.retry }) });
  let stopping = false;
  let lastCommitEvents = 0;
  // Up to here events are attempted one by one, because one of them has thrown.
  let carefulUpTo = 0;
  let progress = { position: unit.checkpoint(), parked: parking.count() };

  async function handle(event: RecordedEvent, traced: boolean): Promise<void> {
    tracer.begin(event, traced);
    for (const { consumer, handler } of handlers.get(event.type) ?? []) {
      try {
        const running = tracer.run(consumer, () => handler(event, context));
        if (running !== undefined) await running;
      } catch (error) {
        tracer.undo();
        throw isStorageFailure(error) ? error : new HandlerFailure(event, consumer, error);
      }
    }
  }

  const handleCorrelated = (event: RecordedEvent, traced: boolean) =>
    withCorrelation(correlationOf(event), () => handle(event, traced));

  async function apply(event: RecordedEvent, traced: boolean): Promise<void> {
    if (parking.waits(event)) return;
    if (event.position > carefulUpTo) return handleCorrelated(event, traced);
    try {
      await unit.attempt(() => handleCorrelated(event, traced));
    } catch (error) {
      if (!(error instanceof HandlerFailure)) throw error;
      parking.park(error);
    }
  }

  /** Applies events until the log has no more, and while busy a little longer: more may be coming. */
  async function applyNewEvents(from: number): Promise<{ position: number; events: number }> {
    const startedMs = performance.now();
    const until = carefulUpTo > from ? carefulUpTo : Infinity;
    let position = from;
    let events = 0;
    let quiet = false;
    while (events < COMMIT_EVENTS_MAX && !stopping) {
      const page = await log.read({ after: position, limit: PAGE_EVENTS, types });
      const traced = page.events.length <= TRACED_PAGE_EVENTS_MAX;
      for (const event of page.events) {
        if (event.position > until) return { position: until, events };
        await apply(event, traced || event.correlationid !== event.id);
        events += 1;
      }
      const moved = page.position > position;
      position = page.position;
      if (moved) continue;
      const lingerMs = Math.min(QUIET_MS, startedMs + BUSY_LINGER_MS - performance.now());
      if (Math.max(lastCommitEvents, events) < BUSY_COMMIT_EVENTS || lingerMs <= 0 || quiet) break;
      quiet = !(await unlessStopped(options.headBeyond(position, lingerMs)));
    }
    return { position, events };
  }

  /** False if all was undone because a handler threw: then the next call finds out which events are to blame. */
  async function commitNewEvents(): Promise<boolean> {
    const from = unit.checkpoint();
    try {
      await unit.commit(async () => {
        const { position, events } = await applyNewEvents(from);
        unit.recordSteps(tracer.take());
        lastCommitEvents = events;
        return position;
      });
      return true;
    } catch (error) {
      tracer.discard();
      parking.forget();
      if (!(error instanceof HandlerFailure)) throw error;
      carefulUpTo = error.event.position + CAREFUL_EVENTS;
      return false;
    }
  }

  async function turn(): Promise<void> {
    await parking.retryDue((event) => handleCorrelated(event, true), tracer);
    if (!(await commitNewEvents())) return;
    progress = { position: unit.checkpoint(), parked: parking.count() };
    options.onProgress({ ...progress, stopped: false });
    const waitMs = Math.min(IDLE_WAIT_MS, parking.nextDueMs() - Date.now());
    if (waitMs > 0) await unlessStopped(options.headBeyond(progress.position, waitMs));
  }

  async function run(): Promise<void> {
    let failures = 0;
    options.onProgress({ ...progress, stopped: false });
    while (!stopping) {
      try {
        await turn();
        failures = 0;
      } catch (error) {
        // The disk, not an event: nothing is parked, and nothing is lost by waiting.
        const retryMs = STORAGE_RETRY_MS[Math.min(failures, STORAGE_RETRY_MS.length - 1)] ?? 0;
        failures += 1;
        logger.error({ error, retryMs }, 'projection cannot be written, trying again later');
        options.onProgress({ ...progress, stopped: true });
        let timer: ReturnType<typeof setTimeout> | undefined;
        await unlessStopped(new Promise((resolve) => (timer = setTimeout(resolve, retryMs, false))));
        clearTimeout(timer);
      }
    }
  }

  let interrupt: (() => void) | undefined;

  /** Ends as `wait` does, or with false as soon as `stop` is called. */
  function unlessStopped(wait: Promise<boolean>): Promise<boolean> {
    return new Promise((resolve, reject) => {
      interrupt = () => resolve(false);
      wait.then(resolve, reject);
      if (stopping) interrupt();
    });
  }

  let running: Promise<void> | undefined;
  return {
    run: () => (running ??= run()),
    async stop() {
      stopping = true;
      interrupt?.();
      await running;
    },
  };
}

interface NamedHandler {
  readonly consumer: string;
  readonly handler: Handler<EventType>;
}

function handlersByType(consumers: readonly Consumer[]): Map<EventType, NamedHandler[]> {
  const byType = new Map<EventType, NamedHandler[]>();
  for (const { name, on } of consumers) {
    for (const type of Object.keys(on) as EventType[]) {
      // The catalog ties `type` to its data; a map over all types cannot, so the handler is widened here, once.
      const handler = on[type] as unknown as Handler<EventType>;
      byType.set(type, [...(byType.get(type) ?? []), { consumer: name, handler }]);
    }
  }
  return byType;
}
