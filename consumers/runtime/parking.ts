import { withCorrelation } from '../../events/correlation.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import { FigtreeError } from '../../events/errors.ts';
import type { EventLogReader } from '../../ports/event-log.ts';
import type { ParkedEvent } from '../../ports/parking-lot.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';
import type { Log } from './consumer.ts';
import { correlationOf } from './event-correlation.ts';
import { type HandlerFailure, isHandlerFailure } from './handler-failure.ts';
import { failureDecider, type FailureDeciderOptions } from './parked-events.ts';
import type { Handling } from './handling.ts';
import type { Stopping } from './stopping.ts';
import type { Tracer } from './tracer.ts';

/** Events whose handler threw, each with the later events of its key behind it. The first of a key is retried with
 *  growing pauses; when its attempts are used up, the key stays stopped until the next start or until an operator
 *  redrives it, and everything is kept. Other keys continue meanwhile. */
export interface Parking {
  /** True if the event's key is stopped: then the event now waits behind the others. */
  waits(event: RecordedEvent): boolean;
  park(failure: HandlerFailure): void;
  /** Retries some of what is due; each key in its own transaction. Ends early for a stop, for new events after one that
   *  has left the system, and after some time. */
  retryDue(): Promise<void>;
  /** One commit: effects, the lot and the steps of traced flows together. */
  inCommit(work: () => Promise<unknown>): Promise<void>;
  /** Inside a commit: handles the first events of a key, in order, until one fails, which is parked again in front of
   *  the others. Handled events leave the lot. Ends after one that has left the system, because that is repeated unless
   *  it is committed, and for a stop. */
  retryKey(key: string, limit: number): Promise<KeyRetried>;
  /** Inside a commit: discards an event. Events behind it are retried. */
  discard(event: ParkedEvent): void;
  /** When the next retry is due, in milliseconds since 1970; Infinity if none is. */
  nextDueMs(): number;
  count(): number;
  /** Renews the attempts of every parked event with the next retries, because the cause may have been fixed. */
  renewAttempts(): void;
  /** The commit succeeded: logs what it did. */
  committed(): void;
  /** The commit was rolled back: drops its log lines and reloads cached state. */
  forget(): void;
}

export interface KeyRetried {
  readonly handled: number;
  readonly failed: boolean;
  /** Other events wait that were not retried. */
  readonly more: boolean;
  /** The last one has left the system, whether it failed or not: the commit has to end. */
  readonly hadEffect: boolean;
}

// Limited, so that new events are handled in between and a key with a long queue does not delay the others.
const KEYS_AT_ONCE = 20;
const EVENTS_OF_KEY_AT_ONCE = 100;
const RETRIES_MS = 250;

export interface ParkingOptions extends FailureDeciderOptions {
  readonly unit: UnitOfWork;
  readonly log: EventLogReader;
  readonly tracer: Tracer;
  readonly handling: Pick<Handling, 'handle' | 'hasEffect'>;
  readonly stopping: Pick<Stopping, 'stopped'>;
}

export function createParking(options: ParkingOptions): Parking {
  const { unit, tracer, logger, stopping } = options;
  const afterFailure = failureDecider(options);
  const lot = countedLot(unit);
  const lines = linesOfCommit();
  const retryKey = keyRetrier(options, { lot, lines, afterFailure });
  // After a restart, stopped keys are retried.
  let renewalPending = true;

  /** Runs a commit, and what has to follow on success or rollback. */
  async function inCommit(work: () => Promise<unknown>): Promise<void> {
    try {
      await unit.commit(async () => {
        await work();
        unit.recordSteps(tracer.take());
        return unit.checkpoint();
      });
      lines.write();
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
      const { parked, log } = afterFailure(failure);
      lot.add(parked);
      lines.later(log);
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
      if (lot.count() > 0 && renewalPending) await inCommit(async () => unit.renewAttempts(Date.now()));
      renewalPending = false;
      if (lot.count() === 0) return;
      const until = performance.now() + RETRIES_MS;
      for (const { key } of unit.dueForRetry(Date.now(), KEYS_AT_ONCE)) {
        if (stopping.stopped()) return;
        let hadEffect = false;
        await inCommit(async () => void ({ hadEffect } = await retryKey(key, EVENTS_OF_KEY_AT_ONCE)));
        if (hadEffect || performance.now() > until) return;
      }
    },
    nextDueMs: () => (lot.count() === 0 ? Infinity : unit.nextRetryMs()),
    count: lot.count,
    renewAttempts: () => void (renewalPending = true),
    committed: lines.write,
    forget,
  };
}

interface RetryParts {
  readonly lot: ReturnType<typeof countedLot>;
  readonly lines: ReturnType<typeof linesOfCommit>;
  readonly afterFailure: ReturnType<typeof failureDecider>;
}

function keyRetrier(
  { unit, log, logger, handling, stopping }: ParkingOptions,
  { lot, lines, afterFailure }: RetryParts,
): Parking['retryKey'] {
  return async (key, limit) => {
    let handled = 0;
    let hadEffect = false;
    for (const waiting of unit.parked({ key, limit })) {
      const events = await eventsAt(log, waiting.position);
      hadEffect = events.some(handling.hasEffect);
      try {
        await unit.attempt(() => handleAll(events, handling));
      } catch (error) {
        if (!isHandlerFailure(error)) throw error;
        const { parked, log } = afterFailure(error, waiting);
        unit.park(parked);
        lines.later(log);
        return { handled, failed: true, more: false, hadEffect };
      }
      lot.remove(waiting.position);
      handled += 1;
      lines.later(() => events.forEach((event) => logHandled(logger, event)));
      if (hadEffect || stopping.stopped()) break;
    }
    return { handled, failed: false, more: tryNext(unit, key), hadEffect };
  };
}

/** Counts are cached: every event asks whether its key is stopped, usually none is, and counting scans all of them. */
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

/** Log lines that are held back until the commit, because rolled back work did not happen. */
function linesOfCommit() {
  let pending: (() => void)[] = [];
  return {
    later: (line: () => void) => void pending.push(line),
    write() {
      const written = pending;
      pending = [];
      written.forEach((line) => line());
    },
    forget: () => void (pending = []),
  };
}

/** Makes the next event of a key due immediately, even after a restart. Returns whether there is one. */
function tryNext(unit: UnitOfWork, key: string): boolean {
  const [next] = unit.parked({ key, limit: 1 });
  if (next !== undefined) unit.park({ ...next, retryAtMs: Date.now() });
  return next !== undefined;
}

function logHandled(logger: Log, event: RecordedEvent): void {
  const details = { event: event.id, position: event.position };
  withCorrelation(correlationOf(event), () => logger.info(details, 'parked event handled'));
}

async function handleAll(events: readonly RecordedEvent[], { handle }: Pick<Handling, 'handle'>): Promise<void> {
  for (const event of events) await handle(event, true);
}

/** The event recorded at a position in current versions: several events if it was split since, none if it was
 *  dropped. */
async function eventsAt(log: EventLogReader, position: number): Promise<readonly RecordedEvent[]> {
  const page = await log.read({ after: position - 1, limit: 1 });
  if (page.position >= position) return page.events;
  throw new FigtreeError('DATA_DAMAGED', `the log has no event at position ${position}, which is parked`, { position });
}
