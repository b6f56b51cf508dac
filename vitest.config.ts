import { defineConfig } from 'vitest/config';
import { announcedSeed } from './vitest.seed.ts';

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    // What needs servers beside it runs by `npm run test:aws`.
    env: { FIGTREE_TEST_SEED: announcedSeed() },
    setupFiles: ['./vitest.setup.ts'],
    exclude: ['**/node_modules/**', '**/*.aws.test.ts'],
    // Tests of crashes and random histories start processes and write to disk, on machines that do other work as well.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
