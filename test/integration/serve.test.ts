/** The server as a whole: starting, limits, logs, ending. */
import { once } from 'node:events';
import { readFileSync, renameSync } from 'node:fs';
import { connect, createServer, Server, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { serve } from '../../runtime/serve.ts';
import { fakeGateway, fakeHead, type FakeCall } from '../support/fake-gateway.ts';
import { exchangeRaw } from '../support/raw-client.ts';
import { makeTable, type TableParts } from '../support/routing-table.ts';
import { makeDirectoryOnDisk, startServer } from '../support/test-site.ts';
import { waitFor } from '../support/wait-for.ts';

const GET = 'GET /page.txt HTTP/1.1\r\nHost: h.test\r\n\r\n';

/** Resolves at an event of a socket; with the bytes for `data`. */
function eventOf(socket: Socket, name: 'close' | 'connect' | 'data'): Promise<string> {
  return new Promise((resolve) =>
    socket.once(name, (value: unknown) =>
      resolve(Buffer.isBuffer(value) ? value.toString('latin1') : ''),
    ),
  );
}

/** A connection that reads nothing of its own accord and never throws. */
function open(port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  return socket;
}

async function startError(parts: TableParts, port = 0): Promise<string> {
  try {
    const server = await serve(makeTable(parts), {
      configDirectory: '/',
      loadLocalSettings: () => Promise.resolve(() => ({ ok: false, line: 1 })),
      gateway: fakeGateway(() => undefined),
      onNotice: () => undefined,
      portFor: () => port,
    });
    await server.close(0);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'started';
}

test.each([
  { listenBacklog: 16, backlog: 511 },
  { listenBacklog: 2000, backlog: 2000 },
])('with ListenBacklog $listenBacklog, $backlog connections may wait', async (given) => {
  const listen = vi.spyOn(Server.prototype, 'listen');
  try {
    await using _ = await startServer({ server: { listenBacklog: given.listenBacklog } });
    expect(listen.mock.calls[0]?.[0]).toMatchObject({ backlog: given.backlog });
  } finally {
    listen.mockRestore();
  }
});

describe('a server that cannot start says why, and what to do', () => {
  test('a port that is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    expect(await startError({}, port)).toBe(
      `cannot listen on 127.0.0.1:${port}: another program uses this port; stop it, or give the Binding another Port`,
    );
    other.close();
  });

  test('an address of another machine', async () => {
    expect(await startError({ bindings: [{ address: '192.0.2.1' }] })).toContain(
      'this machine has no such address; correct Interface',
    );
  });

  test('a second binding that fails leaves nothing of the first', async () => {
    const bindings = [{}, { address: '192.0.2.1' }];
    expect(await startError({ bindings })).toContain('no such address');
  });

  test('a log whose directory is missing', async () => {
    const message = await startError({ hosts: [{ errorLogfile: '/nonexistent/error.log' }] });
    expect(message).toBe(
      'the log /nonexistent/error.log of ErrorLogfile cannot be opened: its directory does not exist; make it, or name another file',
    );
  });

  test('a certificate that is none', async () => {
    await using directory = makeDirectoryOnDisk();
    const pem = directory.write('site.pem', 'no certificate');
    expect(await startError({ bindings: [{ tlsCertFile: pem }] })).toContain(
      `TLScertFile ${pem} cannot be used`,
    );
    expect(await startError({ bindings: [{ tlsCertFile: '/gone.pem' }] })).toContain('ENOENT');
  });
});

test('a server says in the system log when it starts and stops', async () => {
  await using site = makeDirectoryOnDisk();
  const systemLogfile = `${site.path}/system.log`;
  const server = await startServer({ server: { systemLogfile } });
  await server.server.close(0);
  expect(readFileSync(systemLogfile, 'latin1')).toMatch(
    /^0\.0\.0\.0\|[^|]+\|hiawatha-ts started\n0\.0\.0\.0\|[^|]+\|hiawatha-ts stopped\n$/,
  );
});

