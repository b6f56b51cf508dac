/** What became of the last attempts of each of several parties that others depend on. A party that fails at most of them has lost
 *  what it works with, and what it was given is not to blame. */
export interface FailureWindows {
  /** `subject` is what was attempted, if it may come again: then it is counted once, and its success takes the place of its failure. */
  note(party: string, success: boolean, subject?: string): void;
  /** Whether more than half of its last 20 attempts have failed; false as long as there are fewer than `attemptsMin` of them. */
  fails(party: string, attemptsMin?: number): boolean;
  /** Knows the same, and learns apart from this one. */
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
      // Only failures are looked for: what has succeeded does not come back, or succeeds again.
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
