import { EventEmitter } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { CommandError } from '../../cli/command-error.ts';
import { type RecordOptions, runServe, type ServeContext } from '../../cli/serve.ts';
import { encodeRoutingTable } from '../../routing-table/format.ts';
import { serviceManagerOf } from '../../cli/service-manager/service-manager.ts';
import { RuntimeError } from '../../runtime/runtime-error.ts';
import { type ListeningAddress, type RunningServer, serve } from '../../runtime/serve.ts';
import { fileTree } from '../support/file-tree.ts';
import { recordingConsole } from '../support/recording-console.ts';
import { makeBinding, makeHost, makeTable } from '../support/routing-table.ts';
import { compileWords } from '../support/word-compiler.ts';
import { waitFor } from '../support/wait-for.ts';

const TABLE = encodeRoutingTable(makeTable());

/** A server that is told how its end goes, and remembers what was asked of it. */
function scriptedServer(
  addresses: readonly ListeningAddress[] = [],
  close = () => Promise.resolve(0),
  reload: () => Promise<readonly string[]> = () => Promise.resolve([]),
) {
  const calls: string[] = [];
  const server: RunningServer = {
    addresses,
    reopenLogs: () => void calls.push('reopen'),
    reload: () => {
      calls.push('reload');
      return reload();
    },
    liftBans: () => {
      calls.push('lift');
      return 2;
    },
    emptyCaches: () => void calls.push('empty'),
    close: (deadlineMs) => {
      calls.push(`close ${deadlineMs}`);
      return close();
    },
  };
  return { calls, serve: () => Promise.resolve(server) };
}

