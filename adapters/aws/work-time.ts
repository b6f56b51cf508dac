import { FigtreeError } from '../../events/errors.ts';

/** How long one call works on something that may take many of them. */
export interface WorkTime {
  /** Throws STORAGE_FAILED (retryable) once the time is over: the same call made again goes on with what is left. To be asked
   *  where something has been done. */
  assertTimeLeft(): void;
}

// A function may handle an event for longer. What it has not finished then would count as a failure of the event.
const WORK_MS = 10_000;

export function startWork(what: string, workMs = WORK_MS): WorkTime {
  const endsAt = performance.now() + workMs;
  return {
    assertTimeLeft() {
      if (performance.now() < endsAt) return;
      throw new FigtreeError('STORAGE_FAILED', `${what} takes longer than one invocation: more work remains`);
    },
  };
}