describe('a server tells at the start', () => {
  test('which settings have no effect', async () => {
    await using server = await startServer({
      server: { banOnSqliMs: 1_000 },
      hosts: [{ preventXss: 'block' }, { hostnames: ['b'], preventXss: 'detect' }],
    });
    expect(server.notices).toEqual([
      'BanOnSQLi is set, and has no effect in this version',
      'PreventXSS is set, and has no effect in this version',
    ]);
  });

  test('nothing where there is nothing to tell', async () => {
    await using server = await startServer({});
    expect(server.notices).toEqual([]);
  });

  test('that default logs it cannot have go to standard error', async () => {
    await using directory = makeDirectoryOnDisk();
    const systemLogfile = '/var/log/hiawatha/nowhere/system.log';
    await using server = await startServer({
      server: { systemLogfile, exploitLogfile: `${directory.path}/exploit.log` },
    });
    expect(server.notices).toEqual([
      'what belongs in the log of SystemLogfile goes to standard error, because /var/log/hiawatha/nowhere does not exist; make it, or name another file',
    ]);
  });

  test('which default logs they are, in one line', async () => {
    const systemLogfile = '/var/log/hiawatha/nowhere/system.log';
    const exploitLogfile = '/var/log/hiawatha/nowhere/exploit.log';
    await using server = await startServer({ server: { systemLogfile, exploitLogfile } });
    expect(server.notices).toEqual([
      expect.stringContaining('of SystemLogfile and ExploitLogfile goes to standard error'),
    ]);
  });
});

