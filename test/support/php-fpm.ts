import { type ChildProgram, startProgram } from './child-program.ts';
import { findProgram } from './installed-programs.ts';

/** What Debian 12 calls it. */
export const PHP_FPM = 'php-fpm8.2';

/** Starts php-fpm in the foreground with a pool file of a sample; resolves when it takes connections. */
export async function startPhpFpm(directory: string, poolFile: string): Promise<ChildProgram> {
  const program = startProgram(
    findProgram(PHP_FPM) ?? PHP_FPM,
    ['--nodaemonize', '--force-stderr', '--prefix', directory, '--fpm-config', poolFile],
    { cwd: directory },
  );
  await program.waitForLine(/ready to handle connections/);
  return program;
}
