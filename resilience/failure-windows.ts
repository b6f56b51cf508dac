/** The latest outcomes of several parties that others depend on. A party that fails at most of its attempts has lost a
 *  dependency, and its input is not at fault. */
export interface FailureWindows {
  /** `subject` identifies an attempt that may be repeated: it is counted once, and its success replaces its failure. */
  note(party: string, success: boolean, subject?: string): void;
  /** Whether more than half of its last 20 attempts have failed; false while there are fewer than `attemptsMin` of
   *  them. */
  fails(party: string, attemptsMin?: number): boolean;
  /** An independent copy. */
  copy(): FailureWindows;
}

export const WINDOW_ATTEMPTS = 20;
const ATTEMPTS_MIN = 10;

interface Attempt {
  readonly success: boolean;
  readonly subject: string | undefined;
}

export function createFailureWindows(known: Iterable<readonly [string, readonly Attempt[]]> = []): FailureWindows {
  const windows = new Map([...known].map(([party, attempts]) => [party, [...attempts]]));

  function windowOf(party: string): Attempt[] {
    const window = windows.get(party) ?? [];
    windows.set(party, window);
    return window;
  }

  return {
    note(party, success, subject) {
      const window = windowOf(party);
      // Only failures are searched: a subject that has succeeded does not return, or succeeds again.
      const before = subject === undefined ? -1 : window.findIndex((each) => !each.success && each.subject === subject);
      if (before >= 0) window[before] = { success, subject };
      else window.push({ success, subject });
      if (window.length > WINDOW_ATTEMPTS) window.shift();
    },
    fails(party, attemptsMin = ATTEMPTS_MIN) {
      const window = windows.get(party) ?? [];
      const failures = window.filter(({ success }) => !success).length;
      return window.length >= attemptsMin && failures * 2 > window.length;
    },
    copy: () => createFailureWindows(windows),
  };
}
