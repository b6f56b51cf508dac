/** Time as it is given to code that waits for minutes, so that a test need not. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly pause: typeof pause;
}

export const systemClock: Clock = { nowMs: () => Date.now(), pause };

export interface PauseOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether the process waits for it. Default true. */
  readonly ref?: boolean;
}

/** Resolves after so many milliseconds, and early once the signal is aborted: a caller to whom that matters asks the signal.
 *  It uses the global timer, which the fake timers of a test replace; those of `node:timers/promises` they do not. */
export function pause(ms: number, { signal, ref = true }: PauseOptions = {}): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const timer = setTimeout(end, ms);
    if (!ref) timer.unref();
    signal?.addEventListener('abort', end);

    function end(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    }
  });
}
