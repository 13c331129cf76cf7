/** HTTP/2, which clients of TLS bindings get when they offer it (RFC 9113). */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ClientHttp2Session } from 'node:http2';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { fakeGateway, fakeHead, type FakeCall } from '../support/fake-gateway.ts';
import { answerOn, askHttp2, openHttp2 } from '../support/http2-client.ts';
import { makeTable, type TableParts } from '../support/routing-table.ts';
import {
  makeDirectoryOnDisk,
  startServer,
  type TestDirectory,
  type TestServer,
} from '../support/test-site.ts';
import { waitFor } from '../support/wait-for.ts';

const certificateOf = (name: string): string =>
  join(import.meta.dirname, `../support/certificates/${name}.pem`);

interface Parts {
  readonly server?: TableParts['server'];
  readonly binding?: NonNullable<TableParts['bindings']>[number];
  readonly host?: NonNullable<TableParts['hosts']>[number];
  readonly play?: (call: FakeCall) => void;
}

interface Running extends AsyncDisposable {
  readonly server: TestServer;
  readonly site: TestDirectory;
  readonly session: ClientHttp2Session;
}

/** A TLS binding, a site, and a connection to it. */
async function run(parts: Parts = {}): Promise<Running> {
  const site = makeDirectoryOnDisk();
  site.write('page.txt', 'a page');
  site.write('s.play', '');
  const server = await startServer(
    {
      server: { cgiHandlers: [{ extension: 'play', program: '/usr/bin/play' }], ...parts.server },
      bindings: [{ tlsCertFile: certificateOf('default.test'), ...parts.binding }],
      hosts: [
        { hostnames: ['h.test'], websiteRoot: site.path, executeCgi: true, ...parts.host },
        {
          hostnames: ['strict.test'],
          websiteRoot: site.path,
          tlsCertFile: certificateOf('other.test'),
          requiredCa: { caFile: certificateOf('client-ca.test'), crlFile: null },
        },
      ],
    },
    { gateway: fakeGateway(parts.play ?? (() => undefined)) },
  );
  const session = openHttp2(server.port);
  return {
    server,
    site,
    session,
    async [Symbol.asyncDispose]() {
      session.destroy();
      await server[Symbol.asyncDispose]();
      await site[Symbol.asyncDispose]();
    },
  };
}

function closeOf(emitter: ClientHttp2Session | TLSSocket): Promise<void> {
  return new Promise((resolve) => {
    emitter.once('close', () => resolve());
  });
}

describe('the choice of the protocol', () => {
  async function chosen(port: number, ALPNProtocols: readonly string[]): Promise<string> {
    const socket = connectTls({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ...(ALPNProtocols.length === 0 ? {} : { ALPNProtocols: [...ALPNProtocols] }),
    });
    const { promise, resolve } = Promise.withResolvers<string>();
    socket.on('secureConnect', () => resolve(String(socket.alpnProtocol)));
    socket.on('error', (error) => resolve(error.message));
    const result = await promise;
    socket.destroy();
    return result;
  }

  test.each([
    { http2: true, offered: ['h2', 'http/1.1'], expected: 'h2' },
    { http2: true, offered: ['http/1.1', 'h2'], expected: 'h2' },
    { http2: true, offered: ['http/1.1'], expected: 'http/1.1' },
    { http2: true, offered: [], expected: 'false' },
    { http2: false, offered: ['h2', 'http/1.1'], expected: 'http/1.1' },
    { http2: false, offered: [], expected: 'false' },
  ])('is $expected for $offered where http2 is $http2', async ({ http2, offered, expected }) => {
    await using running = await run({ server: { http2 } });
    expect(await chosen(running.server.port, offered)).toBe(expected);
  });

  test.each([
    { http2: true, offered: ['spdy/3'] },
    { http2: false, offered: ['h2'] },
  ])('ends where nothing of $offered is spoken (http2: $http2)', async ({ http2, offered }) => {
    await using running = await run({ server: { http2 } });
    expect(await chosen(running.server.port, offered)).toMatch(/no application protocol/);
  });

  test('changes with the table', async () => {
    await using running = await run();
    const { server } = running;
    const table = makeTable({
      server: { http2: false },
      bindings: [{ tlsCertFile: certificateOf('default.test') }],
      hosts: [{}],
    });
    await server.server.reload(table, '/');
    expect(await chosen(server.port, ['h2', 'http/1.1'])).toBe('http/1.1');
  });
});

