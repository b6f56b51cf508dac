import * as fc from 'fast-check';

// 100 is what fast-check plays of a property that names no number; ports/contracts/random-runs.ts is for those that do.
fc.configureGlobal({
  seed: Number(process.env['FIGTREE_TEST_SEED']),
  numRuns: Math.round(100 * Number(process.env['FIGTREE_TEST_RUNS'] ?? 1)),
});
