import { withCorrelation } from '../../events/correlation.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import { FigtreeError, isFigtreeError } from '../../events/errors.ts';
import type { EventLogReader } from '../../ports/event-log.ts';
import type { ParkedEvent, UnitOfWork } from '../../ports/unit-of-work.ts';
import type { Log } from './consumer.ts';
import { correlationOf } from './event-correlation.ts';
import { HandlerFailure, RefusedEvent } from './handler-failure.ts';
import type { PersonalWords } from './personal-words.ts';
import type { Tracer } from './tracer.ts';

/** Events whose handler threw, each with the later events of its key behind it. The first of a key is tried again with
 *  growing pauses; when the attempts are used up, its key stays stopped until the next start, and everything is kept.
 *  Other keys run on all the while. */
export interface Parking {
  /** True if the event's key is stopped: then the event now waits behind the others. */
  waits(event: RecordedEvent): boolean;
  park(failure: HandlerFailure): void;
  /** Tries again some of what is due; each key in a transaction of its own. */
  retryDue(handle: (event: RecordedEvent) => Promise<void>, tracer: Tracer): Promise<void>;
  /** When the next retry is due, in milliseconds since 1970; Infinity if none is. */
  nextDueMs(): number;
  count(): number;
  /** What failed may have been mended: every parked event gets its attempts back with the next retries. */
  renewAttempts(): void;
  /** Something was undone: what is remembered is read again. */
  forget(): void;
}

export interface RetryPolicy {
  readonly attemptsMax: number;
  readonly firstPauseMs: number;
  readonly pauseFactor: number;
}

const DEFAULT_POLICY: RetryPolicy = { attemptsMax: 6, firstPauseMs: 100, pauseFactor: 4 };
// New events come in between, and one key with a long queue does not hold up the others.
const KEYS_AT_ONCE = 20;
const EVENTS_OF_KEY_AT_ONCE = 100;

export interface ParkingOptions {
  readonly unit: UnitOfWork;
  readonly log: EventLogReader;
  readonly logger: Log;
  readonly personal: Pick<PersonalWords, 'outOfText'>;
  readonly policy?: RetryPolicy;
}

export function createParking(options: ParkingOptions): Parking {
  const { unit, logger } = options;
  const afterFailure = failureTeller(options);
  // Every event that comes asks whether its key is stopped, and mostly no key is.
  let count: number | undefined;
  const counted = () => (count ??= unit.parkedCount());
  // A start is a new chance for what had stopped before it.
  let toBeRenewed = true;

  async function renew(): Promise<void> {
    await unit.commit(async () => {
      unit.renewAttempts(Date.now());
      return unit.checkpoint();
    });
    toBeRenewed = false;
  }

  async function retryKey(head: ParkedEvent, handle: (event: RecordedEvent) => Promise<void>): Promise<void> {
    const { key } = head;
    for (const waiting of unit.parked({ key, limit: EVENTS_OF_KEY_AT_ONCE })) {
      const events = await eventsAt(options.log, waiting.position);
      try {
        await unit.attempt(() => handleAll(events, handle));
      } catch (error) {
        if (!(error instanceof HandlerFailure)) throw error;
        const attempts = waiting.position === head.position ? head.attempts + 1 : 1;
        return unit.park(afterFailure(error, attempts));
      }
      unit.unpark(waiting.position);
      for (const event of events) {
        const details = { event: event.id, position: event.position };
        withCorrelation(correlationOf(event), () => logger.info(details, 'parked event handled'));
      }
    }
    const [next] = unit.parked({ key, limit: 1 });
    if (next !== undefined) unit.park({ ...next, retryAtMs: Date.now() });
  }

  function park(event: ParkedEvent): void {
    const before = counted();
    unit.park(event);
    count = before + 1;
  }

  return {
    waits(event) {
      if (counted() === 0 || !unit.isParked(event.partitionkey)) return false;
      park({ position: event.position, key: event.partitionkey, attempts: 0 });
      return true;
    },
    park: (failure) => park(afterFailure(failure, 1)),
    async retryDue(handle, tracer) {
      if (counted() > 0 && toBeRenewed) await renew();
      toBeRenewed = false;
      if (counted() === 0) return;
      for (const head of unit.dueForRetry(Date.now(), KEYS_AT_ONCE)) {
        try {
          await unit.commit(async () => {
            await retryKey(head, handle);
            unit.recordSteps(tracer.take());
            return unit.checkpoint();
          });
        } finally {
          tracer.discard();
          count = undefined;
        }
      }
    },
    nextDueMs: () => (counted() === 0 ? Infinity : unit.nextRetryMs()),
    count: counted,
    renewAttempts: () => void (toBeRenewed = true),
    forget: () => void (count = undefined),
  };
}

/** Gives the function that logs a failure and says how the event waits from then on. */
function failureTeller({ logger, personal, policy = DEFAULT_POLICY }: Omit<ParkingOptions, 'unit' | 'log'>) {
  // A log may hold any number of events of a version that is not known here: one of them is told loudly.
  const refusedVersions = new Set<string>();

  function levelOf(failure: HandlerFailure): 'error' | 'debug' {
    if (!(failure instanceof RefusedEvent)) return 'error';
    const { dataschema } = failure.event;
    if (refusedVersions.has(dataschema)) return 'debug';
    refusedVersions.add(dataschema);
    return 'error';
  }

  return (failure: HandlerFailure, attempts: number): ParkedEvent => {
    const { event, consumer, cause } = failure;
    const { position, partitionkey: key } = event;
    const pauseMs = policy.firstPauseMs * policy.pauseFactor ** (attempts - 1) * (0.75 + Math.random() / 2);
    const refused = failure instanceof RefusedEvent;
    const again = !refused && attempts < policy.attemptsMax;
    const error = personal.outOfText(describe(cause), event);
    const details = { consumer, event: event.id, position, key, attempts, error };
    const message = refused
      ? 'event refused, key is stopped'
      : again
        ? 'handler failed, key waits'
        : 'handler failed for the last time, key is stopped';
    withCorrelation(correlationOf(event), () => logger[levelOf(failure)](details, message));
    const retryAtMs = Math.round(Date.now() + pauseMs);
    return { position, key, consumer, attempts, error, ...(again && { retryAtMs }) };
  };
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
  throw new FigtreeError('DATA_DAMAGED', `the log has no event at ${position}, which is parked`, { position });
}

function describe(cause: unknown): string {
  if (isFigtreeError(cause)) return `${cause.code}: ${cause.message}`;
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}
