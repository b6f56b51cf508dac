import type { HandlerFailure } from './handler-failure.ts';

/** Tells a fault of the system from a fault of an event. One event that a consumer cannot handle is parked; a consumer that
 *  fails at many in a row, of as many keys, has lost what it works with, and to park everything that comes would only
 *  make one outage into thousands of stopped keys. Then it is open, until something succeeds again. */
export interface Breaker {
  /** Gives whether there were too many in a row: it is open now. */
  failed(failure: HandlerFailure): boolean;
  /** These consumers have handled an event. Gives whether that closed it. */
  succeeded(consumers: readonly string[]): boolean;
  open(): boolean;
  /** What was counted has been undone, or is tried again. Stays open if it is. */
  countAnew(): void;
}

const FAILURES_IN_A_ROW_MAX = 20;

export function createBreaker(): Breaker {
  const inARow = new Map<string, number>();
  let openFor: string | undefined;
  return {
    open: () => openFor !== undefined,
    failed({ consumer }) {
      const failures = (inARow.get(consumer) ?? 0) + 1;
      inARow.set(consumer, failures);
      if (failures <= FAILURES_IN_A_ROW_MAX) return false;
      openFor = consumer;
      return true;
    },
    succeeded(consumers) {
      for (const consumer of consumers) inARow.delete(consumer);
      if (openFor === undefined || !consumers.includes(openFor)) return false;
      openFor = undefined;
      return true;
    },
    countAnew: () => inARow.clear(),
  };
}
