import { withCorrelation } from '../../events/correlation.ts';
import type { HandledEvent } from '../../events/envelope.ts';
import type { StreamedEvent, StreamParking } from '../../ports/stream-parking.ts';
import { backoffMs } from '../../resilience/backoff.ts';
import type { FailureWindows } from '../../resilience/failure-windows.ts';
import { startPool } from '../../resilience/pool.ts';
import type { Log } from '../runtime/consumer.ts';
import { correlationOf } from '../runtime/event-correlation.ts';
import { type HandlerFailure, isHandlerFailure, isRefusedEvent } from '../runtime/handler-failure.ts';
import { wordsOfFailure } from '../runtime/parked-events.ts';
import type { PersonalWords } from '../runtime/personal-words.ts';
import type { RecordQueue } from './record-queue.ts';
import { parkAll, refusedAsTooLarge } from './queue-runner.ts';
import type { StreamHandling } from './stream-handling.ts';
import type { StreamLimits } from './stream-options.ts';

/** Decides what happens to failed queues, once all results of the batch are known. */
export interface FailureSettling {
  /** Returns how long to wait before answering: a record that is delivered again immediately would fail again
   *  immediately. Never rejects. */
  settle(queues: readonly RecordQueue[]): Promise<number>;
}

export interface FailureSettlingOptions {
  readonly parking: StreamParking;
  readonly personal: Pick<PersonalWords, 'outOfText'>;
  readonly logger: Log;
  readonly limits: StreamLimits;
  readonly outages: FailureWindows;
  readonly handling: StreamHandling;
}

export function createFailureSettling(options: FailureSettlingOptions): FailureSettling {
  const { parking, logger, limits, outages } = options;
  const park = createQueueParking(options);

  /** Returns how long to wait for it. */
  async function settleOne({ queue, failure, current }: FailedQueue): Promise<number> {
    const event = current.streamed();
    if (isRefusedEvent(failure)) {
      await park(queue, { failure, event, attempts: 1 });
      return 0;
    }
    const attempts = await parking.countFailure(event);
    if (attempts >= limits.attemptsMax) {
      await park(queue, { failure, event, attempts });
      return 0;
    }
    logFailure(failure, { attempts }, 'handler failed, key will be retried');
    return backoffMs(attempts, { firstMs: limits.firstPauseMs, factor: limits.pauseFactor, jitter: 'none' });
  }

  function logFailure(failure: EventFailure, details: object, message: string): void {
    const { event, consumer } = failure;
    const line = { consumer, event: event.id, key: event.partitionkey, ...details };
    const { error } = wordsOfFailure(failure, options.personal);
    withCorrelation(correlationOf(event), () => logger.error({ ...line, error }, message));
  }

  async function settle(queues: readonly RecordQueue[]): Promise<number> {
    const failed = queues.filter(({ failure }) => failure !== undefined);
    const outage = failed.filter((queue) => !isEventsFault(queue, outages));
    let pauseMs = outage.length > 0 ? limits.outagePauseMs : 0;
    const [first] = outage;
    // One error is logged for all queues: no event is charged with an attempt.
    if (isHandlerFailure(first?.failure?.error)) {
      logFailure(first.failure.error, { keys: outage.length }, 'consumer fails at most events: none of them is parked');
    } else if (first !== undefined) {
      logger.error({ error: first.failure?.error, keys: outage.length }, 'storage fails, keys will be retried');
    }
    const settleQueue = async (queue: RecordQueue) => {
      try {
        const { failure, current } = queue;
        if (!isHandlerFailure(failure?.error) || current === undefined) return;
        pauseMs = Math.max(pauseMs, await settleOne({ queue, failure: failure.error, current }));
      } catch (error) {
        pauseMs = limits.outagePauseMs;
        logger.error({ error }, 'parking lot is unreachable, key will be retried');
      }
    };
    const atFault = failed.filter((queue) => isEventsFault(queue, outages));
    await startPool(atFault, settleQueue, limits.keysAtOnce).done;
    await forgetFailures(queues);
    return pauseMs;
  }

  async function forgetFailures(queues: readonly RecordQueue[]): Promise<void> {
    const recovered = queues.filter(({ state, failure, done }) => state === 'failing' && !failure && done > 0);
    if (recovered.length === 0) return;
    try {
      await parking.forgetFailures(recovered.map(({ key }) => key));
    } catch (error) {
      logger.warn({ error }, 'attempts could not be cleared, they expire on their own');
    }
  }

  return { settle };
}

type EventFailure = HandlerFailure<HandledEvent>;

interface FailedQueue {
  readonly queue: RecordQueue;
  readonly failure: EventFailure;
  readonly current: NonNullable<RecordQueue['current']>;
}

/** A refused event was never attempted, so it says nothing about a consumer. */
function isEventsFault({ failure }: RecordQueue, outages: FailureWindows): boolean {
  const error = failure?.error;
  if (!isHandlerFailure(error)) return false;
  return isRefusedEvent(error) || !outages.fails(error.consumer);
}

interface Parked {
  readonly failure: EventFailure;
  readonly event: StreamedEvent;
  readonly attempts: number;
}

/** Parks the event at which a queue stopped, and behind it the rest of the queue. */
function createQueueParking({ parking, personal, logger, handling }: FailureSettlingOptions) {
  return async (queue: RecordQueue, { failure, event, attempts }: Parked): Promise<void> => {
    const { consumer } = failure;
    const { code, error } = wordsOfFailure(failure, personal);
    const tooLarge = refusedAsTooLarge(event, parking);
    // It would block the shard. So it goes to the quarantine, and its key continues without it.
    if (tooLarge !== undefined) queue.refused.set(queue.done, tooLarge);
    else {
      await parking.park(event, { consumer, attempts, code, error });
      queue.state = 'stopped';
    }
    queue.done += 1;
    const details = { consumer, event: event.event, key: event.key, attempts, error };
    withCorrelation(correlationOf(failure.event), () =>
      logger.error(details, 'handler failed for the last time, key is stopped'),
    );
    if (tooLarge === undefined) await parkAll(queue, { parking, handling });
  };
}
