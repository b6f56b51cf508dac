import { expect, test } from 'vitest';
import { faults } from './faults.ts';
import { playFault } from './play-fault.ts';

// Each fault once, with little input, except those left to the long form: npm run chaos. They run concurrently, because
// much of each is waiting.
test.concurrent.for(faults.filter(({ apart }) => apart === undefined))('$title', async (fault, context) => {
  const seed = Number(process.env['FIGTREE_TEST_SEED']) % 1_000_000;
  const outcome = await playFault(fault, { seed, short: true, print: () => {} });
  if (outcome !== undefined) return context.skip(outcome.skipped);
  expect(outcome).toBeUndefined();
});