describe('connections', () => {
  test('beyond ConnectionsTotal are closed, and there is room again afterwards', async () => {
    await using site = makeDirectoryOnDisk();
    site.write('page.txt', 'page');
    await using server = await startServer({
      server: { connectionsTotal: 2, banOnMaxPerIpMs: 0 },
      hosts: [{ websiteRoot: site.path }],
    });
    const held = [open(server.port), open(server.port)];
    await Promise.all(held.map((socket) => eventOf(socket, 'connect')));
    const refused = await exchangeRaw(GET, { port: server.port });
    expect([refused.answers, refused.isClosed]).toEqual([[], true]);
    const closed = held.map((socket) => eventOf(socket, 'close'));
    for (const socket of held) socket.end();
    await Promise.all(closed);
    const served = await exchangeRaw(GET, { port: server.port, answers: 1 });
    expect(served.answers[0]?.body).toBe('page');
  });

  test('beyond ConnectionsPerIP are closed, and the client is banned', async () => {
    await using site = makeDirectoryOnDisk();
    const systemLogfile = `${site.path}/system.log`;
    const server = await startServer({
      server: { connectionsPerIp: 1, banOnMaxPerIpMs: 60_000, systemLogfile },
      hosts: [{ websiteRoot: site.path }],
    });
    const held = open(server.port);
    await eventOf(held, 'connect');
    expect((await exchangeRaw(GET, { port: server.port })).answers).toEqual([]);
    held.destroy();
    expect((await exchangeRaw(GET, { port: server.port })).answers).toEqual([]);
    await server.server.close(0);
    const log = readFileSync(systemLogfile, 'latin1');
    expect(log).toContain('127.0.0.1|');
    expect(log).toContain('|Maximum number of connections for IP address reached\n');
    expect(log).toContain('|Client banned because of too many simultaneous connections\n');
  });

  test.each([
    { reconnectDelayMs: 60_000, answered: 0 },
    { reconnectDelayMs: 0, answered: 1 },
  ])('count for ReconnectDelay $reconnectDelayMs after they were closed', async (given) => {
    await using site = makeDirectoryOnDisk();
    site.write('page.txt', 'page');
    await using server = await startServer({
      server: { connectionsPerIp: 1, banOnMaxPerIpMs: 0, reconnectDelayMs: given.reconnectDelayMs },
      hosts: [{ websiteRoot: site.path }],
    });
    const last = GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n');
    expect((await exchangeRaw(last, { port: server.port })).answers).toHaveLength(1);
    const again = async (): Promise<number> =>
      (await exchangeRaw(last, { port: server.port })).answers.length;
    await waitFor(async () => expect(await again()).toBe(given.answered));
  });

  const tlsCertFile = join(import.meta.dirname, '../support/certificates/default.test.pem');

  /** What the system log has of the clients of a server, which is closed then. */
  async function logOf(
    parts: TableParts,
    meet: (port: number) => Promise<unknown>,
  ): Promise<string[]> {
    await using site = makeDirectoryOnDisk();
    const systemLogfile = `${site.path}/system.log`;
    const server = await startServer({ ...parts, server: { ...parts.server, systemLogfile } });
    await meet(server.port);
    await server.server.close(0);
    const lines = readFileSync(systemLogfile, 'latin1').trimEnd().split('\n');
    return lines.map((line) => line.split('|')[2] ?? '').filter((text) => !text.startsWith('hia'));
  }

  const BEGINNINGS = [
    { what: 'in its head', binding: {}, text: 'GET / HTTP/1.1\r\n' },
    { what: 'in its greeting of TLS', binding: { tlsCertFile }, text: '\x16\x03\x01' },
    { what: 'before a byte', binding: {}, text: '' },
    { what: 'before a byte of TLS', binding: { tlsCertFile }, text: '' },
  ];

  describe.each([true, false])('where LogTimeouts is %s', (logTimeouts) => {
    const logged = (text: string): string[] => (logTimeouts ? [text] : []);
    const server = { logTimeouts };

    test.each(BEGINNINGS)('are closed when they stop $what', async ({ binding, text }) => {
      const bindings = [{ ...binding, timeForFirstRequestMs: 50 }];
      expect(await logOf({ server, bindings }, (port) => exchangeRaw(text, { port }))).toEqual(
        logged('Timeout while waiting for first request'),
      );
    });

    test.each(BEGINNINGS)('are silent when they end $what', async ({ binding, text }) => {
      const lines = await logOf({ server, bindings: [binding] }, (port) =>
        exchangeRaw(text, { port, isHalfClosed: true }),
      );
      expect(lines).toEqual(logged('Silent client disconnected'));
    });
  });

  test.each([
    { what: 'had an answer', binding: {}, text: GET },
    { what: 'sent garbage', binding: {}, text: 'garbage\r\n\r\n' },
    { what: 'spoke no TLS', binding: { tlsCertFile }, text: GET },
  ])('are not silent when they $what', async ({ binding, text }) => {
    const bindings = [{ ...binding, timeForRequestMs: 50 }];
    expect(await logOf({ bindings }, (port) => exchangeRaw(text, { port }))).toEqual([]);
  });

  test('without a handshake leave those with one alone', async () => {
    await using site = makeDirectoryOnDisk();
    site.write('page.txt', 'page');
    await using server = await startServer({
      bindings: [{ tlsCertFile, timeForFirstRequestMs: 1500, timeForRequestMs: 60_000 }],
      hosts: [{ websiteRoot: site.path }],
    });
    const silent = open(server.port);
    const isClosed = eventOf(silent, 'close');
    const socket = connectTls({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false });
    socket.write(GET);
    await once(socket, 'data');
    await isClosed;
    socket.write(GET);
    await once(socket, 'data');
    socket.destroy();
  });

  test('whose client takes nothing are cut after SocketSendTimeout', async () => {
    await using site = makeDirectoryOnDisk();
    site.write('large.bin', 'x'.repeat(20_000_000));
    const log = (name: string): string => `${site.path}/${name}.log`;
    const server = await startServer({
      server: { socketSendTimeoutMs: 200 },
      hosts: [
        {
          websiteRoot: site.path,
          errorLogfile: log('error'),
          accessLogfile: { path: log('access'), rotation: null },
        },
      ],
    });
    const socket = open(server.port);
    socket.pause();
    socket.write('GET /large.bin HTTP/1.1\r\nHost: h.test\r\n\r\n');
    await eventOf(socket, 'connect');
    // The end is only seen by a client that reads; what is left in its buffers is less than the whole file.
    await new Promise<void>((resolve) => {
      const poll = setInterval(() => {
        socket.write('x', (error) => {
          if (error == null) return;
          clearInterval(poll);
          resolve();
        });
      }, 20);
    });
    socket.destroy();
    await server.server.close(0);
    expect(readFileSync(log('error'), 'latin1')).toMatch(/^127\.0\.0\.1\|[^|]+\|send timeout\n$/);
    expect(readFileSync(log('access'), 'latin1')).toMatch(/\|200\|\d+\|GET \/large\.bin /);
  });

  test('of a client that bans itself are refused from then on', async () => {
    await using site = makeDirectoryOnDisk();
    site.write('page.txt', 'page');
    await using server = await startServer({
      server: { banOnInvalidUrlMs: 60_000 },
      hosts: [{ websiteRoot: site.path }],
    });
    const bad = 'GET /../x HTTP/1.1\r\nHost: h.test\r\n\r\n';
    expect((await exchangeRaw(bad, { port: server.port })).answers[0]?.status).toBe(404);
    expect((await exchangeRaw(GET, { port: server.port })).answers).toEqual([]);
  });

  test('of a client that is banned with KickOnBan end, behind the answer to the one that led to it', async () => {
    await using server = await startServer({
      server: { banOnInvalidUrlMs: 60_000, banOnGarbageMs: 60_000, kickOnBan: true },
    });
    const others = [open(server.port), open(server.port)];
    await Promise.all(others.map((socket) => eventOf(socket, 'connect')));
    others[1]?.write('GET / HTTP/1.1\r\nHost: h.te');
    const closed = Promise.all(others.map((socket) => eventOf(socket.resume(), 'close')));

    const bad = 'GET /../x HTTP/1.1\r\nHost: h.test\r\n\r\n';
    expect((await exchangeRaw(bad, { port: server.port })).answers[0]?.status).toBe(404);
    await closed;
    server.server.liftBans();
    expect((await exchangeRaw('BAD\r\n\r\n', { port: server.port })).answers[0]?.status).toBe(400);
  });

  test('through a trusted proxy are told that the client is banned', async () => {
    await using site = makeDirectoryOnDisk();
    site.write('page.txt', 'page');
    await using server = await startServer({
      server: {
        banOnInvalidUrlMs: 60_000,
        hideProxy: [{ family: 4, address: '127.0.0.1', prefixLength: 32 }],
      },
      hosts: [{ websiteRoot: site.path }],
    });
    const ask = async (path: string, from: string): Promise<number | undefined> => {
      const text = `GET ${path} HTTP/1.1\r\nHost: h.test\r\nX-Forwarded-For: ${from}\r\n\r\n`;
      return (await exchangeRaw(text, { port: server.port, answers: 1 })).answers[0]?.status;
    };
    expect([
      await ask('/../x', '10.0.0.1'),
      await ask('/page.txt', '10.0.0.1'),
      await ask('/page.txt', '10.0.0.2'),
    ]).toEqual([404, 444, 200]);
  });
});

