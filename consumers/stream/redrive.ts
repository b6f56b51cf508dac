import { withCorrelation } from '../../events/correlation.ts';
import { defined } from '../../events/defined.ts';
import type { HandledEvent } from '../../events/envelope.ts';
import type { Redriven } from '../../ports/parking-lot.ts';
import type { StoppedKey, StreamedEvent, StreamParking } from '../../ports/stream-parking.ts';
import { createFailureWindows } from '../../resilience/failure-windows.ts';
import { correlationOf } from '../runtime/event-correlation.ts';
import { type HandlerFailure, isHandlerFailure } from '../runtime/handler-failure.ts';
import { wordsOfFailure } from '../runtime/parked-events.ts';
import { createStreamHandling } from './stream-handling.ts';
import { readText } from './stream-record.ts';
import type { StreamHandlerOptions } from './stream-options.ts';

export interface StreamRedrive {
  /** Retries the events of stopped keys, each key from its first event on until one fails: of the given keys, or of all
   *  that were stopped at the start. Continues while `mayContinue` returns true, and can be repeated. The stream may
   *  continue meanwhile. Rejects with the storage's error; events handled before have left the lot. */
  redrive(keys: readonly string[] | 'all', mayContinue?: () => boolean): Promise<Redriven>;
  /** Discards the first event of a key without handling it. False if the key is not stopped. */
  discardFirst(key: string): Promise<boolean>;
}

type RedriveOptions = Omit<StreamHandlerOptions, 'quarantine' | 'limits'>;

const PAGE = 100;

/** Operators' requests concerning the events that a stream handler with the same options has parked. */
export function createStreamRedrive(options: RedriveOptions): StreamRedrive {
  const { parking, logger } = options;

  const handleOne = oneHandler(options);

  async function redriveKey(
    stopped: StoppedKey,
    mayContinue: () => boolean,
  ): Promise<Pick<Redriven, 'handled' | 'failed'>> {
    const { key } = stopped;
    let handled = 0;
    while (mayContinue()) {
      const waiting = await parking.waiting(key, { limit: PAGE });
      // Another process removed the last event but failed before it resumed the key.
      if (waiting.length === 0) await parking.remove({ key, sequenceNumber: '0' });
      if (waiting.length === 0) break;
      for (const event of waiting) {
        if (!mayContinue()) break;
        if (!(await handleOne(stopped, event))) return { handled, failed: 1 };
        await parking.remove(event);
        handled += 1;
      }
    }
    return { handled, failed: 0 };
  }

  async function* stoppedKeys(keys: readonly string[] | 'all'): AsyncGenerator<StoppedKey> {
    if (keys === 'all') return yield* allStopped(parking);
    for (const key of keys) {
      const stopped = await parking.stoppedKey(key);
      if (stopped !== undefined) yield stopped;
    }
  }

  return {
    async redrive(keys, mayContinue = () => true) {
      const counts = { keys: 0, handled: 0, failed: 0 };
      for await (const stopped of stoppedKeys(keys)) {
        if (!mayContinue()) break;
        const { handled, failed } = await redriveKey(stopped, mayContinue);
        counts.keys += 1;
        counts.handled += handled;
        counts.failed += failed;
      }
      return counts;
    },
    async discardFirst(key) {
      const [first] = await parking.waiting(key, { limit: 1 });
      if (first === undefined) return false;
      await parking.remove(first);
      logger.warn({ key, event: first.event }, 'parked event discarded by an operator');
      return true;
    },
  };
}

/** Returns the function that handles a waiting event in current versions. It returns false if the event failed again,
 *  which is recorded then. */
function oneHandler(options: RedriveOptions) {
  const { parking, logger, personal } = options;
  const handling = createStreamHandling({ ...options, outages: createFailureWindows() });
  return async ({ key }: StoppedKey, waiting: StreamedEvent): Promise<boolean> => {
    const event = readText(waiting.text, { key, arrivedAtMs: waiting.arrivedAtMs }, handling.rules);
    if (event === undefined) return true;
    if ('code' in event) {
      const attempts = await attemptsOf(parking, waiting);
      const error = event.path === undefined ? event.code : `${event.code} at ${event.path}`;
      await parking.failedAgain(waiting, { consumer: 'stream', attempts, code: event.code, error });
      return false;
    }
    try {
      await handling.handle(event);
    } catch (error) {
      if (!isHandlerFailure(error)) throw error;
      const failure = error as HandlerFailure<HandledEvent>;
      const attempts = await attemptsOf(parking, waiting);
      const { consumer } = failure;
      await parking.failedAgain(waiting, { consumer, attempts, ...wordsOfFailure(failure, personal) });
      return false;
    }
    withCorrelation(correlationOf(event), () => logger.info({ event: event.id, key }, 'parked event handled'));
    return true;
  };
}

/** Includes keys that are stopped meanwhile if they sort later. */
async function* allStopped(parking: StreamParking): AsyncGenerator<StoppedKey> {
  for (let after: string | undefined; ;) {
    const page = await parking.stoppedKeys({ limit: PAGE, ...defined({ after }) });
    yield* page;
    after = page.at(-1)?.key;
    if (page.length < PAGE) return;
  }
}

/** Including the attempt that has just failed. */
async function attemptsOf(parking: StreamParking, { key, event }: StreamedEvent): Promise<number> {
  const failure = (await parking.stoppedKey(key))?.failure;
  return (failure?.event === event ? failure.attempts : 0) + 1;
}