describe('a request over HTTP/2', () => {
  test('gets a file, without fields of the connection', async () => {
    await using running = await run();
    const { status, fields, body } = await askHttp2(running.session, '/page.txt');
    expect([status, body, fields['content-length']]).toEqual([200, 'a page', '6']);
    expect(Object.keys(fields)).not.toContain('connection');
    expect(Object.keys(fields)).not.toContain('transfer-encoding');
  });

  test('is answered beside others on its connection', async () => {
    await using running = await run({
      play: ({ request, observer }) => {
        if (request.variables.some(([, value]) => value === 'slow')) return;
        observer.onAnswer(fakeHead({}), Buffer.from('quick'));
      },
    });
    const slow = running.session.request({ ':path': '/s.play?slow', ':authority': 'h.test' });
    slow.on('error', () => undefined);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => askHttp2(running.session, '/s.play')),
    );
    expect(answers.map(({ body }) => body)).toEqual(Array.from({ length: 20 }, () => 'quick'));
    expect(slow.closed).toBe(false);
  });

  test('has a HEAD answered without body', async () => {
    await using running = await run();
    const { fields, body } = await askHttp2(running.session, '/page.txt', { method: 'HEAD' });
    expect([fields['content-length'], body]).toEqual(['6', '']);
  });

  test('is logged as HTTP/2.0', async () => {
    await using running = await run({ host: { accessLogfile: null } });
    const path = join(running.site.path, 'access.log');
    await running.server.server.reload(
      makeTable({
        server: { logFormat: 'common' },
        bindings: [{ tlsCertFile: certificateOf('default.test') }],
        hosts: [{ websiteRoot: running.site.path, accessLogfile: { path, rotation: null } }],
      }),
      '/',
    );
    await askHttp2(running.session, '/page.txt');
    await waitFor(() =>
      expect(readFileSync(path, 'latin1')).toMatch(/"GET \/page\.txt HTTP\/2\.0" 200 \d+\n$/),
    );
  });

  test('tells programs its protocol, its host and its cookies', async () => {
    let variables: FakeCall['request']['variables'] = [];
    await using running = await run({
      play: ({ request, observer }) => {
        ({ variables } = request);
        observer.onAnswer(fakeHead({}), Buffer.from(''));
      },
    });
    await askHttp2(running.session, '/s.play', { fields: { cookie: ['a=1', 'b=2'] } });
    const told = Object.fromEntries(variables);
    expect(told['SERVER_PROTOCOL']).toBe('HTTP/2.0');
    expect(told['HTTP_HOST']).toBe('h.test');
    expect(told['HTTP_COOKIE']).toBe('a=1; b=2');
  });

  test('gets each of two fields of a name from a program', async () => {
    const cookies = [
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
      ['constructor', 'c'],
    ] as const;
    await using running = await run({
      play: ({ observer }) => observer.onAnswer(fakeHead({ fields: cookies }), Buffer.from('x')),
    });
    const answer = await askHttp2(running.session, '/s.play');
    expect(answer.fields['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(answer.fields['constructor']).toBe('c');
  });

  test.each([
    ['two hosts', { fields: { host: 'other.test' } }, 400],
    ['a host that is none', { host: 'h.test:99999' }, 400],
    ['an unknown method', { method: 'BREW' }, 501],
    ['a URL that climbs', {}, 404],
  ])('with %s is refused as in HTTP/1.1', async (name, asked, status) => {
    await using running = await run();
    const path = name === 'a URL that climbs' ? '/../page.txt' : '/page.txt';
    expect((await askHttp2(running.session, path, asked)).status).toBe(status);
  });

  test('for a host that wants another certificate of the client is misdirected', async () => {
    await using running = await run();
    expect((await askHttp2(running.session, '/page.txt', { host: 'strict.test' })).status).toBe(
      421,
    );
    const own = openHttp2(running.server.port, 'strict.test');
    expect((await askHttp2(own, '/page.txt', { host: 'strict.test' })).status).toBe(440);
    own.destroy();
  });
});