/** Runs the command; `listening` resolves when signals are taken. */
function start(
  directory: string,
  path: string,
  parts: Partial<ServeContext> = {},
  record: RecordOptions | null = null,
) {
  const console = recordingConsole();
  const signals = new EventEmitter();
  const { promise: listening, resolve } = Promise.withResolvers<undefined>();
  signals.on('newListener', (signal) => {
    if (signal === 'SIGHUP') queueMicrotask(() => resolve(undefined));
  });
  const ended = runServe(
    { path, drainMs: 1500, isWatching: parts.watchFiles !== undefined, record },
    {
      console,
      loadCompile: () => Promise.resolve(compileWords),
      serve: scriptedServer().serve,
      signals,
      watchFiles: () => ({ hasChange: false, close: () => undefined }),
      loadLocalSettings: () => Promise.resolve(() => ({ ok: false, line: 1 })),
      prepareToSettle: () => () => undefined,
      startProgramStarter: () => Promise.resolve(null),
      noticeWithoutStarter: () => null,
      giveToServer: () => undefined,
      serviceManager: serviceManagerOf({}, 1, () => undefined),
      inherited: [],
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
    expect(server.calls.slice(0, 1)).toEqual(['reopen']);
  });

  test.each([
    ['SIGUSR1', 'lift', 'bans lifted: 2'],
    ['SIGUSR2', 'empty', 'caches emptied'],
  ])('%s: %s', async (signal, call, said) => {
    const server = scriptedServer();
    const { console, signals, listening, ended } = start(
      fileTree({ 't.json': TABLE }),
      't.json',
      server,
    );
    await listening;
    signals.emit(signal);
    signals.emit('SIGTERM');
    await ended;
    expect(server.calls).toEqual([call, 'close 1500']);
    expect(console.errors()).toContain(`hiawatha-ts: ${said}\n`);
  });

  test('SIGHUP serves the configuration as it is then', async () => {
    const reloaded = Promise.withResolvers<undefined>();
    const server = scriptedServer([], undefined, () => {
      reloaded.resolve(undefined);
      return Promise.resolve(['Throttle has no effect yet']);
    });
    const { console, signals, listening, ended } = start(
      fileTree({ 't.json': TABLE }),
      't.json',
      server,
    );
    await listening;
    signals.emit('SIGHUP');
    await reloaded.promise;
    await waitFor(() => expect(console.errors()).toContain('serves t.json as it is now\n'));
    signals.emit('SIGTERM');
    await ended;
    expect(server.calls).toEqual(['reopen', 'reload', 'close 1500']);
    expect(console.errors()).toContain('hiawatha-ts: Throttle has no effect yet\n');
  });

  test('SIGHUP with a configuration that became wrong changes nothing, and says so', async () => {
    const server = scriptedServer();
    const directory = fileTree({ 't.json': TABLE });
    const { console, signals, listening, ended } = start(directory, 't.json', server);
    await listening;
    writeFileSync(`${directory}/t.json`, 'no longer JSON');
    signals.emit('SIGHUP');
    await waitFor(() =>
      expect(console.errors()).toMatch(/not JSON.*; the old configuration is served on\n$/),
    );
    signals.emit('SIGTERM');
    await ended;
    expect(server.calls).toEqual(['reopen', 'close 1500']);
  });

  test('a reload that cannot have its port says so', async () => {
    const server = scriptedServer([], undefined, () =>
      Promise.reject(new RuntimeError('HWR_LISTEN', 'cannot listen on port 80')),
    );
    const { console, signals, listening, ended } = start(
      fileTree({ 't.json': TABLE }),
      't.json',
      server,
    );
    await listening;
    signals.emit('SIGHUP');
    await waitFor(() =>
      expect(console.errors()).toContain(
        'hiawatha-ts: cannot listen on port 80; the old configuration is served on\n',
      ),
    );
    signals.emit('SIGTERM');
    await ended;
  });

  test('--watch serves a changed configuration', async () => {
    const server = scriptedServer();
    const directory = fileTree({ 't.json': TABLE });
    const watched: (readonly string[])[] = [];
    let change = (): void => undefined;
    const { signals, listening, ended } = start(directory, 't.json', {
      ...server,
      watchFiles: (paths, onChange) => {
        watched.push([...paths]);
        change = onChange;
        return { hasChange: false, close: () => undefined };
      },
    });
    await listening;
    change();
    await waitFor(() => expect(watched.length).toBe(2));
    signals.emit('SIGTERM');
    await ended;
    expect(watched[0]).toEqual([`${directory}/t.json`]);
    expect(server.calls).toEqual(['reload', 'close 1500']);
  });

  test('--watch watches the certificates and authorities of the table', async () => {
    const requiredCa = { caFile: 'ca.pem', crlFile: '/etc/crl.pem' };
    const table = makeTable({
      bindings: [makeBinding({ tlsCertFile: 'own.pem', requiredCa })],
      hosts: [makeHost({ tlsCertFile: '/etc/host.pem' })],
    });
    const directory = fileTree({ 't.json': encodeRoutingTable(table) });
    const watched: (readonly string[])[] = [];
    const { signals, listening, ended } = start(directory, 't.json', {
      watchFiles: (paths) => {
        watched.push([...paths]);
        return { hasChange: false, close: () => undefined };
      },
    });
    await listening;
    signals.emit('SIGTERM');
    await ended;
    expect(watched).toEqual([
      [
        `${directory}/t.json`,
        `${directory}/own.pem`,
        `${directory}/ca.pem`,
        '/etc/crl.pem',
        '/etc/host.pem',
      ],
    ]);
  });

  test('--watch takes a change that came while the watching was begun anew', async () => {
    const server = scriptedServer();
    const directory = fileTree({ 't.json': TABLE });
    const changes: (() => void)[] = [];
    const { signals, listening, ended } = start(directory, 't.json', {
      ...server,
      watchFiles: (_paths, onChange) => {
        changes.push(onChange);
        return { hasChange: changes.length === 2, close: () => undefined };
      },
    });
    await listening;
    changes[0]?.();
    await waitFor(() => expect(changes.length).toBe(2));
    changes[1]?.();
    await waitFor(() => expect(server.calls.length).toBe(3));
    signals.emit('SIGTERM');
    await ended;
    expect(server.calls).toEqual(['reload', 'reload', 'reload', 'close 1500']);
  });

  test('--watch says which directory it may not watch', async () => {
    const { console, signals, listening, ended } = start(fileTree({ 't.json': TABLE }), 't.json', {
      watchFiles: (_paths, _onChange, { onBlind } = {}) => {
        onBlind?.('changes in /etc/keys go unseen: permission denied');
        return { hasChange: false, close: () => undefined };
      },
    });
    await listening;
    signals.emit('SIGTERM');
    await ended;
    expect(console.errors()).toContain(
      'hiawatha-ts: changes in /etc/keys go unseen: permission denied\n',
    );
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

describe('serve --record', () => {
  const record: RecordOptions = { directory: 'kept', limit: 10, isMasked: true };

  test('gives the server a place for exchanges, which is for its user alone', async () => {
    const directory = fileTree({ 'table.json': TABLE });
    const given: string[] = [];
    const recordTo = Promise.withResolvers<unknown>();
    const { listening, signals, ended, console } = start(
      directory,
      'table.json',
      {
        giveToServer: (_table, path) => void given.push(path),
        serve: (_table, options) => {
          recordTo.resolve(options.recordTo);
          return scriptedServer().serve();
        },
      },
      record,
    );
    await listening;
    signals.emit('SIGTERM');
    expect(await ended).toBe(0);
    expect(await recordTo.promise).toBeDefined();
    expect(given).toEqual([join(directory, 'kept')]);
    expect(statSync(join(directory, 'kept')).mode & 0o777).toBe(0o700);
    expect(console.errors()).toContain(
      'records exchanges with applications in kept, without cookies',
    );
  });

  test('leaves a directory that is there to whom it belongs', async () => {
    const directory = fileTree({ 'table.json': TABLE, 'kept/a.json': '' });
    const given: string[] = [];
    const parts = { giveToServer: (_table: unknown, path: string) => void given.push(path) };
    const { listening, signals, ended } = start(directory, 'table.json', parts, record);
    await listening;
    signals.emit('SIGTERM');
    await ended;
    expect(given).toEqual([]);
  });

  test('says that it cannot make the directory', async () => {
    const directory = fileTree({ 'table.json': TABLE, kept: 'a file' });
    await expect(start(directory, 'table.json', {}, record).ended).rejects.toThrow(
      'cannot record in kept: exists already',
    );
  });
});

describe('a service manager', () => {
  test('is told that the server serves, reads its configuration anew, and stops', async () => {
    const said: string[] = [];
    const serviceManager = serviceManagerOf(
      { NOTIFY_SOCKET: '/run/notify' },
      7,
      () => undefined,
      (_, text) => {
        said.push(text.split('\n')[0] ?? '');
        return null;
      },
    );
    const { signals, listening, ended } = start(fileTree({ 'a.json': TABLE }), 'a.json', {
      serviceManager,
      ...scriptedServer([address({})]),
    });
    await listening;
    signals.emit('SIGHUP');
    await waitFor(() => expect(said).toEqual(['READY=1', 'RELOADING=1', 'READY=1']));
    signals.emit('SIGTERM');
    await ended;
    expect(said).toEqual(['READY=1', 'RELOADING=1', 'READY=1', 'STOPPING=1']);
  });
});