describe('the logs', () => {
  test('have a line for each request, and go to a new file when told to', async () => {
    await using site = makeDirectoryOnDisk();
    site.write('page.txt', 'page');
    const path = `${site.path}/access.log`;
    const server = await startServer({
      hosts: [{ websiteRoot: site.path, accessLogfile: { path, rotation: null } }],
    });
    await exchangeRaw(GET + GET, { port: server.port, answers: 2 });
    // Lines are written behind the answers.
    await waitFor(() => expect(readFileSync(path, 'latin1').split('\n')).toHaveLength(3));
    renameSync(path, `${path}.old`);
    server.server.reopenLogs();
    await exchangeRaw(GET.replace('page', 'gone'), { port: server.port, answers: 1 });
    await server.server.close(0);
    const old = readFileSync(`${path}.old`, 'latin1').split('\n');
    const now = readFileSync(path, 'latin1').split('\n');
    expect(old.length + now.length).toBe(3 + 2);
    expect(old[0]).toMatch(
      /^127\.0\.0\.1\|[^|]+\|200\|\d+\|GET \/page\.txt HTTP\/1\.1\|\|\|Host: h\.test$/,
    );
    expect(now.at(-2)).toContain('|404|');
  });

  test('tell of scripts that write to standard error, and of attempts to break in', async () => {
    await using site = makeDirectoryOnDisk();
    site.write('s.cgi', '', 0o755);
    const errorLogfile = `${site.path}/error.log`;
    const exploitLogfile = `${site.path}/exploit.log`;
    const server = await startServer(
      {
        server: { cgiExtensions: ['cgi'], exploitLogfile },
        hosts: [{ websiteRoot: site.path, executeCgi: true, errorLogfile }],
      },
      {
        gateway: fakeGateway(({ observer }) => {
          observer.onStandardError({
            member: null,
            text: 'one|two\nthree\x1b',
            droppedBytes: 0,
          });
          observer.onAnswer(fakeHead(), Buffer.from(''));
        }),
      },
    );
    const script = 'GET /s.cgi HTTP/1.1\r\nHost: h.test\r\n\r\n';
    await exchangeRaw(`${script}GET /../x HTTP/1.1\r\nHost: h.test\r\n\r\n`, { port: server.port });
    await server.server.close(0);
    expect(readFileSync(errorLogfile, 'latin1')).toMatch(
      /^127\.0\.0\.1\|[^|]+\|[^|]+\/s\.cgi\|one\\x7ctwo\|three\\x1b\n$/,
    );
    expect(readFileSync(exploitLogfile, 'latin1')).toMatch(
      /^127\.0\.0\.1\|[^|]+\|default\.test\|\/\.\.\/x\|invalid URL\n$/,
    );
  });

  test('keep what was no request in one line', async () => {
    await using site = makeDirectoryOnDisk();
    const garbageLogfile = `${site.path}/garbage.log`;
    const server = await startServer({ server: { garbageLogfile } });
    await exchangeRaw('GARB|AGE\r\n\r\n', { port: server.port });
    await server.server.close(0);
    expect(readFileSync(garbageLogfile, 'latin1')).toMatch(
      /^127\.0\.0\.1\|[^|]+\|GARB\\x7cAGE\\x0d\\x0a\\x0d\\x0a\n$/,
    );
  });
});

