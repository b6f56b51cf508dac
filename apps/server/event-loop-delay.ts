import { monitorEventLoopDelay } from 'node:perf_hooks';

/** The longest delay of the serving thread's event loop, during which no request was answered. */
export interface EventLoopDelay {
  /** In seconds, over the last one to two minutes. */
  maxSeconds(): number;
}

// Fine enough for what clients notice, coarse enough to cost nothing.
const RESOLUTION_MS = 10;
const WINDOW_MS = 60_000;

/** Starts measuring. The result covers the current window of a minute and the one before, and reading it resets
 *  nothing, so that several readers see the same. */
export function watchEventLoopDelay(windowMs = WINDOW_MS): EventLoopDelay {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  let before = 0;
  // The timer measures the time between its calls, which includes its own interval.
  const held = () => (delays.count === 0 ? 0 : Math.max(0, delays.max / 1e6 - RESOLUTION_MS));
  setInterval(() => {
    before = held();
    delays.reset();
  }, windowMs).unref();
  return { maxSeconds: () => Math.max(before, held()) / 1000 };
}
