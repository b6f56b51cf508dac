import { randomInt } from 'node:crypto';

/** The seed of all random histories of one run, printed before the first of them: one that never ends can be played again too.
 *  `FIGTREE_TEST_SEED=N npm test` does that. */
export function announcedSeed(): string {
  const seed = (process.env['FIGTREE_TEST_SEED'] ??= String(randomInt(2 ** 31)));
  console.log(`Random histories: FIGTREE_TEST_SEED=${seed}`);
  return seed;
}

/** How many times as many random histories are played as for every change: `FIGTREE_TEST_RUNS=10 npm test`. */
export const moreRuns = Math.max(1, Number(process.env['FIGTREE_TEST_RUNS'] ?? 1));
