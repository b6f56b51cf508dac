import { monitorEventLoopDelay } from 'node:perf_hooks';

/** The longest time in milliseconds for which an event loop did nothing else. */
export interface Hold {
  /** By the clock, as others have to wait. */
  readonly ms: number;
  /** What the thread had of a processor meanwhile: the same on a machine that is busy with something else. */
  readonly processorMs: number;
}

const RESOLUTION_MS = 1;

/** Watches the event loop of this thread. Returns what gives the longest hold since it was called before. */
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
