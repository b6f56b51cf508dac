import { defineConfig } from 'vitest/config';
import { announcedSeed } from './vitest.seed.ts';

// The adapters for AWS against servers that others wrote, or against an account: docs/decisions/0024-emulators.md.
export default defineConfig({
  test: {
    include: ['**/*.aws.test.ts'],
    env: { FIGTREE_TEST_SEED: announcedSeed() },
    setupFiles: ['./vitest.setup.ts'],
    exclude: ['**/node_modules/**'],
    globalSetup: ['testing/emulators/global-setup.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
