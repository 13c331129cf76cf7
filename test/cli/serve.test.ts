import { EventEmitter } from 'node:events';
import { createServer, type Server } from 'node:net';

import { describe, expect, onTestFinished, test } from 'vitest';

import { CommandError } from '../../cli/command-error.ts';
import { runServe, type ServeContext } from '../../cli/serve.ts';
import { encodeRoutingTable } from '../../routing-table/format.ts';
import { RuntimeError } from '../../runtime/runtime-error.ts';
import { type ListeningAddress, type RunningServer, serve } from '../../runtime/serve.ts';
import { fileTree } from '../support/file-tree.ts';
import { recordingConsole } from '../support/recording-console.ts';
import { makeBinding, makeHost, makeTable } from '../support/routing-table.ts';
import { compileWords } from '../support/word-compiler.ts';

const TABLE = encodeRoutingTable(makeTable());

/** A server that is told how its end goes, and remembers what was asked of it. */
function scriptedServer(
  addresses: readonly ListeningAddress[] = [],
  close = () => Promise.resolve(0),
) {
  const calls: string[] = [];
  const server: RunningServer = {
    addresses,
    reopenLogs: () => void calls.push('reopen'),
    close: (deadlineMs) => {
      calls.push(`close ${deadlineMs}`);
      return close();
    },
  };
  return { calls, serve: () => Promise.resolve(server) };
}

/** Runs the command; `listening` resolves when signals are taken. */
function start(directory: string, path: string, parts: Partial<ServeContext> = {}) {
  const console = recordingConsole();
  const signals = new EventEmitter();
  const { promise: listening, resolve } = Promise.withResolvers<undefined>();
  signals.on('newListener', (signal) => {
    if (signal === 'SIGHUP') queueMicrotask(() => resolve(undefined));
  });
  const ended = runServe(
    { path, drainMs: 1500 },
    {
      console,
      loadCompile: () => Promise.resolve(compileWords),
      serve: scriptedServer().serve,
      signals,
      workingDirectory: directory,
      ...parts,
    },
  );
  return { console, signals, listening, ended };
}

function address(parts: Partial<ListeningAddress>): ListeningAddress {
  return { address: '127.0.0.1', port: 8080, isTls: false, bindingId: null, ...parts };
}

/** What the user is told, when that is what ended the command. */
async function failureOf(ended: Promise<unknown>): Promise<string> {
  const error: unknown = await ended.catch((reason: unknown) => reason);
  return error instanceof CommandError && error.exitCode === 3
    ? error.message
    : `no: ${String(error)}`;
}

