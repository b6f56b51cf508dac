/** How long to wait after a failure before the next attempt. */
export interface Backoff {
  readonly firstMs: number;
  /** The factor by which each pause is longer than the one before. Default 2. */
  readonly factor?: number;
  /** Default: no limit. */
  readonly maxMs?: number;
  /** How much of a pause is random, so that callers that failed together do not retry together: all of it, a quarter to
   *  either side, or nothing. Default 'full'. */
  readonly jitter?: 'full' | 'quarter' | 'none';
}

/** The pause after a number of consecutive failures (1 is the first), in milliseconds. `random` returns numbers from 0
 *  up to 1. */
export function backoffMs(failures: number, backoff: Backoff, random = Math.random): number {
  const { firstMs, factor = 2, maxMs = Infinity, jitter = 'full' } = backoff;
  const longestMs = Math.min(maxMs, firstMs * factor ** (failures - 1));
  if (jitter === 'none') return longestMs;
  return longestMs * (jitter === 'full' ? random() : 0.75 + random() / 2);
}

/** The same pause after each failure. */
export function constantBackoff(ms: number): Backoff {
  return { firstMs: ms, factor: 1, jitter: 'none' };
}
