import { createFailureWindows, type FailureWindows, WINDOW_ATTEMPTS } from '../../resilience/failure-windows.ts';
import type { HandlerFailure } from './handler-failure.ts';

/** Tells a fault of the system from a fault of an event. One event that a consumer cannot handle is parked. A consumer that
 *  fails at most of what it gets has lost what it works with, and to park everything that comes would only make one outage
 *  into thousands of stopped keys. Then it is open: the projection pauses, and tries from time to time whether most of what
 *  comes next succeeds again.
 *
 *  What is counted belongs to the commit in which it happened, and is undone with it. */
export interface Breaker {
  /** Gives whether that is too much: the commit is to be undone. */
  failed(failure: HandlerFailure): boolean;
  /** These consumers have handled an event. */
  succeeded(consumers: readonly string[]): void;
  open(): boolean;
  /** The failure for which it stays open, if what was attempted in this commit did not close it. */
  stillOpenFor(): HandlerFailure | undefined;
  /** When it opened, in milliseconds since 1970. */
  openSinceMs(): number | undefined;
  /** A commit begins. */
  begin(): void;
  /** It is done. Gives whether that closed the breaker. */
  committed(): boolean;
  /** It was undone. Gives whether the breaker opened in it. */
  undone(): boolean;
  /** Whatever fails up to this position is the event's own fault: an operator has looked. Closes. */
  blameEvents(upTo: number): void;
}

// It has just begun to work again: what worked by chance must not park what comes next.
const ATTEMPTS_MIN_ON_TRIAL = 3;
/** So many attempts of a probe decide. A burst of bad events that is followed by as many good ones does not keep it open. */
const PROBE_ATTEMPTS_MAX = 200;

interface State {
  readonly attempts: FailureWindows;
  readonly openFor: HandlerFailure | undefined;
  readonly trialLeft: number;
}

function closed(trialLeft = 0): State {
  return { attempts: createFailureWindows(), openFor: undefined, trialLeft };
}

export function createBreaker(now: () => number = Date.now): Breaker {
  let state = closed();
  let before = state;
  let openSinceMs: number | undefined;
  let probe = { failed: 0, succeeded: 0 };
  let opened: HandlerFailure | undefined;
  let blamedUpTo = 0;

  function note(consumer: string, success: boolean): void {
    state.attempts.note(consumer, success);
    state = { ...state, trialLeft: Math.max(0, state.trialLeft - 1) };
  }

  return {
    open: () => state.openFor !== undefined,
    stillOpenFor: () => (probe.failed > 0 ? state.openFor : undefined),
    openSinceMs: () => openSinceMs,
    failed(failure) {
      if (failure.event.position <= blamedUpTo) return false;
      if (state.openFor !== undefined) {
        probe.failed += 1;
        return probe.failed + probe.succeeded >= PROBE_ATTEMPTS_MAX;
      }
      const attemptsMin = state.trialLeft > 0 ? ATTEMPTS_MIN_ON_TRIAL : undefined;
      note(failure.consumer, false);
      if (!state.attempts.fails(failure.consumer, attemptsMin)) return false;
      opened = failure;
      return true;
    },
    succeeded(consumers) {
      const { openFor } = state;
      if (openFor === undefined) consumers.forEach((consumer) => note(consumer, true));
      else if (consumers.includes(openFor.consumer)) {
        probe.succeeded += 1;
        if (probe.succeeded < probe.failed) return;
        state = closed(WINDOW_ATTEMPTS);
      }
    },
    begin() {
      before = { ...state, attempts: state.attempts.copy() };
      opened = undefined;
      probe = { failed: 0, succeeded: 0 };
    },
    committed() {
      const closed = openSinceMs !== undefined && state.openFor === undefined;
      if (closed) openSinceMs = undefined;
      return closed;
    },
    undone() {
      const wasOpen = before.openFor !== undefined;
      state = opened === undefined || wasOpen ? before : { ...before, openFor: opened };
      if (opened !== undefined) openSinceMs ??= now();
      return opened !== undefined && !wasOpen;
    },
    blameEvents(upTo) {
      blamedUpTo = upTo;
      state = closed();
      before = closed();
    },
  };
}
