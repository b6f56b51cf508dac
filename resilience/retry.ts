import { type Backoff, backoffMs } from './backoff.ts';
import { pause } from './clock.ts';

export interface RetryPolicy extends Backoff {
  /** The first one is counted too. Default: no limit. */
  readonly attemptsMax?: number;
  /** No attempt begins when so much time has passed since the first. Default: no limit. */
  readonly withinMs?: number;
}

/** The attempts at one piece of work, for a caller that loops by itself: what failed is not always thrown, and the next attempt
 *  may be made with what is left. */
export interface Attempts {
  /** An attempt has failed. Resolves after the pause with true, or at once with false if no further one may be made. Rejects with
   *  the signal's reason once that is aborted. */
  again(failure?: FailedAttempt): Promise<boolean>;
  /** Part of the work is done: attempts and pauses are counted anew. */
  progressed(): void;
}

export interface FailedAttempt {
  /** Whether it is one of `attemptsMax`. Its pause is as long either way. Default true. */
  readonly counts?: boolean;
  /** The other side has asked for this. Default 0. */
  readonly pauseMsMin?: number;
}

export function startAttempts(policy: RetryPolicy, signal?: AbortSignal): Attempts {
  const { attemptsMax = Infinity, withinMs = Infinity } = policy;
  const startedMs = performance.now();
  let counted = 0;
  let failures = 0;
  return {
    async again({ counts = true, pauseMsMin = 0 } = {}) {
      failures += 1;
      if (counts) counted += 1;
      if (counted >= attemptsMax || performance.now() - startedMs > withinMs) return false;
      await pause(Math.max(pauseMsMin, backoffMs(failures, policy)), { signal });
      signal?.throwIfAborted();
      return true;
    },
    progressed() {
      counted = 0;
      failures = 0;
    },
  };
}

export interface RetryOptions {
  /** Whether another attempt may succeed. Default: always. */
  readonly isTransient?: (error: unknown) => boolean;
  /** Whether a failure is one of `attemptsMax`. Default: always. */
  readonly counts?: (error: unknown) => boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Returns what `work` resolves with in the end. Rejects with its last failure, or with the signal's reason once that is aborted. */
export async function retry<Result>(
  work: () => Promise<Result>,
  policy: RetryPolicy,
  { isTransient = () => true, counts = () => true, signal }: RetryOptions = {},
): Promise<Result> {
  const attempts = startAttempts(policy, signal);
  for (;;) {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (!isTransient(error) || !(await attempts.again({ counts: counts(error) }))) throw error;
    }
  }
}
