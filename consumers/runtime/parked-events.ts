import { withCorrelation } from '../../events/correlation.ts';
import type { HandledEvent } from '../../events/envelope.ts';
import { isFigtreeError } from '../../events/errors.ts';
import type { ParkedEvent } from '../../ports/parking-lot.ts';
import { backoffMs } from '../../resilience/backoff.ts';
import type { RetryPolicy } from '../../resilience/retry.ts';
import type { Log } from './consumer.ts';
import { correlationOf } from './event-correlation.ts';
import { type HandlerFailure, isRefusedEvent } from './handler-failure.ts';
import type { PersonalWords } from './personal-words.ts';

const DEFAULT_POLICY: RetryPolicy = { attemptsMax: 6, firstMs: 100, factor: 4, jitter: 'quarter' };

/** How often an event has failed before, and since when it is parked. */
export type Failed = Pick<ParkedEvent, 'attempts' | 'parkedAtMs'>;

export interface FailureDeciderOptions {
  readonly logger: Log;
  readonly personal: Pick<PersonalWords, 'outOfText'>;
  readonly policy?: RetryPolicy;
}

export interface FailureToTell {
  /** The event as it is parked from now on. */
  readonly parked: ParkedEvent;
  /** Logs the failure: to be called after the commit, because a rolled back failure did not happen. */
  readonly log: () => void;
}

/** Returns the function that decides what follows from a failure. */
export function failureDecider({ logger, personal, policy = DEFAULT_POLICY }: FailureDeciderOptions) {
  // A log may hold any number of events of an unknown version: only the first is logged as an error.
  const refusedVersions = new Set<string>();

  function levelOf(failure: HandlerFailure): 'error' | 'debug' {
    if (!isRefusedEvent(failure)) return 'error';
    const { dataschema } = failure.event;
    if (refusedVersions.has(dataschema)) return 'debug';
    refusedVersions.add(dataschema);
    return 'error';
  }

  return (failure: HandlerFailure, before?: Failed): FailureToTell => {
    const { event, consumer } = failure;
    const { position, partitionkey: key } = event;
    const attempts = (before?.attempts ?? 0) + 1;
    const refused = isRefusedEvent(failure);
    const again = !refused && attempts < (policy.attemptsMax ?? Infinity);
    const { code, error } = wordsOfFailure(failure, personal);
    const details = { consumer, event: event.id, position, key, attempts, error };
    const message = refused
      ? 'event refused, key is stopped'
      : again
        ? 'handler failed, key waits'
        : 'handler failed for the last time, key is stopped';
    const now = Date.now();
    const parked = {
      position,
      key,
      event: event.id,
      consumer,
      attempts,
      code,
      error,
      parkedAtMs: before?.parkedAtMs ?? now,
      ...(again && { retryAtMs: Math.round(now + backoffMs(attempts, policy)) }),
    };
    return {
      parked,
      log: () => withCorrelation(correlationOf(event), () => logger[levelOf(failure)](details, message)),
    };
  };
}

/** Code and message of an error, without personal texts of the event. */
export function wordsOfFailure(
  { event, cause }: HandlerFailure<HandledEvent>,
  personal: Pick<PersonalWords, 'outOfText'>,
): { readonly code: string; readonly error: string } {
  return { code: codeOf(cause), error: personal.outOfText(describe(cause), event) };
}

function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'Error';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
}

function describe(cause: unknown): string {
  if (isFigtreeError(cause)) return `${cause.code}: ${cause.message}`;
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}
