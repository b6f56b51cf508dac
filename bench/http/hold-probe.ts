import { monitorEventLoopDelay } from 'node:perf_hooks';

/** The longest time in milliseconds for which an event loop was blocked. */
export interface Hold {
  /** By the clock, which is what others have to wait. */
  readonly ms: number;
  /** Processor time of the thread meanwhile: independent of other load on the machine. */
  readonly processorMs: number;
}

const RESOLUTION_MS = 1;

/** Observes the event loop of this thread. Returns the function that returns the longest hold since its last call. */
export function watchHolds(): () => Hold {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  let processorMs = 0;
  let before = usedMs();
  setInterval(() => {
    const now = usedMs();
    processorMs = Math.max(processorMs, now - before);
    before = now;
  }, RESOLUTION_MS).unref();
  return () => {
    const hold = { ms: Math.max(0, delays.max / 1e6 - RESOLUTION_MS), processorMs };
    delays.reset();
    processorMs = 0;
    return hold;
  };
}

function usedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
