import type { Consumer, Log } from '../../../consumers/runtime/consumer.ts';
import { isHandlerFailure, isStorageFailure } from '../../../consumers/runtime/handler-failure.ts';
import { createHandling } from '../../../consumers/runtime/handling.ts';
import type { PersonalWords } from '../../../consumers/runtime/personal-words.ts';
import type { HandledEvent } from '../../../events/envelope.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { ArchivedRecord } from '../../../ports/event-archive.ts';
import { createBoundedKeyQueue } from '../../../resilience/key-queue.ts';
import { retry } from '../../../resilience/retry.ts';
import type { Upcasters } from '../../../schema-registry/upcasters.ts';
import type { CapacityPace } from './capacity-pace.ts';
import { eventReader } from './events.ts';

export interface ApplyingOptions {
  readonly consumers: readonly Consumer[];
  readonly upcasters: Upcasters;
  readonly personal: PersonalWords;
  readonly log: Log;
  readonly replayId: string;
  readonly pace: CapacityPace;
  /** The number of keys that are processed concurrently. */
  readonly atOnce: number;
  /** Whether an event that a consumer cannot handle stops the rebuild or is skipped. */
  readonly onError: 'stop' | 'skip';
}

/** Delivers records to a projection's consumers in replay mode, at least once: records of one key in order, different keys
 *  concurrently. */
export interface Applying {
  /** Resolves once all records are accepted; some may not be applied yet. */
  take(records: readonly ArchivedRecord[]): Promise<void>;
  /** Resolves once all accepted records are applied. Rejects with REBUILD_STOPPED, or with the storage's failure. */
  settled(): Promise<void>;
  /** Counts since the last call. */
  counted(): { readonly events: number; readonly refused: number; readonly skipped: number };
}

// On top of the store's own retries: a table that is throttled for minutes must not end the rebuild.
const STORAGE_RETRY = { attemptsMax: 8, firstMs: 200, maxMs: 10_000 };

export function createApplying(options: ApplyingOptions): Applying {
  const { consumers, upcasters, personal, log, replayId, pace } = options;
  const handling = createHandling<HandledEvent>({
    consumers,
    logger: log,
    upcasters,
    personal,
    replay: { id: replayId, active: () => true },
  });
  const read = eventReader(upcasters, new Set(upcasters.storedAs(handling.types)));
  const work = createBoundedKeyQueue(options.atOnce);
  let counts = { events: 0, refused: 0, skipped: 0 };

  async function apply(events: readonly HandledEvent[]): Promise<void> {
    const handleAll = async () => {
      for (const event of events) await handling.handle(event, false);
    };
    try {
      await retry(handleAll, STORAGE_RETRY, { isTransient: isStorageFailure });
    } catch (error) {
      if (isStorageFailure(error)) throw error;
      failed(error);
    }
  }

  function failed(error: unknown): void {
    const stopped = stoppedBy(error, personal);
    if (options.onError === 'stop') throw stopped;
    counts.skipped += 1;
    log.warn({ replay: replayId, ...stopped.details }, 'event left out of the rebuild');
  }

  return {
    async take(records) {
      for (const record of records) {
        const event = read(record);
        if (event === 'refused') counts.refused += 1;
        if (event === 'refused' || event === 'unwanted') continue;
        counts.events += 1;
        await pace.room();
        await work.take(record.partitionKey, () => apply(upcasters.current([event])));
      }
    },
    settled: () => work.done(),
    counted() {
      const counted = counts;
      counts = { events: 0, refused: 0, skipped: 0 };
      return counted;
    },
  };
}

/** Builds the error without personal data. */
function stoppedBy(error: unknown, personal: PersonalWords): FigtreeError {
  if (!isHandlerFailure(error)) throw error;
  const event = error.event as HandledEvent;
  const cause = personal.outOfError(error.cause, event);
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `${error.consumer} cannot handle ${event.type} ${event.id}: ${reason}`;
  return new FigtreeError('REBUILD_STOPPED', message, { consumer: error.consumer, event: event.id, type: event.type });
}
