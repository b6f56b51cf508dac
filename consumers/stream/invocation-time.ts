import { pause } from '../../resilience/clock.ts';
import type { Pool } from '../../resilience/pool.ts';
import type { InvocationContext } from './lambda-events.ts';

export interface TimeLimits {
  /** Handling that takes longer counts as failed. Shortened if the function itself has little time. */
  readonly eventTimeoutMs: number;
  /** Reserved for the answer: in it no work is started, and in its second half none is awaited. */
  readonly reserveMs: number;
}

export interface InvocationTime {
  mayBegin(): boolean;
  /** Work that has not finished is given up. */
  isOver(): boolean;
  /** The most time that an event may take. */
  readonly eventTimeoutMs: number;
  /** Waits, but not into the reserve. */
  pause(ms: number): Promise<void>;
}

export function invocationTime(context: InvocationContext, { eventTimeoutMs, reserveMs }: TimeLimits): InvocationTime {
  const left = () => context.getRemainingTimeInMillis();
  return {
    mayBegin: () => left() > reserveMs,
    isOver: () => left() <= reserveMs / 2,
    // An event that always takes too long must be detected within one invocation, or it would be redelivered forever.
    eventTimeoutMs: Math.min(eventTimeoutMs, Math.max(0, left() - reserveMs) / 2),
    async pause(ms) {
      const pauseMs = Math.min(ms, left() - reserveMs);
      if (pauseMs > 0) await pause(pauseMs);
    },
  };
}

const LOOK_AFTER_MS = 50;

/** Resolves when all items of a pool have ended, or the time is over. Work still running then is given up, and so is,
 *  earlier, any item that `isLate` by the limit of one event, in milliseconds. */
export async function watched<Item extends { givenUp: boolean }>(
  pool: Pool<Item>,
  time: InvocationTime,
  isLate: (item: Item, limitMs: number) => boolean = () => false,
): Promise<void> {
  const timer = setInterval(() => {
    const over = time.isOver();
    if (over) pool.stop();
    for (const item of pool.running) {
      if (!isLate(item, time.eventTimeoutMs) && !over) continue;
      item.givenUp = true;
      pool.giveUp(item);
    }
  }, LOOK_AFTER_MS);
  try {
    await pool.done;
  } finally {
    clearInterval(timer);
  }
}
