/** `fcgi spawn` with real processes of an application of our own. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

import { CommandError } from '../../../../cli/command-error.ts';
import { askFastCgi } from '../../../../cli/fcgi/ask.ts';
import { runSpawn, type SpawnCommandOptions } from '../../../../cli/fcgi/spawn/spawn.ts';
import { variablesOf } from '../../../../cli/fcgi/variables.ts';
import type { Endpoint } from '../../../../routing-table/schema.ts';
import { fileTree } from '../../../support/file-tree.ts';
import { freePort } from '../../../support/free-port.ts';
import { recordingConsole } from '../../../support/recording-console.ts';
import { waitFor } from '../../../support/wait-for.ts';

const APPLICATION = join(import.meta.dirname, '../../../support/spawned-application.ts');

function optionsFor(parts: Partial<SpawnCommandOptions>): SpawnCommandOptions {
  return {
    endpoint: { kind: 'unix', path: join(fileTree(), 'a.sock') },
    count: 1,
    program: process.execPath,
    arguments: [APPLICATION, 'one', 'two'],
    workingDirectory: import.meta.dirname,
    environment: { PATH: process.env['PATH'] },
    backlog: 64,
    mode: 0o660,
    owner: null,
    user: null,
    stopSignal: 'SIGTERM',
    graceMs: 5000,
    pidFile: null,
    isJson: false,
    ...parts,
  };
}

/** Signals that a test sends. */
function fakeSignals() {
  const listeners = new Map<string, Set<() => void>>();
  return {
    on: (signal: string, listener: () => void) =>
      listeners.set(signal, (listeners.get(signal) ?? new Set()).add(listener)),
    off: (signal: string, listener: () => void) => listeners.get(signal)?.delete(listener),
    send: (signal: string) => {
      for (const listener of [...(listeners.get(signal) ?? [])]) listener();
    },
  };
}

async function spawned(parts: Partial<SpawnCommandOptions> = {}) {
  const options = optionsFor(parts);
  const console = recordingConsole();
  const signals = fakeSignals();
  const ready = Promise.withResolvers<undefined>();
  const ended = runSpawn(options, {
    console,
    signals,
    onReady: () => {
      ready.resolve(undefined);
    },
  });
  onTestFinished(async () => {
    signals.send('SIGTERM');
    signals.send('SIGTERM');
    await ended.catch(() => undefined);
  });
  await Promise.race([ready.promise, ended]);
  return { ...options, console, signals, ended };
}

async function ask(endpoint: Endpoint, path = '/'): Promise<string> {
  const outcome = await askFastCgi({
    endpoint,
    variables: variablesOf({ path, root: null, bodyBytes: 0, parameters: [] }),
    stdin: new Uint8Array(0),
    timeoutMs: 10_000,
  });
  return outcome.kind === 'answered' ? outcome.body.toString() : outcome.reason;
}

function failure(parts: Partial<SpawnCommandOptions>): Promise<unknown> {
  return runSpawn(optionsFor(parts), {
    console: recordingConsole(),
    signals: fakeSignals(),
    onReady: () => undefined,
  }).catch((error: unknown) => error);
}