describe('a body over HTTP/2', () => {
  const echo = (call: FakeCall): void => {
    const answer = (): void => {
      if (call.isBodyEnded) {
        call.observer.onAnswer(fakeHead({}), Buffer.from(String(call.body.length)));
      }
    };
    if (call.request.body.kind === 'inline') {
      call.observer.onAnswer(fakeHead({}), Buffer.from(String(call.request.body.bytes.length)));
      return;
    }
    call.onChange = answer;
    answer();
  };

  test.each([5, 20_000, 300_000])('of %i bytes comes whole', async (length) => {
    await using running = await run({ binding: { maxRequestBytes: 1_000_000 }, play: echo });
    const asked = { method: 'POST', body: 'x'.repeat(length) };
    expect((await askHttp2(running.session, '/s.play', asked)).body).toBe(String(length));
    const sized = { ...asked, fields: { 'content-length': String(length) } };
    expect((await askHttp2(running.session, '/s.play', sized)).body).toBe(String(length));
  });

  test('over MaxRequestSize is refused, whether its size is told or not', async () => {
    await using running = await run({ binding: { maxRequestBytes: 1000 }, play: echo });
    const asked = { method: 'POST', body: 'x'.repeat(2000) };
    const sized = { ...asked, fields: { 'content-length': '2000' } };
    expect((await askHttp2(running.session, '/s.play', sized)).status).toBe(413);
    const other = openHttp2(running.server.port);
    expect((await askHttp2(other, '/s.play', asked)).status).toBe(413);
    other.destroy();
  });

  test('that stops on its way is 408 in time', async () => {
    await using running = await run({ binding: { timeForFirstRequestMs: 200 }, play: echo });
    const stream = running.session.request({
      ':method': 'POST',
      ':path': '/s.play',
      ':authority': 'h.test',
    });
    stream.write('half');
    expect((await answerOn(stream)).status).toBe(408);
  });

  test('that its reader holds back holds the client back', async () => {
    const calls: FakeCall[] = [];
    await using running = await run({
      binding: { maxRequestBytes: 50_000_000 },
      play: (call) => {
        call.isBodyTaken = false;
        calls.push(call);
      },
    });
    const body = Buffer.alloc(10_000_000);
    const stream = running.session.request({
      ':method': 'POST',
      ':path': '/s.play',
      ':authority': 'h.test',
      'content-length': String(body.length),
    });
    stream.on('error', () => undefined);
    stream.end(body);
    await waitFor(() => expect(calls[0]?.body.length).toBeGreaterThan(0));
    // The client may fill one window, and gets no more.
    await new Promise<void>((resolve) => running.session.ping(() => resolve()));
    expect(calls[0]?.body.length).toBeLessThanOrEqual(128 * 1024);
    expect(stream.writableFinished).toBe(false);
  });
});

describe('an answer over HTTP/2', () => {
  test('waits for a client that does not read', async () => {
    let sent = 0;
    const calls: FakeCall[] = [];
    await using running = await run({
      play: (started) => {
        calls.push(started);
        started.observer.onHead(fakeHead({}));
        started.observer.onChunk(Buffer.alloc(1_000_000));
        sent += 1_000_000;
      },
    });
    const stream = running.session.request({ ':path': '/s.play', ':authority': 'h.test' });
    stream.on('error', () => undefined);
    stream.pause();
    await waitFor(() => expect(sent).toBe(1_000_000));
    await new Promise<void>((resolve) => running.session.ping(() => resolve()));
    expect(calls[0]?.grantedBytes).toBe(0);
    stream.resume();
    await waitFor(() => expect(calls[0]?.grantedBytes).toBe(1_000_000));
  });

  test.each([0, 8])('that nobody wants any more ends the program (code %i)', async (code) => {
    const calls: FakeCall[] = [];
    await using running = await run({
      play: (started) => {
        calls.push(started);
        started.observer.onHead(fakeHead({}));
      },
    });
    const stream = running.session.request({ ':path': '/s.play', ':authority': 'h.test' });
    stream.on('response', () => stream.close(code));
    await waitFor(() => expect(calls[0]?.isAborted).toBe(true));
    expect((await askHttp2(running.session, '/page.txt')).status).toBe(200);
  });

  test('that is compressed on its way ends quietly when nobody wants it any more', async () => {
    const site = makeDirectoryOnDisk();
    const systemLogfile = join(site.path, 'system.log');
    await using running = await run({
      server: {
        systemLogfile,
        cacheMaxFileBytes: 10,
        mimeTypes: [{ extension: 'txt', type: 'text/plain' }],
      },
    });
    running.site.write('big.txt', randomBytes(3_000_000).toString('hex'));
    const stream = running.session.request({
      ':path': '/big.txt',
      ':authority': 'h.test',
      'accept-encoding': 'gzip',
    });
    await new Promise<void>((resolve) => {
      stream.on('data', () => stream.close(8));
      stream.on('error', () => undefined);
      stream.on('close', resolve);
    });
    expect((await askHttp2(running.session, '/page.txt')).status).toBe(200);
    await running.server.server.close(1_000);
    expect(readFileSync(systemLogfile, 'latin1')).not.toContain('BUG');
    await site[Symbol.asyncDispose]();
  });

  test.each([
    ['in one go with what came of it', (fail: () => void) => fail()],
    ['after what came of it was sent', (fail: () => void) => void setImmediate(fail)],
  ])('that a program breaks off %s is visibly cut', async (_when, later) => {
    await using running = await run({
      play: ({ observer }) => {
        observer.onHead(fakeHead({}));
        observer.onChunk(Buffer.from('half'));
        later(() =>
          observer.onFailure({
            code: 'HWR_FCGI_CLOSED',
            message: 'gone',
            status: 502,
            proxyError: 'connection_terminated',
            retryAfterSeconds: null,
          }),
        );
      },
    });
    const stream = running.session.request({ ':path': '/s.play', ':authority': 'h.test' });
    let looksWhole = false;
    stream.on('end', () => {
      looksWhole = true;
    });
    expect((await answerOn(stream)).resetCode).not.toBe(0);
    expect(looksWhole).toBe(false);
  });

  test('that the client never takes is cut after SocketSendTimeout', async () => {
    await using running = await run({ server: { socketSendTimeoutMs: 300 } });
    running.site.write('big.txt', 'x'.repeat(5_000_000));
    const stream = running.session.request({ ':path': '/big.txt', ':authority': 'h.test' });
    stream.on('error', () => undefined);
    stream.pause();
    await closeOf(running.session);
  });
});