describe('serve', () => {
  test('prints each address that it listens on', async () => {
    const { serve } = scriptedServer([
      address({}),
      address({ address: '::', port: 8443, isTls: true }),
    ]);
    const { console, signals, listening, ended } = start(fileTree({ 't.json': TABLE }), 't.json', {
      serve,
    });
    await listening;
    signals.emit('SIGTERM');
    expect(await ended).toBe(0);
    expect(console.output()).toBe(
      'listening on http://127.0.0.1:8080/\nlistening on https://[::]:8443/\n',
    );
  });

  test.each(['SIGTERM', 'SIGINT'])(
    '%s lets requests finish within the deadline and ends with 0',
    async (signal) => {
      const server = scriptedServer();
      const { signals, listening, ended } = start(fileTree({ 't.json': TABLE }), 't.json', server);
      await listening;
      signals.emit(signal);
      expect(await ended).toBe(0);
      expect(server.calls).toEqual(['close 1500']);
    },
  );

  test('says how many connections it cut', async () => {
    const server = scriptedServer([], () => Promise.resolve(3));
    const { console, signals, listening, ended } = start(
      fileTree({ 't.json': TABLE }),
      't.json',
      server,
    );
    await listening;
    signals.emit('SIGTERM');
    await ended;
    expect(console.errors()).toContain('connections that were cut: 3\n');
  });

  test('a second signal ends at once', async () => {
    const server = scriptedServer([], () => new Promise(() => undefined));
    const { signals, listening, ended } = start(fileTree({ 't.json': TABLE }), 't.json', server);
    await listening;
    signals.emit('SIGTERM');
    signals.emit('SIGTERM');
    expect(await ended).toBe(0);
  });

  test('SIGHUP reopens the logs', async () => {
    const server = scriptedServer();
    const { signals, listening, ended } = start(fileTree({ 't.json': TABLE }), 't.json', server);
    await listening;
    signals.emit('SIGHUP');
    signals.emit('SIGTERM');
    await ended;
    expect(server.calls).toEqual(['reopen', 'close 1500']);
  });

  test('leaves no listener for signals behind', async () => {
    const { signals, listening, ended } = start(fileTree({ 't.json': TABLE }), 't.json');
    await listening;
    signals.emit('SIGTERM');
    await ended;
    expect(signals.eventNames()).toEqual(['newListener']);
  });

  test.each([
    { name: 'gone.json', message: 'cannot read gone.json: no such file or directory' },
    { name: 'gone.conf', message: 'cannot read gone.conf: no such file or directory' },
    { name: 'text.json', message: 'text.json: the routing table is not JSON' },
    { name: 'old.json', message: 'old.json: the routing table has format version 0' },
  ])('says in one line why $name cannot be served', async ({ name, message }) => {
    const directory = fileTree({ 'text.json': 'Hostname = x', 'old.json': '{"formatVersion":0}' });
    const { ended } = start(directory, name);
    expect(await failureOf(ended)).toContain(message);
  });

  test('shows what is wrong with a configuration, and does not start with errors', async () => {
    const { console, ended } = start(fileTree({ 'site/hiawatha.conf': 'odd broken hint' }), 'site');
    expect(await ended).toBe(1);
    expect(console.errors()).toContain(
      'site/hiawatha.conf:1:5: error: the word "broken" is broken',
    );
    expect(console.errors()).toContain('site/hiawatha.conf:1:1: warning: ');
    expect(console.errors()).not.toContain('hint: ');
    expect(console.errors()).toContain(
      'hiawatha-ts: site/hiawatha.conf has 1 error; no routing table was made\n',
    );
  });

  test('compiles a configuration and takes its directory for relative names', async () => {
    const directory = fileTree({ 'site/hiawatha.conf': 'fine' });
    const seen: string[] = [];
    const { signals, listening, ended } = start(directory, 'site', {
      loadCompile: () =>
        Promise.resolve(() => ({ table: makeTable(), diagnostics: [], suppressed: [] })),
      serve: (_table, { configDirectory, onNotice }) => {
        seen.push(configDirectory);
        onNotice('Throttle has no effect yet');
        return scriptedServer().serve();
      },
    });
    await listening;
    signals.emit('SIGTERM');
    expect(await ended).toBe(0);
    expect(seen).toEqual([`${directory}/site`]);
  });

  test('a port that is taken is one line', async () => {
    const blocker = createServer();
    onTestFinished(() => void blocker.close());
    const port = await listen(blocker);
    const table = {
      ...makeTable({
        bindings: [makeBinding({ port, address: '127.0.0.1' })],
        hosts: [makeHost()],
      }),
      sourceMap: { files: ['my.conf'], entries: [{ pointer: '/bindings/0', file: 0, line: 7 }] },
    };
    const directory = fileTree({ 't.json': encodeRoutingTable(table) });
    const { ended } = start(directory, 't.json', { serve });
    expect(await failureOf(ended)).toContain(
      `cannot serve t.json: cannot listen on 127.0.0.1:${port} (my.conf:7): another program`,
    );
  });

  test('a failure that is no user error is not hidden', async () => {
    const { ended } = start(fileTree({ 't.json': TABLE }), 't.json', {
      serve: () => Promise.reject(new TypeError('x is not a function')),
    });
    await expect(ended).rejects.toThrow(TypeError);
    const refused = start(fileTree({ 't.json': TABLE }), 't.json', {
      serve: () => Promise.reject(new RuntimeError('HWR_LISTEN', 'no')),
    });
    await expect(refused.ended).rejects.toMatchObject({ name: 'CommandError' });
  });
});

function listen(server: Server): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  server.listen(0, '127.0.0.1', () => {
    const bound = server.address();
    resolve(typeof bound === 'object' && bound !== null ? bound.port : 0);
  });
  return promise;
}
