import { type ChildProgram, startProgram } from './child-program.ts';
import { findProgram } from './installed-programs.ts';

/** What Debian 12 calls it. */
export const PHP_FPM = 'php-fpm8.2';

/**
 * Starts php-fpm in the foreground with a pool file of a sample; resolves when it takes connections.
 *
 * @param asUser - The number of another account, which root starts it as.
 */
export async function startPhpFpm(
  directory: string,
  poolFile: string,
  asUser: number | null = null,
): Promise<ChildProgram> {
  const fpm = findProgram(PHP_FPM) ?? PHP_FPM;
  const parameters = ['--nodaemonize', '--force-stderr', '--prefix', directory];
  parameters.push('--fpm-config', poolFile);
  const account = [`--reuid=${asUser ?? 0}`, `--regid=${asUser ?? 0}`, '--clear-groups'];
  const child =
    asUser === null
      ? startProgram(fpm, parameters, { cwd: directory })
      : startProgram('setpriv', [...account, fpm, ...parameters], { cwd: directory });
  await child.waitForLine(/ready to handle connections/);
  return child;
}
