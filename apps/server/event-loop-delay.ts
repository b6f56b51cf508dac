import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How long the event loop of the serving thread was held at most: for so long nobody was answered. */
export interface EventLoopDelay {
  /** In seconds, over the last one to two minutes. */
  maxSeconds(): number;
}

// Often enough to see what a client sees, seldom enough to cost nothing.
const RESOLUTION_MS = 10;
const WINDOW_MS = 60_000;

/** Watches from now on. The longest delay of a window of a minute and of the one before count, no matter who asks and how
 *  often: to read it resets nothing, so that two readers see the same. */
export function watchEventLoopDelay(windowMs = WINDOW_MS): EventLoopDelay {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  let before = 0;
  // What the timer measures is the time between two of its calls, its own pause included.
  const held = () => (delays.count === 0 ? 0 : Math.max(0, delays.max / 1e6 - RESOLUTION_MS));
  setInterval(() => {
    before = held();
    delays.reset();
  }, windowMs).unref();
  return { maxSeconds: () => Math.max(before, held()) / 1000 };
}
