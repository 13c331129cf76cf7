import { defineConfig } from 'vitest/config';

/** The recorded requests of the real server, played against this one. */
export default defineConfig({
  test: {
    include: ['test/recordings/**/*.test.ts'],
    maxConcurrency: 6,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
