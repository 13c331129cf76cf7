/** A CGI wrapper with root rights, called as Hiawatha calls its own. */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { startProgram } from '../support/child-program.ts';
import { fileTree } from '../support/file-tree.ts';
import { freePort } from '../support/free-port.ts';
import { haveAll } from '../support/installed-programs.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/hiawatha-ts.js');
const NOBODY = 65_534;

/** Refuses whatever is not called as it should be, and runs the program as nobody. */
const WRAPPER = `
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <grp.h>
static int refuse(const char *why) {
  printf("Status: 500\\r\\nContent-Type: text/plain\\r\\n\\r\\n%s", why);
  return 0;
}
int main(int argc, char **argv) {
  const char *id = getenv("CGIWRAP_ID"), *links = getenv("CGIWRAP_FOLLOWSYMLINKS"), *time = getenv("CGIWRAP_TIMEFORCGI");
  int first = strcmp(argv[0], "-") == 0 ? 1 : 0;
  if (argc != 3) return refuse("arguments");
  if (getsid(0) != getsid(getppid())) return refuse("session");
  if (id == NULL || strcmp(id, "site1") != 0) return refuse("id");
  if (links == NULL || strcmp(links, "false") != 0) return refuse("links");
  if (time == NULL || strcmp(time, "7") != 0) return refuse("time");
  unsetenv("CGIWRAP_ID"); unsetenv("CGIWRAP_FOLLOWSYMLINKS"); unsetenv("CGIWRAP_TIMEFORCGI");
  if (setuid(0) != 0 || setgroups(0, NULL) != 0 || setgid(${NOBODY}) != 0 || setuid(${NOBODY}) != 0) return refuse("user");
  if (setsid() == -1) return refuse("setsid");
  execvp(argv[first], argv + 1 + first);
  return refuse("exec");
}
`;

const SCRIPT = `printf 'Content-Type: text/plain\\r\\n\\r\\n'; echo "$(id -u) $(id -G) \${CGIWRAP_ID:-none} $QUERY_STRING"\n`;

const isRoot = process.getuid?.() === 0;

describe.runIf(isRoot && haveAll(['gcc']))('a CGI wrapper', () => {
  test.each([
    ['a program', 'a.cgi'],
    ['a script for an interpreter', 'a.sh'],
  ])('runs %s as another user', async (_, name) => {
    const port = await freePort();
    const directory = fileTree({
      'wrapper.c': WRAPPER,
      'www/a.cgi': `#!/bin/sh\n${SCRIPT}`,
      'www/a.sh': SCRIPT,
      'mimetype.conf': 'text/plain txt\n',
    });
    const wrapper = join(directory, 'wrapper');
    execFileSync('gcc', ['-o', wrapper, join(directory, 'wrapper.c')]);
    chownSync(wrapper, 0, 0);
    chmodSync(wrapper, 0o4755);
    expect(statSync(wrapper).mode & 0o4000).not.toBe(0);
    chmodSync(join(directory, 'www/a.cgi'), 0o755);
    await using server = serve(directory, port, wrapper);
    await server.waitForLine(/^listening on/);
    const answer = await fetch(`http://127.0.0.1:${port}/${name}?q`);
    expect([answer.status, await answer.text()]).toEqual([200, `${NOBODY} ${NOBODY} none q\n`]);
  });
});

function serve(directory: string, port: number, wrapper: string) {
  const lines = [
    `Binding {\n Port = ${port}\n Interface = 127.0.0.1\n}`,
    'ServerId = www-data',
    `PIDfile = ${directory}/pid`,
    'CGIextension = cgi',
    'CGIhandler = /bin/sh:sh',
    `CGIwrapper = ${wrapper}`,
    'Hostname = 127.0.0.1',
    `WebsiteRoot = ${directory}/www`,
    'ExecuteCGI = yes',
    'TimeForCGI = 7',
    'WrapCGI = site1',
    'FollowSymlinks = no',
  ];
  writeFileSync(join(directory, 'hiawatha.conf'), `${lines.join('\n')}\n`);
  return startProgram(process.execPath, [PROGRAM, 'serve', directory]);
}
