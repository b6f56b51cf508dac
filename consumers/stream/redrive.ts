import { withCorrelation } from '../../events/correlation.ts';
import type { HandledEvent } from '../../events/envelope.ts';
import type { Redriven } from '../../ports/parking-lot.ts';
import type { StoppedKey, StreamedEvent, StreamParking } from '../../ports/stream-parking.ts';
import { createFailureWindows } from '../../resilience/failure-windows.ts';
import { correlationOf } from '../runtime/event-correlation.ts';
import { HandlerFailure } from '../runtime/handler-failure.ts';
import { wordsOfFailure } from '../runtime/parked-events.ts';
import { createStreamHandling } from './stream-handling.ts';
import { readText } from './stream-record.ts';
import type { StreamHandlerOptions } from './stream-options.ts';

export interface StreamRedrive {
  /** Tries the events of stopped keys again, each key from its first event on until one fails: of these keys, or of all that
   *  were stopped when it was asked. Goes on while `mayGoOn`, and can be asked again. The stream may go on beside it. Rejects with
   *  the storage's error; what was handled before has left. */
  redrive(keys: readonly string[] | 'all', mayGoOn?: () => boolean): Promise<Redriven>;
  /** Takes the first event of a key out for good, without handling it. False if the key is not stopped. */
  discardFirst(key: string): Promise<boolean>;
}

type RedriveOptions = Omit<StreamHandlerOptions, 'quarantine' | 'limits'>;

const PAGE = 100;

/** What operators do with what a stream handler of the same options has parked. */
export function createStreamRedrive(options: RedriveOptions): StreamRedrive {
  const { parking, logger } = options;

  const handleOne = oneHandler(options);

  async function redriveKey(
    stopped: StoppedKey,
    mayGoOn: () => boolean,
  ): Promise<Pick<Redriven, 'handled' | 'failed'>> {
    const { key } = stopped;
    let handled = 0;
    while (mayGoOn()) {
      const waiting = await parking.waiting(key, { limit: PAGE });
      // Whoever took the last one out did not come to say that the key goes on.
      if (waiting.length === 0) await parking.remove({ key, sequenceNumber: '0' });
      if (waiting.length === 0) break;
      for (const event of waiting) {
        if (!mayGoOn()) break;
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
    async redrive(keys, mayGoOn = () => true) {
      const counts = { keys: 0, handled: 0, failed: 0 };
      for await (const stopped of stoppedKeys(keys)) {
        if (!mayGoOn()) break;
        const { handled, failed } = await redriveKey(stopped, mayGoOn);
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

/** Gives what handles a waiting event, as it is read today. False if it failed again, which is noted then. */
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
      if (!(error instanceof HandlerFailure)) throw error;
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

/** Those that are stopped meanwhile come as well if they sort behind. */
async function* allStopped(parking: StreamParking): AsyncGenerator<StoppedKey> {
  for (let after: string | undefined; ;) {
    const page = await parking.stoppedKeys({ limit: PAGE, ...(after !== undefined && { after }) });
    yield* page;
    after = page.at(-1)?.key;
    if (page.length < PAGE) return;
  }
}

/** With the one that has just failed. */
async function attemptsOf(parking: StreamParking, { key, event }: StreamedEvent): Promise<number> {
  const failure = (await parking.stoppedKey(key))?.failure;
  return (failure?.event === event ? failure.attempts : 0) + 1;
}
