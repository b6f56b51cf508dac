import { createFailureWindows, type FailureWindows, WINDOW_ATTEMPTS } from '../../resilience/failure-windows.ts';
import type { HandlerFailure } from './handler-failure.ts';

/** Distinguishes a fault of the system from a fault of an event. An event that a consumer cannot handle is parked. A
 *  consumer that fails at most of its events has lost something that it depends on, and parking everything would turn
 *  one outage into thousands of stopped keys. Then the breaker is open: the projection pauses, and probes from time to
 *  time whether most of the next events succeed again.
 *
 *  Counts belong to the commit in which they were made, and are rolled back with it. */
export interface Breaker {
  /** Returns true if the commit has to be rolled back because too many attempts failed. */
  failed(failure: HandlerFailure): boolean;
  /** These consumers have handled an event. */
  succeeded(consumers: readonly string[]): void;
  open(): boolean;
  /** The failure that keeps the breaker open, unless the attempts of this commit closed it. */
  stillOpenFor(): HandlerFailure | undefined;
  /** When it opened, in milliseconds since 1970. */
  openSinceMs(): number | undefined;
  /** A commit begins. */
  begin(): void;
  /** The commit succeeded. Returns true if that closed the breaker. */
  committed(): boolean;
  /** The commit was rolled back. Returns true if the breaker opened in it. */
  undone(): boolean;
  /** Treats every failure up to this position as the event's own: an operator has decided so. Closes the breaker. */
  blameEvents(upTo: number): void;
}

// Right after recovery: a chance success must not lead to parking the next events.
const ATTEMPTS_MIN_ON_TRIAL = 3;
/** The number of attempts that decide a probe. A burst of bad events followed by as many good ones does not keep the
 *  breaker open. */
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
