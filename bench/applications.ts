import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ChildProgram, startProgram } from '../test/support/child-program.ts';
import { findProgram } from '../test/support/installed-programs.ts';
import { FASTCGI_PROCESSES } from './peer.ts';

/** The files that every peer serves. */
export function writeRoot(directory: string): string {
  const root = join(directory, 'www');
  mkdirSync(root);
  writeFileSync(join(root, 'index.html'), `${'<p>hello world'.repeat(72)}\n`.padEnd(1024));
  writeFileSync(join(root, 'hello.php'), "<?php echo 'hello world';\n");
  writeFileSync(join(root, 'hello.echo'), '');
  const perl = join(root, 'hello.pl');
  writeFileSync(
    perl,
    '#!/usr/bin/perl\nprint "Content-Type: text/plain\\r\\n\\r\\nhello world\\n";\n',
  );
  chmodSync(perl, 0o755);
  return root;
}

/** Compiles the echo application. @returns its path. */
export function buildEcho(directory: string): string {
  const program = join(directory, 'echo');
  const source = join(import.meta.dirname, 'echo.c');
  execFileSync('gcc', ['-O2', '-Wall', '-o', program, source, '-lfcgi']);
  return program;
}

/** Compiles the CGI program in C into the root. */
export function buildCgi(root: string): void {
  const source = join(import.meta.dirname, 'hello-cgi.c');
  execFileSync('gcc', ['-O2', '-Wall', '-o', join(root, 'hello.cgi'), source]);
}

/** Starts FASTCGI_PROCESSES of an application on a socket. @returns what ends them. */
export function startEcho(program: string, socket: string): () => void {
  const args = ['-s', socket, '-M', '0666', '-F', String(FASTCGI_PROCESSES), '-b', '1024'];
  const output = execFileSync(findProgram('spawn-fcgi') ?? 'spawn-fcgi', [...args, '--', program], {
    encoding: 'utf8',
  });
  const pids = [...output.matchAll(/PID: (\d+)/g)].map((found) => Number(found[1]));
  if (pids.length !== FASTCGI_PROCESSES) throw new Error(`spawn-fcgi said: ${output}`);
  return () => {
    for (const pid of pids) process.kill(pid);
  };
}

/** Starts a php-fpm with FASTCGI_PROCESSES on a socket; resolves when it takes connections. */
export async function startPhp(directory: string, socket: string): Promise<ChildProgram> {
  const configuration = join(directory, 'php-fpm.conf');
  writeFileSync(
    configuration,
    `[global]
error_log = ${directory}/php-fpm.log
daemonize = no
[bench]
user = www-data
group = www-data
listen = ${socket}
listen.mode = 0666
listen.backlog = 1024
pm = static
pm.max_children = ${FASTCGI_PROCESSES}
`,
  );
  chmodSync(directory, 0o755);
  const program = startProgram(findProgram('php-fpm8.2') ?? 'php-fpm8.2', [
    '--nodaemonize',
    '--force-stderr',
    '--fpm-config',
    configuration,
  ]);
  await program.waitForLine(/ready to handle connections/);
  return program;
}