describe('close', () => {
  async function running(play: (call: FakeCall) => void): Promise<{
    readonly server: Awaited<ReturnType<typeof startServer>>;
    readonly socket: Socket;
    readonly site: AsyncDisposable;
  }> {
    const site = makeDirectoryOnDisk();
    site.write('s.cgi', '', 0o755);
    const started = Promise.withResolvers<null>();
    const server = await startServer(
      {
        server: { cgiExtensions: ['cgi'] },
        hosts: [{ websiteRoot: site.path, executeCgi: true }],
      },
      {
        gateway: fakeGateway((call) => {
          play(call);
          started.resolve(null);
        }),
      },
    );
    const socket = open(server.port);
    socket.write('GET /s.cgi HTTP/1.1\r\nHost: h.test\r\n\r\n');
    await started.promise;
    return { server, socket, site };
  }

  test('lets a request under way finish, and accepts no more', async () => {
    const calls: FakeCall[] = [];
    const { server, socket, site } = await running((call) => calls.push(call));
    const closing = server.server.close(60_000);
    const refused = open(server.port);
    await eventOf(refused, 'close');
    const answer = eventOf(socket, 'data');
    for (const { observer } of calls) observer.onAnswer(fakeHead(), Buffer.from('finished'));
    expect(await answer).toMatch(/^HTTP\/1\.1 200 OK[^]*Connection: close[^]*finished/);
    socket.end();
    expect(await closing).toBe(0);
    await site[Symbol.asyncDispose]();
  });

  test('cuts what does not finish in time, and says how much', async () => {
    const { server, socket, site } = await running(() => undefined);
    const closed = eventOf(socket, 'close');
    expect(await server.server.close(50)).toBe(1);
    await closed;
    await site[Symbol.asyncDispose]();
  });

  test('closes idle connections at once', async () => {
    await using site = makeDirectoryOnDisk();
    const server = await startServer({ hosts: [{ websiteRoot: site.path }] });
    const socket = open(server.port);
    socket.resume();
    await eventOf(socket, 'connect');
    const closed = eventOf(socket, 'close');
    expect(await server.server.close(60_000)).toBe(0);
    await closed;
  });
});

