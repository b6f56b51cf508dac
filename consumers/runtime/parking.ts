import { withCorrelation } from '../../events/correlation.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import { FigtreeError } from '../../events/errors.ts';
import type { EventLogReader } from '../../ports/event-log.ts';
import type { ParkedEvent } from '../../ports/parking-lot.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';
import type { Log } from './consumer.ts';
import { correlationOf } from './event-correlation.ts';
import { HandlerFailure } from './handler-failure.ts';
import { failureTeller, type FailureTellerOptions } from './parked-events.ts';
import type { Tracer } from './tracer.ts';

/** Events whose handler threw, each with the later events of its key behind it. The first of a key is tried again with
 *  growing pauses; when the attempts are used up, its key stays stopped until the next start or until an operator says so,
 *  and everything is kept. Other keys run on all the while. */
export interface Parking {
  /** True if the event's key is stopped: then the event now waits behind the others. */
  waits(event: RecordedEvent): boolean;
  park(failure: HandlerFailure): void;
  /** Tries again some of what is due; each key in a transaction of its own. */
  retryDue(): Promise<void>;
  /** One commit: its effects, the lot and the steps of traced flows together. */
  inCommit(work: () => Promise<unknown>): Promise<void>;
  /** Inside of it: handles the first events of a key, in order, until one of them fails: then it is parked again, in
   *  front of the others. What is handled leaves. */
  retryKey(key: string, limit: number): Promise<KeyRetried>;
  /** Inside of it: takes an event out for good. If others wait behind it, they are tried. */
  discard(event: ParkedEvent): void;
  /** When the next retry is due, in milliseconds since 1970; Infinity if none is. */
  nextDueMs(): number;
  count(): number;
  /** What failed may have been mended: every parked event gets its attempts back with the next retries. */
  renewAttempts(): void;
  /** What was done is committed: it is logged. */
  committed(): void;
  /** It was undone: what is remembered is read again, and nothing is logged. */
  forget(): void;
}

export interface KeyRetried {
  readonly handled: number;
  readonly failed: boolean;
  /** Others wait, and were not tried. */
  readonly more: boolean;
}

// New events come in between, and one key with a long queue does not hold up the others.
const KEYS_AT_ONCE = 20;
const EVENTS_OF_KEY_AT_ONCE = 100;

export interface ParkingOptions extends FailureTellerOptions {
  readonly unit: UnitOfWork;
  readonly log: EventLogReader;
  readonly tracer: Tracer;
  readonly handle: (event: RecordedEvent) => Promise<void>;
}

export function createParking(options: ParkingOptions): Parking {
  const { unit, tracer, logger } = options;
  const afterFailure = failureTeller(options);
  const lot = countedLot(unit);
  const lines = linesOfCommit();
  const retryKey = keyRetrier(options, { lot, lines, afterFailure });
  // A start is a new chance for what had stopped before it.
  let toBeRenewed = true;

  /** What a commit does, and what follows when it is done or undone. */
  async function inCommit(work: () => Promise<unknown>): Promise<void> {
    try {
      await unit.commit(async () => {
        await work();
        unit.recordSteps(tracer.take());
        return unit.checkpoint();
      });
      lines.tell();
    } catch (error) {
      forget();
      throw error;
    } finally {
      tracer.discard();
    }
  }

  function forget(): void {
    lines.forget();
    lot.forget();
  }

  return {
    waits(event) {
      const { position, partitionkey: key, id } = event;
      if (lot.count() === 0 || !unit.isParked(key)) return false;
      lot.add({ position, key, event: id, attempts: 0, parkedAtMs: Date.now() });
      return true;
    },
    park(failure) {
      const { parked, tell } = afterFailure(failure);
      lot.add(parked);
      lines.later(tell);
    },
    inCommit,
    retryKey,
    discard({ position, key, event, consumer, error }) {
      const [front] = unit.parked({ key, limit: 1 });
      lot.discard(position);
      if (front?.position === position) tryNext(unit, key);
      const details = { event, position, key, consumer, error };
      lines.later(() => logger.warn(details, 'parked event discarded by an operator'));
    },
    async retryDue() {
      if (lot.count() > 0 && toBeRenewed) await inCommit(async () => unit.renewAttempts(Date.now()));
      toBeRenewed = false;
      if (lot.count() === 0) return;
      for (const { key } of unit.dueForRetry(Date.now(), KEYS_AT_ONCE)) {
        await inCommit(() => retryKey(key, EVENTS_OF_KEY_AT_ONCE));
      }
    },
    nextDueMs: () => (lot.count() === 0 ? Infinity : unit.nextRetryMs()),
    count: lot.count,
    renewAttempts: () => void (toBeRenewed = true),
    committed: lines.tell,
    forget,
  };
}

