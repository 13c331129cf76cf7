import { defineConfig } from 'vitest/config';

/** Tests against real programs from Debian; one file at a time, because they share ports and a machine. */
export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