describe('a connection of HTTP/2', () => {
  test('that sends nothing is closed in time', async () => {
    await using running = await run({ binding: { timeForFirstRequestMs: 200 } });
    await closeOf(running.session);
  });

  test('ends between requests when MaxKeepAlive is reached, and loses none', async () => {
    await using running = await run({ binding: { maxKeepAlive: 3 } });
    const closed = closeOf(running.session);
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => askHttp2(running.session, '/page.txt')),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    await closed;
  });

  test('finishes what is under way when the server stops, and says GOAWAY', async () => {
    const calls: FakeCall[] = [];
    await using running = await run({
      play: (started) => {
        calls.push(started);
        started.observer.onHead(fakeHead({}));
      },
    });
    const answer = askHttp2(running.session, '/s.play');
    await waitFor(() => expect(calls).toHaveLength(1));
    const goaway = new Promise<number>((resolve) => running.session.once('goaway', resolve));
    const stopped = running.server.server.close(5_000);
    expect(await goaway).toBe(0);
    calls[0]?.observer.onChunk(Buffer.from('the whole'));
    calls[0]?.observer.onEnd();
    expect(await answer).toMatchObject({ status: 200, body: 'the whole', resetCode: 0 });
    expect(await stopped).toBe(0);
  });

  test('of a client that takes back what it asks for is closed', async () => {
    await using running = await run();
    const closed = closeOf(running.session);
    const takeBack = (): void => {
      const stream = running.session.request({ ':path': '/page.txt', ':authority': 'h.test' });
      stream.on('error', () => undefined);
      stream.close(8);
    };
    const isOpen = (): boolean => !running.session.closed;
    for (let count = 1; count < 5_000 && isOpen(); count += 1) {
      takeBack();
      if (count % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await closed;
  });

  test.each([
    ['too many fields', Array.from({ length: 400 }, (_, at) => [`x-${at}`, 'v'] as const)],
    [
      'fields that are too large',
      Array.from({ length: 30 }, (_, at) => [`x-${at}`, 'v'.repeat(8000)] as const),
    ],
  ])('with %s costs the request, not the server', async (_, fields) => {
    await using running = await run();
    const { status, resetCode } = await askHttp2(running.session, '/page.txt', {
      fields: Object.fromEntries(fields),
    });
    expect(status === 431 || resetCode !== 0).toBe(true);
    const other = openHttp2(running.server.port);
    expect((await askHttp2(other, '/page.txt')).status).toBe(200);
    other.destroy();
  });

  test('that never ends a head is closed', async () => {
    await using running = await run();
    const socket = connectTls({
      port: running.server.port,
      host: '127.0.0.1',
      ALPNProtocols: ['h2'],
      rejectUnauthorized: false,
    });
    socket.on('error', () => undefined);
    const closed = closeOf(socket);
    socket.resume();
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(frame(FRAME.settings, 0, 0, Buffer.alloc(0)));
    socket.write(frame(FRAME.headers, 0, 1, Buffer.from([0x82])));
    for (let count = 0; count < 2000 && !socket.destroyed; count += 1) {
      // A literal field that is not indexed: name `a`, value `b`.
      socket.write(frame(FRAME.continuation, 0, 1, Buffer.from([0, 1, 0x61, 1, 0x62])));
    }
    await closed;
  });

  test('is not offered to a client that did not ask for it', async () => {
    await using running = await run();
    const socket = connectTls({
      port: running.server.port,
      host: '127.0.0.1',
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: false,
    });
    socket.write('GET /page.txt HTTP/1.1\r\nHost: h.test\r\nConnection: close\r\n\r\n');
    let text = '';
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
    });
    await closeOf(socket);
    expect(text).toContain('HTTP/1.1 200 OK');
  });
});

const FRAME = { headers: 1, settings: 4, continuation: 9 } as const;

/** A frame by the letter of RFC 9113 §4.1. */
function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}