interface RetryParts {
  readonly lot: ReturnType<typeof countedLot>;
  readonly lines: ReturnType<typeof linesOfCommit>;
  readonly afterFailure: ReturnType<typeof failureTeller>;
}

function keyRetrier(
  { unit, log, logger, handle }: ParkingOptions,
  { lot, lines, afterFailure }: RetryParts,
): Parking['retryKey'] {
  return async (key, limit) => {
    let handled = 0;
    for (const waiting of unit.parked({ key, limit })) {
      const events = await eventsAt(log, waiting.position);
      try {
        await unit.attempt(() => handleAll(events, handle));
      } catch (error) {
        if (!(error instanceof HandlerFailure)) throw error;
        const { parked, tell } = afterFailure(error, waiting);
        unit.park(parked);
        lines.later(tell);
        return { handled, failed: true, more: false };
      }
      lot.remove(waiting.position);
      handled += 1;
      lines.later(() => events.forEach((event) => tellHandled(logger, event)));
    }
    return { handled, failed: false, more: tryNext(unit, key) };
  };
}

/** Every event that comes asks whether its key is stopped, and mostly no key is; to count them goes through all of them. */
function countedLot(unit: UnitOfWork) {
  let known: number | undefined;
  const count = () => (known ??= unit.parkedCount());
  const changed = (by: 1 | -1, change: () => void) => {
    const before = count();
    change();
    known = before + by;
  };
  return {
    count,
    add: (event: ParkedEvent) => changed(1, () => unit.park(event)),
    remove: (position: number) => changed(-1, () => unit.unpark(position)),
    discard: (position: number) => changed(-1, () => unit.discard(position, Date.now())),
    forget: () => void (known = undefined),
  };
}

/** Log lines that wait for their commit: what is undone did not happen. */
function linesOfCommit() {
  let untold: (() => void)[] = [];
  return {
    later: (tell: () => void) => void untold.push(tell),
    tell() {
      const telling = untold;
      untold = [];
      telling.forEach((tell) => tell());
    },
    forget: () => void (untold = []),
  };
}

/** The next of a key is due at once, whatever becomes of this process. Gives whether there is one. */
function tryNext(unit: UnitOfWork, key: string): boolean {
  const [next] = unit.parked({ key, limit: 1 });
  if (next !== undefined) unit.park({ ...next, retryAtMs: Date.now() });
  return next !== undefined;
}

function tellHandled(logger: Log, event: RecordedEvent): void {
  const details = { event: event.id, position: event.position };
  withCorrelation(correlationOf(event), () => logger.info(details, 'parked event handled'));
}

async function handleAll(
  events: readonly RecordedEvent[],
  handle: (event: RecordedEvent) => Promise<void>,
): Promise<void> {
  for (const event of events) await handle(event);
}

/** What was recorded at a position, as it is read today: several events if it was split since, none if it was dropped. */
async function eventsAt(log: EventLogReader, position: number): Promise<readonly RecordedEvent[]> {
  const page = await log.read({ after: position - 1, limit: 1 });
  if (page.position >= position) return page.events;
  throw new FigtreeError('DATA_DAMAGED', `the log has no event at position ${position}, which is parked`, { position });
}
