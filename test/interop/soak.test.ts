/** A minute of load in which applications are killed and worker threads end, at random. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { haveAll } from '../support/installed-programs.ts';

const SOAK = join(import.meta.dirname, '../../bench/soak.ts');
const SOAK_MS = 60_000;
/** Building, warming up and settling come on top. */
const TIMEOUT_MS = 4 * SOAK_MS;

/** What the soak prints with `--json`, as far as it is looked at. */
interface Soaked {
  readonly requests: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly disturbed: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

const run = promisify(execFile);

/** What a program printed, however it ended. */
async function outputOf(args: readonly string[]): Promise<string> {
  try {
    return (await run(process.execPath, args, { timeout: TIMEOUT_MS })).stdout;
  } catch (error) {
    if (error instanceof Error && 'stdout' in error) return String(error.stdout);
    throw error;
  }
}

describe.runIf(haveAll(['gcc']))('a minute of killed applications and worker threads', () => {
  test(
    'costs only what was in flight, and leaves nothing behind',
    async () => {
      const args = [SOAK, '--seconds', String(SOAK_MS / 1000), '--json'];
      // Ends with 1 where something is wrong, and says what.
      const soaked = JSON.parse(await outputOf(args)) as Soaked;
      expect(soaked.faults).toEqual([]);
      expect(soaked.requests).toMatchObject({ FastCGI: { right: expect.any(Number) as number } });
      expect(soaked.disturbed).toMatchObject({
        'worker threads ended': expect.any(Number) as number,
        'application process killed': expect.any(Number) as number,
      });
    },
    TIMEOUT_MS + 10_000,
  );
});
