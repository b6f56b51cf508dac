import { withCorrelation } from '../../events/correlation.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
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
  // The first parked event of each stopped key.
  let heads: Map<string, ParkedEvent> | undefined;
  let count = 0;
  // A start is a new chance for what had stopped before it: what failed may have been mended.
  const newChances = new Set(unit.parked().map((event) => event.key));

  function stoppedKeys(): Map<string, ParkedEvent> {
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

  async function retryKey(head: ParkedEvent, handle: (event: RecordedEvent) => Promise<void>): Promise<void> {
    for (const waiting of unit.parked(head.key)) {
      const { events } = await options.log.read({ after: waiting.position - 1, limit: 1 });
      const event = events[0];
      if (event?.position !== waiting.position) throw new Error(`the log has no event ${waiting.position}`);
      try {
        await unit.attempt(() => handle(event));
      } catch (error) {
        if (!(error instanceof HandlerFailure)) throw error;
        const attempts = waiting.position === head.position ? head.attempts + 1 : 1;
        return unit.park(failed(event, attempts, error));
      }
      unit.unpark(waiting.position);
      const details = { event: event.id, position: event.position };
      withCorrelation(correlationOf(event), () => logger.info(details, 'parked event handled'));
    }
  }

  function failed(event: RecordedEvent, attempts: number, { consumer, cause }: HandlerFailure): ParkedEvent {
    const { position, partitionkey: key } = event;
    const pauseMs = policy.firstPauseMs * policy.pauseFactor ** (attempts - 1) * (0.75 + Math.random() / 2);
    const again = attempts < policy.attemptsMax;
    const error = describe(cause);
    const details = { consumer, event: event.id, position, key, attempts, error };
    const message = again ? 'handler failed, key waits' : 'handler failed for the last time, key is stopped';
    withCorrelation(correlationOf(event), () => logger.error(details, message));
    return {
      position,
      key,
      consumer,
      attempts,
      error,
      ...(again && { retryAtMs: Math.round(Date.now() + pauseMs) }),
    };
  }

  return {
    waits(event) {
      const stopped = stoppedKeys();
      if (stopped.size === 0 || !stopped.has(event.partitionkey)) return false;
      unit.park({ position: event.position, key: event.partitionkey, attempts: 0 });
      count += 1;
      return true;
    },
    park(failure) {
      const stopped = stoppedKeys();
      const parked = failed(failure.event, 1, failure);
      unit.park(parked);
      stopped.set(parked.key, parked);
      count += 1;
    },
    async retryDue(handle, tracer) {
      const nowMs = Date.now();
      for (const head of [...stoppedKeys().values()].filter(({ retryAtMs }) => (retryAtMs ?? Infinity) <= nowMs)) {
        try {
          await unit.commit(async () => {
            await retryKey(head, handle);
            unit.recordSteps(tracer.take());
            return unit.checkpoint();
          });
          newChances.delete(head.key);
        } finally {
          tracer.discard();
          heads = undefined;
        }
      }
    },
    nextDueMs() {
      let nextMs = Infinity;
      for (const { retryAtMs = Infinity } of stoppedKeys().values()) nextMs = Math.min(nextMs, retryAtMs);
      return nextMs;
    },
    count: () => (stoppedKeys(), count),
    forget() {
      heads = undefined;
    },
  };
}

function describe(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}
