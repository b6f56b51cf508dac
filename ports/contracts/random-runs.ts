import * as fc from 'fast-check';

/** How many random histories a property plays: `usual`, or FIGTREE_TEST_RUNS times as many (vitest.setup.ts). The usual
 *  number is for every change, so it is small; a night has time for many more, each with another seed. */
export function randomRuns(usual: number): number {
  const { numRuns = 100 } = fc.readConfigureGlobal() ?? {};
  return Math.max(1, Math.round((usual * numRuns) / 100));
}
