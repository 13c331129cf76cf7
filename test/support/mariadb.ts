import { execFileSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { type ChildProgram, startProgram } from './child-program.ts';
import { findProgram } from './installed-programs.ts';

/** Starts a MariaDB of its own in a directory, without a network; its socket is `mysqld.sock` there. */
export async function startMariaDb(directory: string): Promise<ChildProgram> {
  const data = join(directory, 'database');
  const user = userInfo().username;
  execFileSync(
    'mariadb-install-db',
    [
      '--no-defaults',
      `--datadir=${data}`,
      `--user=${user}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
    ],
    { stdio: 'ignore' },
  );
  const program = startProgram(findProgram('mariadbd') ?? 'mariadbd', [
    '--no-defaults',
    `--datadir=${data}`,
    `--user=${user}`,
    `--socket=${socketOf(directory)}`,
    `--pid-file=${join(directory, 'mysqld.pid')}`,
    '--skip-networking',
    '--innodb-flush-log-at-trx-commit=0',
  ]);
  await program.waitForLine(/ready for connections/);
  return program;
}

/** Runs statements as the administrator. */
export function runSql(directory: string, statements: string): void {
  execFileSync('mariadb', ['--no-defaults', `--socket=${socketOf(directory)}`, '--user=root'], {
    input: statements,
  });
}

function socketOf(directory: string): string {
  return join(directory, 'mysqld.sock');
}
