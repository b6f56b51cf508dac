import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { announcedSeed, moreRuns } from './vitest.random.ts';

// The adapters for AWS against servers that others wrote, or against an account: docs/decisions/0024-emulators.md.
export default defineConfig({
  test: {
    include: ['**/*.aws.test.ts'],
    env: {
      FIGTREE_TEST_SEED: announcedSeed(),
      NODE_COMPILE_CACHE: fileURLToPath(new URL('./node_modules/.cache/node', import.meta.url)),
    },
    setupFiles: ['./vitest.setup.ts'],
    exclude: ['**/node_modules/**'],
    globalSetup: ['testing/emulators/global-setup.ts'],
    // Most of the time is waiting for servers, each of which works for one file at a time.
    maxWorkers: '100%',
    // The files share the process of a worker, and with it the clients of the SDK, which take a second to load.
    isolate: false,
    testTimeout: 180_000 * moreRuns,
    hookTimeout: 180_000 * moreRuns,
    expect: { poll: { timeout: 60_000 } },
  },
});
