import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    // Tests of crashes and random histories start processes and write to disk, on machines that do other work as well.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
