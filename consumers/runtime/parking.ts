import { withCorrelation } from '../../events/correlation.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import { FigtreeError } from '../../events/errors.ts';
import type { EventLogReader } from '../../ports/event-log.ts';
import type { ParkedEvent, UnitOfWork } from '../../ports/unit-of-work.ts';
import type { Log } from './consumer.ts';
import { correlationOf } from './event-correlation.ts';
import { HandlerFailure } from './handler-failure.ts';
import type { Tracer } from './tracer.ts';

/** Events whose handler threw, each with the later events of its key behind it. The first of a key is tried again with
 *  growing pauses; when the attempts are used up, its key stays stopped until the next start, and everything is kept.
 *  Other keys run on all the while. */
export interface Parking {
  /** True if the event's key is stopped: then the event now waits behind the others. */
  waits(event: RecordedEvent): boolean;
  park(failure: HandlerFailure): void;
  /** Tries again what is due; each key in a transaction of its own. */
  retryDue(handle: (event: RecordedEvent) => Promise<void>, tracer: Tracer): Promise<void>;
  /** When the next retry is due, in milliseconds since 1970; Infinity if none is. */
  nextDueMs(): number;
  count(): number;
  /** Something was undone: what is remembered is read again. */
  forget(): void;
}

export interface RetryPolicy {
  readonly attemptsMax: number;
  readonly firstPauseMs: number;
  readonly pauseFactor: number;
}

const DEFAULT_POLICY: RetryPolicy = { attemptsMax: 6, firstPauseMs: 100, pauseFactor: 4 };

export interface ParkingOptions {
  readonly unit: UnitOfWork;
  readonly log: EventLogReader;
  readonly logger: Log;
  readonly policy?: RetryPolicy;
}

export function createParking(options: ParkingOptions): Parking {
  const { unit, logger } = options;
  const policy = options.policy ?? DEFAULT_POLICY;
  const stopped = rememberStoppedKeys(unit);

  async function retryKey(head: ParkedEvent, handle: (event: RecordedEvent) => Promise<void>): Promise<void> {
    for (const waiting of unit.parked(head.key)) {
      const event = await eventAt(options.log, waiting.position);
      try {
        await unit.attempt(() => handle(event));
      } catch (error) {
        if (!(error instanceof HandlerFailure)) throw error;
        const attempts = waiting.position === head.position ? head.attempts + 1 : 1;
        return unit.park(afterFailure(error, attempts));
      }
      unit.unpark(waiting.position);
      const details = { event: event.id, position: event.position };
      withCorrelation(correlationOf(event), () => logger.info(details, 'parked event handled'));
    }
  }

  function afterFailure({ event, consumer, cause }: HandlerFailure, attempts: number): ParkedEvent {
    const { position, partitionkey: key } = event;
    const pauseMs = policy.firstPauseMs * policy.pauseFactor ** (attempts - 1) * (0.75 + Math.random() / 2);
    const again = attempts < policy.attemptsMax;
    const error = describe(cause);
    const details = { consumer, event: event.id, position, key, attempts, error };
    const message = again ? 'handler failed, key waits' : 'handler failed for the last time, key is stopped';
    withCorrelation(correlationOf(event), () => logger.error(details, message));
    const retryAtMs = Math.round(Date.now() + pauseMs);
    return { position, key, consumer, attempts, error, ...(again && { retryAtMs }) };
  }

  return {
    waits(event) {
      const keys = stopped.keys();
      if (keys.size === 0 || !keys.has(event.partitionkey)) return false;
      unit.park({ position: event.position, key: event.partitionkey, attempts: 0 });
      stopped.oneMore();
      return true;
    },
    park(failure) {
      const keys = stopped.keys();
      const parked = afterFailure(failure, 1);
      unit.park(parked);
      keys.set(parked.key, parked);
      stopped.oneMore();
    },
    async retryDue(handle, tracer) {
      const nowMs = Date.now();
      const due = [...stopped.keys().values()].filter(({ retryAtMs = Infinity }) => retryAtMs <= nowMs);
      for (const head of due) {
        try {
          await unit.commit(async () => {
            await retryKey(head, handle);
            unit.recordSteps(tracer.take());
            return unit.checkpoint();
          });
          stopped.chanceTaken(head.key);
        } finally {
          tracer.discard();
          stopped.forget();
        }
      }
    },
    nextDueMs: () => stopped.nextDueMs(),
    count: stopped.count,
    forget: stopped.forget,
  };
}

/** What is parked, in memory: every event that comes asks whether its key is stopped. */
function rememberStoppedKeys(unit: UnitOfWork) {
  // The first parked event of each stopped key.
  let heads: Map<string, ParkedEvent> | undefined;
  let count = 0;
  // A start is a new chance for what had stopped before it: what failed may have been mended.
  const newChances = new Set(unit.parked().map((event) => event.key));

  function keys(): Map<string, ParkedEvent> {
    if (heads !== undefined) return heads;
    const parked = unit.parked();
    count = parked.length;
    heads = new Map();
    for (const event of parked) {
      if (heads.has(event.key)) continue;
      heads.set(event.key, newChances.has(event.key) ? { ...event, attempts: 0, retryAtMs: 0 } : event);
    }
    return heads;
  }

  return {
    keys,
    nextDueMs() {
      let nextMs = Infinity;
      for (const { retryAtMs = Infinity } of keys().values()) nextMs = Math.min(nextMs, retryAtMs);
      return nextMs;
    },
    count: () => (keys(), count),
    oneMore: () => void (count += 1),
    chanceTaken: (key: string) => void newChances.delete(key),
    forget: () => void (heads = undefined),
  };
}

async function eventAt(log: EventLogReader, position: number): Promise<RecordedEvent> {
  const { events } = await log.read({ after: position - 1, limit: 1 });
  if (events[0]?.position === position) return events[0];
  throw new FigtreeError('DATA_DAMAGED', `the log has no event at ${position}, which is parked`, { position });
}

function describe(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}
