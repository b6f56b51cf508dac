import { expect, test } from 'vitest';
import { faults } from './faults.ts';
import { playFault } from './play-fault.ts';

// Each fault once, with little. The long form: npm run chaos. They are played together, because much of each is waiting.
test.concurrent.for([...faults])('$title', async (fault, context) => {
  if (fault.pending !== undefined) return context.skip(fault.pending);
  const seed = Date.now() % 1_000_000;
  const outcome = await playFault(fault, { seed, short: true, print: () => {} });
  if (outcome !== undefined) return context.skip(outcome.skipped);
  expect(outcome).toBeUndefined();
});
