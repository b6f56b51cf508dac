import type { RecordedEvent } from '../../events/envelope.ts';
import type { Breaker } from './breaker.ts';
import { isHandlerFailure, isRefusedEvent } from './handler-failure.ts';
import type { Handling } from './handling.ts';
import type { Parking } from './parking.ts';
import type { Stopping } from './stopping.ts';
import type { ProcessorOptions } from './processor-options.ts';

const NO_MORE: readonly RecordedEvent[] = [];
const PAGE_EVENTS = 1000;
// A commit ends after each effect, and the next one reads what follows again.
const PAGE_EVENTS_OF_EFFECTS = 50;
const COMMIT_EVENTS_MAX = 20_000;
// Each database page that a commit touches is written once, however many of its rows changed. So a busy projection
// commits seldom: no reader waits for part of a backlog. An idle one commits immediately.
const BUSY_COMMIT_POSITIONS = 1000;
const BUSY_LINGER_MS = 500;
// Unless no event has come for this long: then a reader may be waiting for the last one.
const QUIET_MS = 25;
// After a handler has thrown, this many further events are attempted one by one as well: failures come in clusters, and
// each one in a batch rolls back a whole commit.
const CAREFUL_EVENTS = 1000;
// Flows that a request started are always traced; others only while the projection is this close to the head.
const TRACED_PAGE_EVENTS_MAX = 64;

type CommitterOptions = Pick<
  ProcessorOptions,
  'unit' | 'log' | 'tracer' | 'headBeyond' | 'ceiling' | 'onError' | 'onWork'
> & {
  readonly handling: Handling;
  readonly parking: Parking;
  readonly breaker: Breaker;
  readonly stopping: Stopping;
};

function pageReader({ log, handling, ceiling = () => Infinity }: CommitterOptions, limit: number) {
  return (after: number, upTo: number) =>
    log.read({ after, upTo: Math.min(upTo, ceiling()), limit, types: handling.types });
}

/** The events of one position: usually one, several if a past version was split since. They share a key, and are
 *  handled, rolled back and parked together. */
function applier({ unit, handling, parking, breaker, onError }: CommitterOptions) {
  return async (recorded: Recorded, { traced, careful }: { traced: boolean; careful: boolean }): Promise<void> => {
    const [event] = recorded;
    if (parking.waits(event)) return;
    const alone = careful || breaker.open();
    try {
      if (!alone) return await handleAll(handling, recorded, traced);
      await unit.attempt(() => handleAll(handling, recorded, traced));
      breaker.succeeded(handling.consumersOf(event.type));
    } catch (error) {
      if (onError === 'stop') throw error;
      // A refused event was never attempted, so nothing has to be rolled back, and no consumer has failed.
      if (isRefusedEvent(error)) return parking.park(error);
      if (!alone || !isHandlerFailure(error) || breaker.failed(error)) throw error;
      parking.park(error);
    }
  };
}

/** Returns the function that applies new events of the log in one commit. If a handler throws, everything is rolled
 *  back and the result is false; the next call finds the events at fault. Rejects with the failure if no event is. */
export function newEventsCommitter(options: CommitterOptions): (upTo?: number) => Promise<boolean> {
  const { unit, tracer, parking, breaker, stopping } = options;
  const apply = applier(options);
  const stopsAtErrors = options.onError === 'stop';
  const { handling } = options;
  const leavesSystem = handling.types.some(handling.leavesSystem);
  const readPage = pageReader(options, leavesSystem ? PAGE_EVENTS_OF_EFFECTS : PAGE_EVENTS);
  let lastCommitPositions = 0;
  // Up to this position events are attempted one by one, because one of them has thrown.
  let carefulUpTo = 0;

  /** Applies events until the end of the log, and a little longer while busy, because more may be coming. Returns the
   *  position up to which everything was applied, parked or skipped. */
  async function applyNewEvents(from: number, upTo: number): Promise<number> {
    const untilMs = performance.now() + BUSY_LINGER_MS;
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
        const more = moreAt(page.events, index);
        index += more.length;
        await apply([event, more], { traced, careful: event.position <= carefulUpTo });
        events += 1;
        // What left the system cannot be rolled back: if it is not committed, it is repeated.
        if (leavesSystem && [event, ...more].some(handling.hasEffect)) return event.position;
      }
      const moved = page.position > position;
      position = page.position;
      if (!breaker.open()) options.onWork?.();
      if (moved) continue;
      const lingerMs = Math.min(QUIET_MS, untilMs - performance.now());
      if (Math.max(lastCommitPositions, position - from) < BUSY_COMMIT_POSITIONS || lingerMs <= 0 || quiet) break;
      quiet = !(await stopping.unlessStopped(options.headBeyond(position, lingerMs)));
    }
    return position;
  }

  async function commit(from: number, upTo: number): Promise<number> {
    const position = await applyNewEvents(from, upTo);
    const stillOpenFor = breaker.stillOpenFor();
    if (stillOpenFor !== undefined) throw stillOpenFor;
    unit.recordSteps(tracer.take());
    lastCommitPositions = position - from;
    return position;
  }

  return async (upTo = Infinity) => {
    const from = unit.checkpoint();
    breaker.begin();
    try {
      await unit.commit(() => commit(from, upTo));
    } catch (error) {
      tracer.discard();
      parking.forget();
      breaker.undone();
      if (!isHandlerFailure(error) || stopsAtErrors) throw error;
      carefulUpTo = Math.max(carefulUpTo, error.event.position + CAREFUL_EVENTS);
      if (breaker.open()) throw error;
      return false;
    }
    parking.committed();
    if (breaker.committed()) parking.renewAttempts();
    return true;
  };
}

/** The other events of the same position. */
function moreAt(events: readonly RecordedEvent[], first: number): readonly RecordedEvent[] {
  const position = events[first]?.position;
  let end = first + 1;
  while (events[end]?.position === position && end < events.length) end += 1;
  return end === first + 1 ? NO_MORE : events.slice(first + 1, end);
}

type Recorded = readonly [event: RecordedEvent, more: readonly RecordedEvent[]];

function handleAll(handling: Handling, [event, more]: Recorded, traced: boolean): Promise<void> {
  const handled = handling.handle(event, traced || event.correlationid !== event.id);
  return more.length === 0 ? handled : handled.then(() => handleMore(handling, more, traced));
}

async function handleMore(handling: Handling, events: readonly RecordedEvent[], traced: boolean): Promise<void> {
  for (const event of events) await handling.handle(event, traced || event.correlationid !== event.id);
}
