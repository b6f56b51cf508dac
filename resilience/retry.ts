import { type Backoff, backoffMs } from './backoff.ts';
import { pause } from './clock.ts';

export interface RetryPolicy extends Backoff {
  /** Including the first one. Default: no limit. */
  readonly attemptsMax?: number;
  /** No attempt begins later than this after the first. Default: no limit. */
  readonly withinMs?: number;
}

/** The attempts at one piece of work, for a caller with its own loop: failures are not always thrown, and the next
 *  attempt may cover only the rest. */
export interface Attempts {
  /** Records a failed attempt. Resolves with true after the pause, or with false immediately if no further attempt is
   *  allowed. Rejects with the signal's reason once that is aborted. */
  again(failure?: FailedAttempt): Promise<boolean>;
  /** Part of the work is done: resets attempts and pauses. */
  progressed(): void;
}

export interface FailedAttempt {
  /** Whether it counts toward `attemptsMax`. The pause is the same either way. Default true. */
  readonly counts?: boolean;
  /** Requested by the other side. Default 0. */
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
  /** Whether a failure counts toward `attemptsMax`. Default: always. */
  readonly counts?: (error: unknown) => boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Returns the result of the first attempt that succeeds. Rejects with the last failure, or with the signal's reason
 *  once that is aborted. */
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
