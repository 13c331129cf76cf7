/** Programs that run as other users, started by the server's own process where there is no CGI wrapper. */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

import { startProgramStarter } from '../../cli/program-starter/start-program-starter.ts';
import { packVariables } from '../../runtime/cgi/packed-variables.ts';
import type { ProgramStarterAddress } from '../../runtime/gateway/messages.ts';
import { PrivilegedProgram } from '../../runtime/worker/privileged-program.ts';
import { lineOf, STREAMS, type Greeting } from '../../runtime/worker/starter-protocol.ts';
import { startProgram, type ChildProgram } from '../support/child-program.ts';
import { fileTree } from '../support/file-tree.ts';
import { freePort } from '../support/free-port.ts';
import { haveAll } from '../support/installed-programs.ts';
import { outputText } from '../support/output-text.ts';
import { makeTable, type TableParts } from '../support/routing-table.ts';
import { endWorkerThreads } from '../support/worker-inspector.ts';
import { waitFor } from '../support/wait-for.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/hiawatha-ts.js');
const isRoot = process.getuid?.() === 0;
const HEADER = `printf 'Content-Type: text/plain\\r\\n\\r\\n'\n`;

interface Site {
  readonly directory: string;
  readonly url: string;
  readonly server: ChildProgram;
}

/** @param files - Below www; those that end in `.cgi` may be executed. */
async function serve(
  files: Readonly<Record<string, string>>,
  {
    wrap = '',
    lines = [],
    nodeArguments = [],
  }: {
    wrap?: string;
    lines?: readonly string[];
    nodeArguments?: readonly string[];
  } = {},
): Promise<Site> {
  const port = await freePort();
  const directory = fileTree({
    ...Object.fromEntries(
      Object.entries(files).map(([name, text]) => [
        `www/${name}`,
        name.endsWith('.cgi') ? `#!/bin/sh\n${text}` : text,
      ]),
    ),
    'mimetype.conf': 'text/plain txt\n',
    // Where programs write to.
    'notes/none': '',
  });
  for (const name of Object.keys(files)) {
    if (name.endsWith('.cgi')) chmodSync(join(directory, 'www', name), 0o755);
  }
  chmodSync(join(directory, 'notes'), 0o777);
  writeRules(directory, wrap);
  const configuration = [
    `Binding {\n Port = ${port}\n Interface = 127.0.0.1\n}`,
    'ServerId = www-data',
    `PIDfile = ${directory}/pid`,
    'CGIextension = cgi',
    'CGIhandler = /bin/sh:sh',
    'CGIhandler = /usr/bin/perl:pl',
    `CGIwrapper = ${directory}/no-wrapper`,
    'Hostname = 127.0.0.1',
    `WebsiteRoot = ${directory}/www`,
    `AccessLogfile = ${directory}/access.log`,
    `ErrorLogfile = ${directory}/error.log`,
    'ExecuteCGI = yes',
    'TimeForCGI = 2',
    'Setenv GREETING = hello',
    ...lines,
  ];
  writeFileSync(join(directory, 'hiawatha.conf'), `${configuration.join('\n')}\n`);
  const server = startProgram(process.execPath, [...nodeArguments, PROGRAM, 'serve', directory]);
  onTestFinished(async () => {
    await server[Symbol.asyncDispose]();
  });
  await server.waitForLine(/^listening on/);
  return { directory, url: `http://127.0.0.1:${port}`, server };
}

function writeRules(directory: string, wrap: string): void {
  const rules = [
    'CGIhandler = /bin/sh',
    wrap || `Wrap = site1 ; ${directory}/www ; games:games,mail`,
  ];
  writeFileSync(join(directory, 'cgi-wrapper.conf'), `${rules.join('\n')}\n`);
}

const WRAPPED = { lines: ['WrapCGI = site1'] };

async function get(url: string, init?: RequestInit): Promise<[number, string]> {
  const answer = await fetch(url, init);
  return [answer.status, await answer.text()];
}

