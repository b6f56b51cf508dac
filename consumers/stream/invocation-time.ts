import type { InvocationContext } from './lambda-events.ts';

export interface TimeLimits {
  /** An event that is handled for longer has failed. Less if the function itself is given little time. */
  readonly eventTimeoutMs: number;
  /** Kept to say what was done: nothing is begun any more, and at half of it nothing is waited for. */
  readonly reserveMs: number;
}

export interface InvocationTime {
  mayBegin(): boolean;
  /** What is not done by now is given up. */
  isOver(): boolean;
  /** So long an event may take. */
  readonly eventTimeoutMs: number;
  /** Waits, but not into the reserve. */
  pause(ms: number): Promise<void>;
}

export function invocationTime(context: InvocationContext, { eventTimeoutMs, reserveMs }: TimeLimits): InvocationTime {
  const left = () => context.getRemainingTimeInMillis();
  return {
    mayBegin: () => left() > reserveMs,
    isOver: () => left() <= reserveMs / 2,
    // An event that always takes too long must be found out within one invocation, or it would come for ever.
    eventTimeoutMs: Math.min(eventTimeoutMs, Math.max(0, left() - reserveMs) / 2),
    async pause(ms) {
      const pauseMs = Math.min(ms, left() - reserveMs);
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    },
  };
}
