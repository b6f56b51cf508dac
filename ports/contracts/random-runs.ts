import * as fc from 'fast-check';

/** How many random histories a property plays: `usual`, or FIGTREE_TEST_RUNS times as many (vitest.setup.ts). The usual
 *  number is small because it runs on every change; a nightly run has time for many more, with other seeds. */
export function randomRuns(usual: number): number {
  const { numRuns = 100 } = fc.readConfigureGlobal() ?? {};
  return Math.max(1, Math.round((usual * numRuns) / 100));
}