async function untilLogged(directory: string, text: RegExp): Promise<void> {
  await waitFor(() => {
    expect(readFileSync(join(directory, 'error.log'), 'utf8')).toMatch(text);
  });
}

function isRunning(pid: string | number): boolean {
  try {
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Numbers of processes that a program has left in a file. */
async function noted(directory: string): Promise<string[]> {
  const file = join(directory, 'notes/pids');
  return waitFor(() => {
    const pids = readFileSync(file, 'utf8').trim().split('\n');
    expect(pids.length).toBe(2);
    return pids;
  });
}

async function untilGone(pids: readonly (string | number)[]): Promise<void> {
  await waitFor(() => {
    expect(pids.filter((pid) => isRunning(pid))).toEqual([]);
  });
}

/** Two processes that nothing ends but a signal; the first takes no notice of TERM. */
const STUBBORN = `trap '' TERM
sleep 300 &
printf '%s\\n' $$ $! > ../notes/new
mv ../notes/new ../notes/pids
wait
`;

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** The shell that starts the starter again, and the starter. */
function startersOf(server: ChildProgram): readonly [keeper: number, starter: number] {
  const [keeper = 0] = childrenOf(server.pid);
  const [starter = 0] = childrenOf(keeper);
  expect([keeper, starter]).not.toContain(0);
  return [keeper, starter];
}

describe.runIf(isRoot)('a program that is to run as another user', () => {
  test.each([
    ['a program', 'a.cgi'],
    ['a script for an interpreter', 'a.sh'],
  ])('does: %s', async (_name, name) => {
    const script = `${HEADER}id -u; id -G; pwd; echo "$GREETING \${PATH_INFO:-none} $(cat)"\n`;
    const { url, directory, server } = await serve({ [name]: script }, WRAPPED);
    expect(await get(`${url}/${name}`, { method: 'POST', body: 'what came' })).toEqual([
      200,
      `5\n60 8\n${directory}/www\nhello none what came\n`,
    ]);
    const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
    expect(/^Uid:\s*(\d+)\s+(\d+)/m.exec(status)?.slice(1)).not.toContain('0');
  });

  test('reads and writes more than any buffer holds', async () => {
    const { url } = await serve(
      { 'cat.cgi': `${HEADER}exec cat\n` },
      {
        lines: ['WrapCGI = site1'],
      },
    );
    const body = 'x'.repeat(60_000);
    expect(await get(`${url}/cat.cgi`, { method: 'POST', body })).toEqual([200, body]);
  });

  test('gets variables byte for byte', async () => {
    const script = `${HEADER}printf %s "$HTTP_X_NAME" | od -An -tx1\n`;
    const { url } = await serve({ 'a.cgi': script }, WRAPPED);
    const headers = { 'X-Name': 'caf\xe9\xff' };
    expect(await get(`${url}/a.cgi`, { headers })).toEqual([200, ' 63 61 66 e9 ff\n']);
  });

  test('is named in the log where the user of the server may change it', async () => {
    const { url, directory } = await serve({ 'a.cgi': `${HEADER}echo\n` }, WRAPPED);
    const uid = Number(execFileSync('id', ['-u', 'www-data'], { encoding: 'utf8' }));
    chownSync(join(directory, 'www'), uid, 0);
    for (let turn = 0; turn < 2; turn += 1) expect((await get(`${url}/a.cgi`))[0]).toBe(200);
    await untilLogged(directory, /may change \S+\/www; give it to root/);
    expect(readFileSync(join(directory, 'error.log'), 'utf8').split('may change').length).toBe(2);
  });

  test('has its standard error in the log', async () => {
    const { url, directory } = await serve({ 'a.cgi': `echo oops >&2\n${HEADER}echo\n` }, WRAPPED);
    await get(`${url}/a.cgi`);
    await untilLogged(directory, /a\.cgi\|oops\n$/);
  });

  test.each([
    [
      'an interpreter that cgi-wrapper.conf does not have',
      'x.pl',
      500,
      /\/usr\/bin\/perl may not run scripts/,
    ],
    ['a file that everybody may change', 'open.cgi', 403, /everybody may change /],
  ])('is refused: %s', async (_name, name, status, reason) => {
    const site = await serve({ 'x.pl': '', 'open.cgi': `${HEADER}echo\n` }, WRAPPED);
    chmodSync(join(site.directory, 'www/open.cgi'), 0o777);
    expect((await get(`${site.url}/${name}`))[0]).toBe(status);
    await untilLogged(site.directory, reason);
  });

  test('is not found where there is none', async () => {
    const { url } = await serve({ 'a.cgi': '' }, WRAPPED);
    expect((await get(`${url}/none.cgi`))[0]).toBe(404);
  });

  test('is ended with all that it has started when its time is over', async () => {
    const { url, directory } = await serve({ 'slow.cgi': STUBBORN }, WRAPPED);
    const asked = get(`${url}/slow.cgi`);
    const pids = await noted(directory);
    expect([500, 504]).toContain((await asked)[0]);
    await untilGone(pids);
  });

  test('is ended with children that have left its group', async () => {
    const script = STUBBORN.replace('sleep 300 &', 'setsid sleep 300 &');
    const { url, directory } = await serve({ 'slow.cgi': script }, WRAPPED);
    const asked = get(`${url}/slow.cgi`);
    const pids = await noted(directory);
    await asked;
    await untilGone(pids);
  });

  test('is ended when its client leaves', async () => {
    const { url, directory } = await serve(
      { 'slow.cgi': STUBBORN },
      {
        lines: [...WRAPPED.lines, 'TimeForCGI = 60'],
      },
    );
    const client = new AbortController();
    const asked = fetch(`${url}/slow.cgi`, { signal: client.signal }).catch(() => 'aborted');
    const pids = await noted(directory);
    client.abort();
    expect(await asked).toBe('aborted');
    await untilGone(pids);
  });

  test('runs on with KillTimedoutCGI = no', async () => {
    const script = `sleep 300 >/dev/null 2>&1 &\nprintf '%s\\n' $$ $! > ../notes/new\nmv ../notes/new ../notes/pids\nexec sleep 300\n`;
    const { url, directory } = await serve(
      { 'slow.cgi': script },
      {
        lines: ['KillTimedoutCGI = no', ...WRAPPED.lines],
      },
    );
    const asked = get(`${url}/slow.cgi`);
    const pids = await noted(directory);
    onTestFinished(() => {
      for (const pid of pids) execFileSync('kill', ['-9', pid]);
    });
    await asked;
    expect(pids.filter((pid) => isRunning(pid))).toEqual(pids);
  });

  test('is ended when the worker thread that has asked for it ends', async () => {
    const { url, directory, server } = await serve(
      { 'slow.cgi': STUBBORN, 'a.cgi': `${HEADER}echo fine\n` },
      {
        lines: [...WRAPPED.lines, 'TimeForCGI = 60'],
        nodeArguments: ['--inspect=127.0.0.1:0'],
      },
    );
    const inspector = /ws:\/\/\S+/.exec(await server.waitForLine(/ws:\/\/\S+/))?.[0] ?? '';
    const asked = get(`${url}/slow.cgi`);
    const pids = await noted(directory);
    expect(await endWorkerThreads(inspector)).toBeGreaterThan(0);
    expect((await asked)[0]).toBe(502);
    await untilGone(pids);
    expect(await get(`${url}/a.cgi`)).toEqual([200, 'fine\n']);
  });

  test('is ended when the server is killed, and so is what has started it', async () => {
    const { url, directory, server } = await serve(
      { 'slow.cgi': STUBBORN },
      {
        lines: [...WRAPPED.lines, 'TimeForCGI = 60'],
      },
    );
    const starters = startersOf(server);
    const asked = get(`${url}/slow.cgi`).catch(() => 'broken off');
    const pids = await noted(directory);
    process.kill(server.pid, 'SIGKILL');
    expect(await asked).toBe('broken off');
    await untilGone([...pids, ...starters]);
  });

  test('is ended when what has started it is killed, which is started again', async () => {
    const { url, directory, server } = await serve(
      { 'slow.cgi': STUBBORN, 'a.cgi': `${HEADER}echo fine\n` },
      { lines: [...WRAPPED.lines, 'TimeForCGI = 60'] },
    );
    const [, starter] = startersOf(server);
    const asked = fetch(`${url}/slow.cgi`);
    const pids = await noted(directory);
    process.kill(starter, 'SIGKILL');
    const answer = await asked;
    expect(answer.status).toBe(502);
    expect(answer.headers.get('proxy-status')).toMatch(/error=connection_terminated/);
    await untilLogged(directory, /was killed while the program ran/);
    await server.waitForLine(
      /was killed, and is started again; programs of it that ran on, and were ended: 1$/,
    );
    await untilGone(pids);
    await waitFor(async () => {
      expect(await get(`${url}/a.cgi`)).toEqual([200, 'fine\n']);
    });
  });

  test('is answered by 503 when nothing can start it any more', async () => {
    const { url, server } = await serve({ 'a.cgi': `${HEADER}echo fine\n` }, WRAPPED);
    const starters = startersOf(server);
    process.kill(starters[0], 'SIGKILL');
    await server.waitForLine(/^hiawatha-ts: WrapCGI: .* has ended for good/);
    await untilGone(starters);
    const answer = await fetch(`${url}/a.cgi`);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('proxy-status')).toMatch(/error=destination_unavailable/);
  });

  test('is ended by the next server when all were killed', async () => {
    const { url, directory, server } = await serve(
      { 'slow.cgi': STUBBORN },
      { lines: [...WRAPPED.lines, 'TimeForCGI = 60'] },
    );
    const starters = startersOf(server);
    const [keeper, starter] = starters;
    const place = readFileSync(`/proc/${starter}/cmdline`, 'utf8').split('\0').at(-2) ?? '';
    const asked = get(`${url}/slow.cgi`).catch(() => 'broken off');
    const pids = await noted(directory);
    // So that it does not start another in the meantime.
    process.kill(keeper, 'SIGSTOP');
    for (const pid of [starter, keeper, server.pid]) process.kill(pid, 'SIGKILL');
    expect(await asked).toBe('broken off');
    await untilGone([...starters, server.pid]);
    expect(pids.filter((pid) => isRunning(pid))).toEqual(pids);
    expect(existsSync(join(place, 'order.json'))).toBe(true);
    const notices: string[] = [];
    await startProgramStarter(makeTable({}), '/', (message) => notices.push(message));
    expect(notices).toContain(
      `WrapCGI: a server that was killed has left ${place}; programs of it that ran on, and were ended: 1`,
    );
    await untilGone(pids);
    expect(existsSync(place)).toBe(false);
  });

  test.runIf(haveAll(['gcc']))('leaves no zombies when it hands children over', async () => {
    const source = fileTree({
      'clone.c': `#define _GNU_SOURCE\n#include <sched.h>\n#include <signal.h>\n#include <stdio.h>\nstatic char stack[65536];\nstatic int nothing(void *unused) { return 0; }\nint main(void) { int pid = clone(nothing, stack + sizeof stack, CLONE_PARENT | SIGCHLD, 0); printf("Content-Type: text/plain\\n\\n%d", pid); return 0; }`,
    });
    const { url, directory, server } = await serve({ 'a.cgi': '' }, WRAPPED);
    execFileSync('gcc', ['-o', join(directory, 'www/a.cgi'), join(source, 'clone.c')]);
    const [status, pid] = await get(`${url}/a.cgi`);
    expect(status).toBe(200);
    expect(Number(pid)).toBeGreaterThan(0);
    const [, starter] = startersOf(server);
    await waitFor(() => {
      expect(childrenOf(starter)).toEqual([]);
    });
  });

  test('is looked up in cgi-wrapper.conf as it is then', async () => {
    const { url, directory } = await serve({ 'a.cgi': `${HEADER}id -un\n` }, WRAPPED);
    expect(await get(`${url}/a.cgi`)).toEqual([200, 'games\n']);
    writeRules(directory, `Wrap = site1 ; ${directory}/www ; nobody`);
    expect(await get(`${url}/a.cgi`)).toEqual([200, 'nobody\n']);
    chmodSync(join(directory, 'cgi-wrapper.conf'), 0o666);
    expect((await get(`${url}/a.cgi`))[0]).toBe(500);
    await untilLogged(
      directory,
      /cgi-wrapper.conf cannot be used: .*cgi-wrapper.conf may be changed by others than root/,
    );
  });

  test('lies in the web directory of that user', async () => {
    const user = `hwts${process.pid}`;
    const home = fileTree({ 'public_html/who.cgi': `#!/bin/sh\n${HEADER}id -un\n` });
    execFileSync('useradd', ['-M', '-d', home, '-s', '/bin/sh', user]);
    onTestFinished(() => {
      execFileSync('userdel', [user]);
    });
    const uid = Number(execFileSync('id', ['-u', user], { encoding: 'utf8' }));
    for (const name of ['', 'public_html', 'public_html/who.cgi']) {
      chownSync(join(home, name), uid, uid);
      chmodSync(join(home, name), 0o755);
    }
    const { url } = await serve({}, { lines: ['WrapUserCGI = yes', 'UserWebsites = yes'] });
    expect(await get(`${url}/~${user}/who.cgi`)).toEqual([200, `${user}\n`]);
  });

  test.runIf(haveAll(['gcc']))('has another root directory where its entry says so', async () => {
    const jail = fileTree({
      'tell.c': `#include <stdio.h>\n#include <stdlib.h>\n#include <unistd.h>\nint main(void) { printf("Content-Type: text/plain\\n\\n%d %s %s %d\\n", (int) getuid(), getenv("SCRIPT_FILENAME"), getenv("DOCUMENT_ROOT"), access("/etc/passwd", F_OK)); return 0; }`,
      'www/none': '',
    });
    execFileSync('gcc', ['-static', '-o', join(jail, 'www/tell.cgi'), join(jail, 'tell.c')]);
    chmodSync(join(jail, 'www/tell.cgi'), 0o755);
    const { url, directory } = await serve(
      {},
      {
        wrap: `Wrap = site1 ; ${jail}|www ; games`,
        lines: [...WRAPPED.lines, `Alias = /jail:${jail}/www`],
      },
    );
    expect(await get(`${url}/jail/tell.cgi`)).toEqual([
      200,
      `5 /www/tell.cgi ${directory}/www -1\n`,
    ]);
  });

  test('leaves nothing behind when the server is stopped', async () => {
    const { server } = await serve({}, WRAPPED);
    const starters = startersOf(server);
    await server.stop();
    await untilGone(starters);
  });
});

/** A starter as a server that was taken over has it: the address, and the secret. */
async function starterFor(
  parts: TableParts,
  rules: (directory: string) => string,
): Promise<{ readonly directory: string; readonly address: ProgramStarterAddress }> {
  const directory = fileTree({ 'www/a.cgi': '#!/bin/sh\nenv\n' });
  chmodSync(join(directory, 'www/a.cgi'), 0o755);
  writeRules(directory, rules(directory));
  const starter = await startProgramStarter(makeTable(parts), directory, () => undefined);
  if (starter === null) throw new Error('it did not start');
  onTestFinished(() => starter.close());
  return { directory, address: starter.address };
}

const siteOfGames = (directory: string): string => `Wrap = site1 ; ${directory}/www ; games`;

describe.runIf(isRoot)('the process that starts programs', () => {
  test.runIf(haveAll(['gcc']))('loads nothing for a server that was taken over', async () => {
    const lib = fileTree({
      'evil.c': `#include <stdio.h>\n#include <unistd.h>\n__attribute__((constructor)) static void evil(void) { fprintf(stderr, "loaded by %d\\n", (int) getuid()); }`,
    });
    const evil = join(lib, 'evil.so');
    execFileSync('gcc', ['-shared', '-fPIC', '-o', evil, join(lib, 'evil.c')]);
    const setenv = [{ name: 'LD_PRELOAD', value: evil }];
    const { directory, address } = await starterFor(
      { hosts: [{ wrapCgi: 'site1', setenv }] },
      siteOfGames,
    );
    const program = new PrivilegedProgram(
      {
        starter: address,
        wrapId: 'site1',
        isFollowingLinks: false,
        interpreter: null,
        file: join(directory, 'www/a.cgi'),
      },
      packVariables([['LD_PRELOAD', evil]]),
    );
    const said = Promise.all([outputText(program.stdout), outputText(program.stderr)]);
    const started = Promise.withResolvers<string | null>();
    program.onStarted((_pid, note) => {
      started.resolve(note);
    });
    expect(await started.promise).toMatch(/LD_PRELOAD$/);
    const [output, errors] = await said;
    expect(errors).toBe('');
    expect(output).not.toContain('LD_PRELOAD');
  });

  test('has its socket where the user of the server can put nothing', async () => {
    const { address } = await starterFor({ hosts: [{ wrapCgi: 'site1' }] }, siteOfGames);
    const place = statSync(dirname(address.socket));
    expect([place.uid, place.mode & 0o022]).toEqual([0, 0]);
    expect(statSync(address.socket).mode & 0o777).toBe(0o600);
  });

  test('starts where its rules cannot be read', async () => {
    const directory = fileTree({ 'cgi-wrapper.conf/none': '' });
    const table = makeTable({ hosts: [{ wrapCgi: 'site1' }] });
    const starter = await startProgramStarter(table, directory, () => undefined);
    expect(starter).not.toBeNull();
    await starter?.close();
  });

  test('hangs up on who sends more than any command is', async () => {
    const { directory, address } = await starterFor({ hosts: [{ wrapCgi: 'site1' }] }, siteOfGames);
    const file = join(directory, 'www/a.cgi');
    writeFileSync(file, '#!/bin/sh\nexec sleep 300\n');
    const order = {
      wrapId: 'site1',
      isFollowingLinks: false,
      interpreter: null,
      file,
      variables: [],
    };
    const { token, socket } = address;
    const control = connect(socket);
    control.write(lineOf({ token, id: '1', kind: 'control', order }));
    for (const kind of STREAMS) connect(socket).write(lineOf({ token, id: '1', kind }));
    await once(control, 'data');
    control.on('error', () => undefined);
    control.resume();
    control.write('x'.repeat(200));
    await once(control, 'close');
  });

  test('is not there where nothing is wrapped', async () => {
    expect(await startProgramStarter(makeTable({}), '/', () => undefined)).toBeNull();
  });

  test('hears nobody who does not know its secret', async () => {
    const table = makeTable({ hosts: [{ wrapCgi: 'site1' }] });
    const starter = await startProgramStarter(table, fileTree(), () => undefined);
    if (starter === null) throw new Error('it did not start');
    const { socket } = starter.address;
    const greeting: Greeting = {
      token: 'x'.repeat(64),
      id: '1',
      kind: 'control',
      order: {
        wrapId: '~nobody',
        isFollowingLinks: true,
        interpreter: null,
        file: '/bin/true',
        variables: [],
      },
    };
    const stranger = connect(socket);
    stranger.write(lineOf(greeting));
    const said: Buffer[] = [];
    stranger.on('data', (bytes: Buffer) => said.push(bytes));
    await new Promise((resolve) => stranger.once('close', resolve));
    expect(Buffer.concat(said).toString()).toBe('');
    await starter.close();
    expect(existsSync(dirname(socket))).toBe(false);
  });
});
