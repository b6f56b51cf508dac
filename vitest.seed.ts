import { randomInt } from 'node:crypto';

/** The seed of all random histories of one run, printed before the first of them: one that never ends can be played again too.
 *  `FIGTREE_TEST_SEED=N npm test` does that. */
export function announcedSeed(): string {
  const seed = (process.env['FIGTREE_TEST_SEED'] ??= String(randomInt(2 ** 31)));
  console.log(`Random histories: FIGTREE_TEST_SEED=${seed}`);
  return seed;
}
