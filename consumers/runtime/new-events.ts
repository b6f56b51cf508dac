import type { RecordedEvent } from '../../events/envelope.ts';
import type { Breaker } from './breaker.ts';
import { HandlerFailure, RefusedEvent } from './handler-failure.ts';
import type { Handling } from './handling.ts';
import type { Parking } from './parking.ts';
import type { ProcessorOptions } from './processor.ts';
import type { Stopping } from './stopping.ts';

const NO_MORE: readonly RecordedEvent[] = [];
const PAGE_EVENTS = 1000;
const COMMIT_EVENTS_MAX = 20_000;
// Each page that a commit touches is written once, however many of its rows changed. So a projection that has much to do
// commits seldom: nobody waits for a part of a backlog. With little to do it commits at once.
const BUSY_COMMIT_POSITIONS = 1000;
const BUSY_LINGER_MS = 500;
// Unless nothing has come for this long: then somebody may well be waiting for the last of it.
const QUIET_MS = 25;
// When a handler has thrown, this many events behind it are attempted one by one as well: faults come in crowds, and each
// one that is met unprepared undoes a whole commit.
const CAREFUL_EVENTS = 1000;
// Flows that a request named are always traced; others while the projection is this close to the head.
const TRACED_PAGE_EVENTS_MAX = 64;

type CommitterOptions = Pick<ProcessorOptions, 'unit' | 'log' | 'tracer' | 'headBeyond' | 'ceiling' | 'onError'> & {
  readonly handling: Handling;
  readonly parking: Parking;
  readonly breaker: Breaker;
  readonly stopping: Stopping;
};

function pageReader({ log, handling, ceiling = () => Infinity }: CommitterOptions) {
  return (after: number, upTo: number) =>
    log.read({ after, upTo: Math.min(upTo, ceiling()), limit: PAGE_EVENTS, types: handling.types });
}

/** Gives the function that applies what is new in the log, in one commit. If a handler throws, all is undone, and the next
 *  call finds out which events are to blame. Rejects with the failure if it is none of them. */
export function newEventsCommitter(options: CommitterOptions): (upTo?: number) => Promise<void> {
  const { unit, tracer, handling, parking, breaker, stopping } = options;
  const readPage = pageReader(options);
  const stopsAtErrors = options.onError === 'stop';
  let lastCommitPositions = 0;
  // Up to here events are attempted one by one, because one of them has thrown.
  let carefulUpTo = 0;

  /** What was recorded at one position: mostly one event, several of them if a past version was split since. They share a
   *  key, and are done, undone and parked together. */
  async function apply(event: RecordedEvent, more: readonly RecordedEvent[], traced: boolean): Promise<void> {
    if (parking.waits(event)) return;
    try {
      if (event.position > carefulUpTo && !breaker.open()) return await handleAll(handling, [event, more], traced);
      await unit.attempt(() => handleAll(handling, [event, more], traced));
      if (breaker.succeeded(handling.consumersOf(event.type))) parking.renewAttempts();
    } catch (error) {
      if (stopsAtErrors) throw error;
      // It was refused before anything was done about it, so there is nothing to undo, and no consumer has failed.
      if (error instanceof RefusedEvent) return parking.park(error);
      if (event.position > carefulUpTo && !breaker.open()) throw error;
      if (!(error instanceof HandlerFailure) || breaker.failed(error)) throw error;
      parking.park(error);
    }
  }

  /** Applies events until the log has no more, and while busy a little longer: more may be coming. Gives the position up to
   *  which everything was applied, parked or not wanted. */
  async function applyNewEvents(from: number, upTo: number): Promise<number> {
    const startedMs = performance.now();
    const until = carefulUpTo > from ? carefulUpTo : Infinity;
    let position = from;
    let events = 0;
    let quiet = false;
    while (events < COMMIT_EVENTS_MAX && !stopping.stopped()) {
      const page = await readPage(position, upTo);
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

  return async (upTo = Infinity) => {
    const from = unit.checkpoint();
    try {
      await unit.commit(async () => {
        const position = await applyNewEvents(from, upTo);
        unit.recordSteps(tracer.take());
        lastCommitPositions = position - from;
        return position;
      });
    } catch (error) {
      tracer.discard();
      parking.forget();
      breaker.countAnew();
      if (!(error instanceof HandlerFailure) || breaker.open() || stopsAtErrors) throw error;
      carefulUpTo = error.event.position + CAREFUL_EVENTS;
    }
  };
}

type Recorded = readonly [event: RecordedEvent, more: readonly RecordedEvent[]];

function handleAll(handling: Handling, [event, more]: Recorded, traced: boolean): Promise<void> {
  const handled = handling.handle(event, traced || event.correlationid !== event.id);
  return more.length === 0 ? handled : handled.then(() => handleMore(handling, more, traced));
}

async function handleMore(handling: Handling, events: readonly RecordedEvent[], traced: boolean): Promise<void> {
  for (const event of events) await handling.handle(event, traced || event.correlationid !== event.id);
}