describe('the access log has a line', () => {
  test.each([
    ['an unknown method', 'FETCH /page.txt?a HTTP/1.1', 501, 'FETCH /page.txt?a HTTP/1.1'],
    ['a method of the wrong case', 'get /page.txt HTTP/1.1', 501, 'get /page.txt HTTP/1.1'],
    ['CONNECT', 'CONNECT h.test:22 HTTP/1.1', 405, 'CONNECT h.test:22 HTTP/1.1'],
    ['an unknown version', 'GET /page.txt HTTP/3.0', 505, 'GET /page.txt HTTP/3.0'],
  ])('for %s, of the host that was asked', async (_, line, status, logged) => {
    await using site = makeDirectoryOnDisk();
    const logOf = (name: string) => ({ path: join(site.path, name), rotation: null });
    await using server = await startServer({
      server: { logFormat: 'extended' },
      hosts: [
        { websiteRoot: site.path, accessLogfile: logOf('default.log') },
        { hostnames: ['h.test'], websiteRoot: site.path, accessLogfile: logOf('h.log') },
      ],
    });
    const { answers } = await exchangeRaw(`${line}\r\nHost: H.test:80\r\nUser-Agent: old\r\n\r\n`, {
      port: server.port,
    });
    expect(answers.map((answer) => answer.status)).toEqual([status]);
    await server.server.close(1_000);
    const text = readFileSync(join(site.path, 'h.log'), 'latin1');
    expect(text).toMatch(/" \d+ \d+ "-" "old"\n$/);
    expect(text).toContain(`"${logged}" ${status} `);
  });
});

describe('TLS', () => {
  const certificateOf = (name: string): string =>
    join(import.meta.dirname, `../support/certificates/${name}.pem`);

  test('serves each name with its certificate, and says Strict-Transport-Security', async () => {
    await using site = makeDirectoryOnDisk();
    site.write('page.txt', 'page');
    const requireTls = { enabled: true, hsts: 'max-age=1' };
    const randomHeaderBytes = 10;
    await using server = await startServer({
      bindings: [{ tlsCertFile: certificateOf('default.test') }],
      hosts: [
        { websiteRoot: site.path },
        {
          hostnames: ['other.test'],
          websiteRoot: site.path,
          tlsCertFile: certificateOf('other.test'),
          requireTls,
          randomHeaderBytes,
        },
      ],
    });
    expect(server.server.addresses[0]?.isTls).toBe(true);
    const ask = async (servername: string): Promise<{ name: string; head: string }> => {
      const socket = connectTls({
        port: server.port,
        host: '127.0.0.1',
        servername,
        rejectUnauthorized: false,
      });
      socket.write(`GET /page.txt HTTP/1.1\r\nHost: ${servername}\r\n\r\n`);
      const head = await eventOf(socket, 'data');
      const { CN } = socket.getPeerCertificate().subject;
      socket.destroy();
      return { name: String(CN), head };
    };
    const other = await ask('other.test');
    expect([other.name, (await ask('unknown.test')).name]).toEqual(['other.test', 'default.test']);
    expect(other.head).toContain('Strict-Transport-Security: max-age=1');
    expect(other.head).toMatch(/X-Random: [0-9a-f]{1,10}\r\n/);
  });

  describe('with RequiredCA', () => {
    const anna = readFileSync(certificateOf('client-anna.test'));
    const stranger = readFileSync(certificateOf('client-stranger.test'));
    const requiredCa = { caFile: certificateOf('client-ca.test'), crlFile: null };

    async function ask(
      parts: TableParts,
      client: Buffer | null,
      [servername, host]: readonly [string, string] = ['strict.test', 'strict.test'],
    ): Promise<string> {
      await using site = makeDirectoryOnDisk();
      site.write('page.txt', 'page');
      const [binding = {}] = parts.bindings ?? [];
      const [strict = {}] = parts.hosts ?? [];
      await using server = await startServer({
        bindings: [{ tlsCertFile: certificateOf('default.test'), ...binding }],
        hosts: [
          { websiteRoot: site.path },
          {
            hostnames: ['strict.test'],
            websiteRoot: site.path,
            tlsCertFile: certificateOf('other.test'),
            ...strict,
          },
        ],
      });
      const socket = connectTls({
        port: server.port,
        host: '127.0.0.1',
        servername,
        rejectUnauthorized: false,
        ...(client === null ? {} : { cert: client, key: client }),
      });
      socket.on('error', () => undefined);
      socket.write(`GET /page.txt HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      const text = await Promise.race([eventOf(socket, 'data'), eventOf(socket, 'close')]);
      socket.destroy();
      return text.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length);
    }

    test.each([
      ['nobody', null, '440'],
      ['a stranger', stranger, '440'],
      ['whom the authority knows', anna, '200'],
    ])('a host lets in by certificate: %s', async (_, client, status) => {
      expect(await ask({ hosts: [{ requiredCa }] }, client)).toBe(status);
    });

    test('a host takes no certificate that was shown to another', async () => {
      const hosts = [{ requiredCa }];
      expect(await ask({ hosts }, stranger, ['default.test', 'strict.test'])).toBe('440');
      expect(await ask({ hosts }, null, ['default.test', 'default.test'])).toBe('200');
    });

    test.each([
      ['nobody', null, ''],
      ['a stranger', stranger, ''],
      ['whom the authority knows', anna, '200'],
    ])('a binding answers only by certificate: %s', async (_, client, status) => {
      const bindings = [{ requiredCa }];
      expect(await ask({ bindings }, client, ['default.test', 'default.test'])).toBe(status);
    });
  });

  test('closes connections that do not speak it, and goes on', async () => {
    await using server = await startServer({
      bindings: [{ tlsCertFile: certificateOf('default.test') }],
    });
    expect((await exchangeRaw(GET, { port: server.port })).answers).toEqual([]);
    expect((await exchangeRaw(GET, { port: server.port })).isClosed).toBe(true);
  });
});
