import * as fc from 'fast-check';
import { moreRuns } from './vitest.random.ts';

// 100 is what fast-check plays of a property that names no number; ports/contracts/random-runs.ts is for those that do.
fc.configureGlobal({ seed: Number(process.env['FIGTREE_TEST_SEED']), numRuns: Math.round(100 * moreRuns) });
