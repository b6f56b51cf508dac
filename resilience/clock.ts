/** The time, injected into code that waits for minutes, so that a test need not. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly pause: typeof pause;
}

export const systemClock: Clock = { nowMs: () => Date.now(), pause };

export interface PauseOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether the pause keeps the process alive. Default true. */
  readonly ref?: boolean;
}

/** Resolves after a number of milliseconds, or early once the signal is aborted: callers that need to know check the
 *  signal. Uses the global timer, which the fake timers of tests replace, unlike those of `node:timers/promises`. */
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

/** Resolves in a later turn of the event loop, so that whatever else is due comes first. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
