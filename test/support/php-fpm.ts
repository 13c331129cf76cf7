import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ChildProgram, startProgram } from './child-program.ts';
import { findProgram } from './installed-programs.ts';

/** What Debian 12 calls it. */
export const PHP_FPM = 'php-fpm8.2';

/**
 * Starts php-fpm in the foreground with a pool file of a sample; resolves when it takes connections. The only change to
 * the file is that the log goes to standard error, where the test reads it.
 */
export async function startPhpFpm(directory: string, poolFile: string): Promise<ChildProgram> {
  const configuration = join(directory, `${poolFile}.foreground`);
  const text = readFileSync(join(directory, poolFile), 'utf8');
  writeFileSync(configuration, text.replace(/^error_log = .*$/m, 'error_log = /proc/self/fd/2'));
  const program = startProgram(findProgram(PHP_FPM) ?? PHP_FPM, [
    '--nodaemonize',
    '--prefix',
    directory,
    '--fpm-config',
    configuration,
  ]);
  await program.waitForLine(/ready to handle connections/);
  return program;
}