describe('fcgi spawn', () => {
  test('gives every process the same socket', async () => {
    const { endpoint, console } = await spawned({ count: 2 });
    await waitFor(() => {
      expect(console.errors().match(/^\d: ready one two$/gm)).toHaveLength(2);
    });
    const pids = [...console.output().matchAll(/started \(pid (\d+)\)/g)].map((found) => found[1]);
    expect(pids).toHaveLength(2);
    expect(pids).toContain(await ask(endpoint));
  });

  test('listens on a TCP port', async () => {
    const endpoint: Endpoint = { kind: 'tcp', host: '127.0.0.1', port: await freePort() };
    const { console } = await spawned({ endpoint });
    expect(console.output()).toContain(`listening at 127.0.0.1:${endpoint.port} (pid `);
    expect(await ask(endpoint)).toMatch(/^\d+$/);
  });

  test('keeps connections waiting until a process takes them', async () => {
    const directory = fileTree();
    const { endpoint } = await spawned({
      program: '/bin/sh',
      arguments: [
        '-c',
        'until test -e go; do sleep 0.02; done; exec "$0" "$1"',
        process.execPath,
        APPLICATION,
      ],
      workingDirectory: directory,
    });
    const answer = ask(endpoint);
    writeFileSync(join(directory, 'go'), '');
    expect(await answer).toMatch(/^\d+$/);
  });

  test('hands over variables and directory', async () => {
    const directory = fileTree();
    const { endpoint } = await spawned({
      environment: { GREETING: 'hello' },
      workingDirectory: directory,
    });
    expect(await ask(endpoint, '/environment?GREETING')).toBe('hello');
    expect(await ask(endpoint, '/directory')).toBe(directory);
  });

  test('starts a process that ended again, on the same socket', async () => {
    const { endpoint, console } = await spawned();
    const first = await ask(endpoint);
    await ask(endpoint, '/exit');
    const second = await ask(endpoint);
    expect(second).toMatch(/^\d+$/);
    expect(second).not.toBe(first);
    expect(console.output()).toMatch(
      /process 1: ended with status 3 after [\d.]+ s \(pid \d+\); started again in 0\.1 s/,
    );
  });

  test('replaces its processes on SIGHUP', async () => {
    const { endpoint, signals } = await spawned();
    const first = await ask(endpoint);
    signals.send('SIGHUP');
    await waitFor(async () => {
      expect(await ask(endpoint)).not.toBe(first);
    });
  });

  test('ends with its processes and the socket on SIGTERM', async () => {
    const { endpoint, signals, ended, console } = await spawned();
    const pid = Number(await ask(endpoint));
    signals.send('SIGTERM');
    expect(await ended).toBe(0);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(endpoint.kind === 'unix' && existsSync(endpoint.path)).toBe(false);
    expect(console.output()).toMatch(/was ended by SIGTERM after .*\nstopped\n$/);
  });

  test('asks its processes to end with another signal where it is told to', async () => {
    const { endpoint, signals, ended, console } = await spawned({ stopSignal: 'SIGINT' });
    await ask(endpoint);
    signals.send('SIGTERM');
    expect(await ended).toBe(0);
    expect(console.output()).toContain('was ended by SIGINT');
  });

  test('kills a process that does not end in time', async () => {
    const { endpoint, signals, ended, console } = await spawned({ graceMs: 20 });
    expect(await ask(endpoint, '/hang')).toBe('hangs');
    signals.send('SIGTERM');
    expect(await ended).toBe(0);
    expect(console.output()).toMatch(/killed \(pid \d+\)\n.*was ended by SIGKILL/);
  });

  test('shows its processes on SIGUSR1', async () => {
    const { signals, console } = await spawned();
    signals.send('SIGUSR1');
    expect(console.output()).toMatch(/process 1: pid \d+, up [\d.]+ s, started again 0 times\n/);
  });

  test('tells events as JSON, a line each', async () => {
    const { endpoint, signals, ended, console } = await spawned({ isJson: true });
    await ask(endpoint);
    signals.send('SIGUSR1');
    signals.send('SIGTERM');
    await ended;
    const events = console
      .output()
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(events).toMatchObject([
      { event: 'started', slot: 1 },
      { event: 'listening' },
      { event: 'output', slot: 1, text: 'ready one two' },
      { event: 'status', processes: [{ slot: 1, restarts: 0 }] },
      { event: 'stopping', graceMs: 5000 },
      { event: 'ended', exitCode: null, signal: 'SIGTERM', restartMs: null },
      { event: 'stopped' },
    ]);
  });

  test.each([0o600, 0o660, 0o777])('gives the socket the mode %o', async (mode) => {
    const { endpoint } = await spawned({ mode });
    expect(endpoint.kind === 'unix' && statSync(endpoint.path).mode & 0o777).toBe(mode);
  });

  test.runIf(process.getuid?.() === 0)('runs as another user, whose the socket is', async () => {
    const user = { uid: 65_534, gid: 65_534 };
    const directory = fileTree();
    const { endpoint, console } = await spawned({
      user,
      program: '/bin/sh',
      arguments: ['-c', 'id -u; id -G; exec sleep 60'],
      endpoint: { kind: 'unix', path: join(directory, 'a.sock') },
    });
    await waitFor(() => {
      expect(console.errors()).toBe('1: 65534\n1: 65534\n');
    });
    expect(endpoint.kind === 'unix' && statSync(endpoint.path)).toMatchObject(user);
  });

  test('writes its number while it runs', async () => {
    const pidFile = join(fileTree(), 'spawn.pid');
    const { signals, ended } = await spawned({ pidFile });
    expect(readFileSync(pidFile, 'utf8')).toBe(`${process.pid}\n`);
    signals.send('SIGINT');
    await ended;
    expect(existsSync(pidFile)).toBe(false);
  });

  test('takes the place of a socket that was left behind', async () => {
    const path = join(fileTree(), 'a.sock');
    // Killed while it listens: nobody removes the socket.
    spawnSync(process.execPath, [
      '-e',
      'net.createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))',
      path,
    ]);
    expect(existsSync(path)).toBe(true);
    const { endpoint } = await spawned({ endpoint: { kind: 'unix', path } });
    expect(await ask(endpoint)).toMatch(/^\d+$/);
  });

  test('finds a program in PATH', async () => {
    const directory = fileTree({ 'app-of-mine': '#!/bin/sh\nexec sleep 60\n' });
    chmodSync(join(directory, 'app-of-mine'), 0o755);
    const { console } = await spawned({
      program: 'app-of-mine',
      arguments: [],
      environment: { PATH: `/nowhere:${directory}:/bin:/usr/bin` },
    });
    expect(console.output()).toContain('listening at');
  });

  test.each([
    ['that no directory of PATH has', 'no-such-program', 'no directory of PATH has a program'],
    ['that does not exist', '/no/such/program', 'there is no such file'],
    ['that is a directory', '/tmp', 'it is a directory'],
  ])('says that it cannot start a program %s', async (_, program, expected) => {
    const error = await failure({ program });
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({
      exitCode: 3,
      message: expect.stringContaining(expected) as string,
    });
  });

  test('says that somebody listens there already', async () => {
    const path = join(fileTree(), 'a.sock');
    const server = createServer();
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => {
      server.listen(path, resolve);
    });
    expect(await failure({ endpoint: { kind: 'unix', path } })).toMatchObject({
      exitCode: 3,
      message: `cannot listen at ${path}: somebody listens there already; stop that program, or give another address`,
    });
  });

  test('leaves a file alone that is no socket', async () => {
    const path = join(fileTree({ 'a.sock': 'text' }), 'a.sock');
    expect(await failure({ endpoint: { kind: 'unix', path } })).toMatchObject({
      message: expect.stringContaining('there is a file that is no socket') as string,
    });
    expect(readFileSync(path, 'utf8')).toBe('text');
  });

  test('says that a directory does not exist', async () => {
    expect(await failure({ endpoint: { kind: 'unix', path: '/no/such/a.sock' } })).toMatchObject({
      message: 'cannot listen at /no/such/a.sock: its directory does not exist; create it',
    });
  });
});
