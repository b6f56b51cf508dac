import { FigtreeError } from '../../events/errors.ts';

/** Limits one call's work on something that may take many calls. */
export interface WorkTime {
  /** Throws STORAGE_FAILED (retryable) once the time is over: repeating the call continues with what is left. Call it
   *  only after progress was made. */
  assertTimeLeft(): void;
}

// A function may handle an event for longer, but unfinished work would then count as a failure of the event.
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
