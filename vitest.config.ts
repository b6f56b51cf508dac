import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { announcedSeed, moreRuns } from './vitest.random.ts';

// The files of these folders share the process of a worker, and with it what they import, which halves their cost.
// Each leaves the process as it found it.
const SHARED = [
  '{events,schema-registry,ports,resilience,producers,projections,consumers,replay,engine}/**/*.test.ts',
  'adapters/**/*.test.ts',
  'apps/{aws,catalog-site,embedded,parity,server,threads}/**/*.test.ts',
  'apps/*.test.ts',
];

// These measure the memory of their own process, which then has to be theirs alone.
const MEASURED = ['producers/{bad-input,body-slices,ndjson-lines}.test.ts'];

// These try the whole program from outside, most of them by starting its commands: two thirds of the time of all tests, which
// `npm run test:quick` leaves out.
const SYSTEM = ['{acceptance,docs,apps/cli}/**/*.test.ts', '{readme,figtree}.test.ts'];

// What needs servers beside it runs by `npm run test:aws`.
const ELSEWHERE = ['**/node_modules/**', '**/*.aws.test.ts'];

const common = {
  env: {
    FIGTREE_TEST_SEED: announcedSeed(),
    // Without it each thread that a test starts compiles all that it imports again.
    NODE_COMPILE_CACHE: fileURLToPath(new URL('./node_modules/.cache/node', import.meta.url)),
  },
  setupFiles: ['./vitest.setup.ts'],
  // Tests of crashes and random histories start processes and write to disk, on machines that do other work as well.
  testTimeout: 300_000 * moreRuns,
  hookTimeout: 300_000 * moreRuns,
  // By default a condition is waited for a second, which is little for a busy machine.
  expect: { poll: { timeout: 60_000 } },
};

export default defineConfig({
  test: {
    // By default one core is left idle, which on two cores is half of them.
    maxWorkers: '100%',
    projects: [
      { test: { ...common, name: 'shared', include: SHARED, exclude: [...ELSEWHERE, ...MEASURED], isolate: false } },
      { test: { ...common, name: 'alone', include: ['**/*.test.ts'], exclude: [...ELSEWHERE, ...SHARED, ...SYSTEM] } },
      { test: { ...common, name: 'system', include: SYSTEM, exclude: ELSEWHERE } },
      { test: { ...common, name: 'measured', include: MEASURED } },
    ],
  },
});
