/** `hiawatha-ts fcgi spawn` with applications in C, Perl and PHP. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

import { fileTree } from '../support/file-tree.ts';
import { freePort } from '../support/free-port.ts';
import { type ChildProgram, startProgram } from '../support/child-program.ts';
import { haveAll } from '../support/installed-programs.ts';
import { waitFor } from '../support/wait-for.ts';

const ROOT = join(import.meta.dirname, '../..');
const PROGRAM = join(ROOT, 'bin/hiawatha-ts.js');
const HEADERS = '/usr/include/fcgi_stdio.h';

const C_SOURCE = `
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <fcgi_stdio.h>
int main(void) {
  while (FCGI_Accept() >= 0) {
    const char *name = getenv("SCRIPT_NAME");
    if (name != NULL && strcmp(name, "/crash") == 0) abort();
    printf("Content-Type: text/plain\\r\\n\\r\\nC %d", (int)getpid());
  }
  return 0;
}
`;

const PERL_SOURCE = `
use FCGI;
my $request = FCGI::Request();
while ($request->Accept() >= 0) {
  die "crash\\n" if $ENV{SCRIPT_NAME} eq '/crash';
  print "Content-Type: text/plain\\r\\n\\r\\nPerl $$";
}
`;

const PHP_SOURCE = `<?php
if ($_SERVER['SCRIPT_NAME'] === '/crash.php') posix_kill(getmypid(), SIGKILL);
header('Content-Type: text/plain');
echo 'PHP ', getmypid();
`;

function hasPerlModule(): boolean {
  return spawnSync('perl', ['-MFCGI', '-e', '1']).status === 0;
}

function spawnApplication(address: string, args: readonly string[]): ChildProgram {
  return startProgram(process.execPath, [PROGRAM, 'fcgi', 'spawn', address, ...args]);
}

async function get(address: string, path: string, root: string): Promise<string> {
  await using request = startProgram(process.execPath, [
    ...[PROGRAM, 'fcgi', 'get', address, path, '--root', root],
  ]);
  await request.ended;
  return request.output().split('\r\n\r\n').at(-1) ?? '';
}

/** Four processes answer; one that crashes comes back; nothing is left at the end. */
async function check(name: string, address: string, root: string, program: readonly string[]) {
  const suffix = name === 'PHP' ? '.php' : '';
  await using spawned = spawnApplication(address, ['-n', '4', '--', ...program]);
  await spawned.waitForLine(/^listening at /);
  expect(await get(address, `/index${suffix}`, root)).toMatch(new RegExp(`^${name} \\d+$`));
  await get(address, `/crash${suffix}`, root);
  await spawned.waitForLine(/^process \d: .* started again in 0\.1 s$/);
  await waitFor(() => {
    expect(spawned.output().match(/^process \d: started/gm)).toHaveLength(5);
  });
  for (let request = 0; request < 6; request += 1) {
    expect(await get(address, `/index${suffix}`, root)).toMatch(new RegExp(`^${name} \\d+$`));
  }
  const pids = [...spawned.output().matchAll(/started \(pid (\d+)\)/g)].map((found) =>
    Number(found[1]),
  );
  expect(await spawned.stop()).toBe(0);
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
}

describe('fcgi spawn', () => {
  describe.runIf(haveAll(['gcc']) && existsSync(HEADERS))('with a C program', () => {
    test.each(['unix', 'tcp'])('keeps four processes on a socket (%s)', async (kind) => {
      const directory = fileTree({ 'app.c': C_SOURCE });
      const program = join(directory, 'app');
      execFileSync('gcc', ['-o', program, join(directory, 'app.c'), '-lfcgi']);
      const address = kind === 'unix' ? join(directory, 's') : `127.0.0.1:${await freePort()}`;
      await check('C', address, directory, [program]);
    });

    test('cuts no request when it replaces processes with SIGUSR1', async () => {
      const directory = fileTree({
        'app.c': C_SOURCE.replace('printf(', 'write(2, "got it\\n", 7); usleep(300000); printf('),
      });
      const program = join(directory, 'app');
      execFileSync('gcc', ['-o', program, join(directory, 'app.c'), '-lfcgi']);
      const address = join(directory, 's');
      const args = ['-n', '1', '--stop-signal', 'SIGUSR1', '--', program];
      await using spawned = spawnApplication(address, args);
      await spawned.waitForLine(/^listening at /);
      const answer = get(address, '/index', directory);
      await spawned.waitForLine(/^1: got it$/);
      process.kill(spawned.pid, 'SIGHUP');
      expect(await answer).toMatch(/^C \d+$/);
      await spawned.waitForLine(/^process 1: ended with status 0/);
    });

    test('returns at once with --background', async () => {
      const directory = fileTree({ 'app.c': C_SOURCE });
      const program = join(directory, 'app');
      execFileSync('gcc', ['-o', program, join(directory, 'app.c'), '-lfcgi']);
      const [address, pidFile, log] = ['s', 'pid', 'log'].map((name) => join(directory, name));
      if (address === undefined || pidFile === undefined || log === undefined) throw new Error();
      await using starter = spawnApplication(address, [
        ...['--background', '--pid-file', pidFile, '--log', log, '--', program],
      ]);
      expect(await starter.ended).toBe(0);
      const pid = Number(starter.output());
      expect(readFileSync(pidFile, 'utf8')).toBe(`${pid}\n`);
      onTestFinished(() => {
        if (!readFileSync(log, 'utf8').endsWith('stopped\n')) process.kill(pid, 'SIGKILL');
      });
      expect(await get(address, '/index', directory)).toMatch(/^C \d+$/);
      process.kill(pid, 'SIGTERM');
      await waitFor(() => {
        expect(readFileSync(log, 'utf8')).toMatch(/\nstopped\n$/);
      });
    });

    test('says with --background why it does not listen', async () => {
      const directory = fileTree();
      await using starter = spawnApplication(join(directory, 's'), [
        ...['--background', '--log', join(directory, 'log'), '--', '/no/such/program'],
      ]);
      expect(await starter.ended).toBe(3);
      expect(starter.output()).toContain('cannot start the program /no/such/program');
    });

    test('says with --background and no log why it cannot go on', async () => {
      const directory = fileTree();
      await using starter = spawnApplication(join(directory, 's'), [
        ...['--background', '--pid-file', '/no/such/directory/pid', '--', '/bin/cat'],
      ]);
      expect(await starter.ended).toBe(3);
      expect(starter.output()).toContain('/no/such/directory/pid');
    });
  });

  test.runIf(haveAll(['perl']) && hasPerlModule())('keeps four Perl processes', async () => {
    const directory = fileTree({ 'app.pl': PERL_SOURCE });
    await check('Perl', join(directory, 's'), directory, ['perl', join(directory, 'app.pl')]);
  });

  test.runIf(haveAll(['php-cgi']))('keeps four PHP processes', async () => {
    const directory = fileTree({ 'index.php': PHP_SOURCE, 'crash.php': PHP_SOURCE });
    await check('PHP', join(directory, 's'), directory, ['php-cgi']);
  });
});
