import { retry } from '../../../resilience/retry.ts';
import { isThrottled, kinesisFailure, nameOf } from './failure.ts';

const RETRY = { attemptsMax: 10, firstMs: 100, maxMs: 5000 };
// Errors that retrying does not fix.
const HOPELESS = new Set(['ResourceNotFoundException', 'AccessDeniedException', 'ValidationException', 'AbortError']);

/** Retries with pauses: indefinitely if it is throttled, ten times if it fails otherwise. Then throws
 *  STORAGE_FAILED. */
export async function retryThrottled<Answer>(
  ask: () => Promise<Answer>,
  { stream, signal }: { readonly stream: string; readonly signal?: AbortSignal },
): Promise<Answer> {
  const isTransient = (error: unknown) => !HOPELESS.has(nameOf(error));
  try {
    return await retry(ask, RETRY, { isTransient, counts: (error) => !isThrottled(error), signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw kinesisFailure(stream, error);
  }
}
