import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { declareNativeCalls } from '../../runtime/native-library.ts';

const SOURCE = join(import.meta.dirname, '../../runtime/close-on-exec.ts');
const hasNativeCalls = declareNativeCalls((declare) => declare('int getppid()')) !== null;

/** Descriptors of a process that had others from its parent, and of what it starts. */
function descriptorsOf(call: string): { readonly own: number[]; readonly ofPrograms: number[] } {
  const script = `
    import { execFileSync } from 'node:child_process';
    import { readdirSync } from 'node:fs';
    import { keepDescriptorsFromPrograms } from ${JSON.stringify(SOURCE)};
    ${call}
    const own = readdirSync('/proc/self/fd').map(Number);
    const ofPrograms = execFileSync('ls', ['/proc/self/fd'], { encoding: 'utf8' }).trim().split('\\n').map(Number);
    console.log(JSON.stringify({ own, ofPrograms }));
  `;
  // Between those of Node and these there is a gap.
  const shell = 'exec 200</etc/passwd 900</etc/passwd; exec "$@"';
  const command = [process.execPath, '--input-type=module', '-e', script];
  return JSON.parse(
    execFileSync('bash', ['-c', shell, 'bash', ...command], { encoding: 'utf8' }),
  ) as ReturnType<typeof descriptorsOf>;
}

describe.runIf(process.platform === 'linux')('descriptors of the parent', () => {
  test('would be open in programs otherwise', () => {
    expect(descriptorsOf('').ofPrograms).toEqual(expect.arrayContaining([200, 900]));
  });

  test.runIf(hasNativeCalls)('stay open here, and do not reach programs', () => {
    const { own, ofPrograms } = descriptorsOf('keepDescriptorsFromPrograms();');
    expect(own).toEqual(expect.arrayContaining([200, 900]));
    expect(ofPrograms).toEqual([0, 1, 2, 3]);
  });

  test('are closed where they cannot be marked', () => {
    const { own, ofPrograms } = descriptorsOf('keepDescriptorsFromPrograms(null);');
    expect(own).not.toContain(200);
    expect(own).not.toContain(900);
    expect(ofPrograms).toEqual([0, 1, 2, 3]);
  });
});
