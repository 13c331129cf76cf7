/**
 * Requests as bytes: what is refused, with which status, and whether the connection goes on. Nothing that stands behind
 * a refused request may be answered.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { fakeGateway, fakeHead, type FakeCall } from '../support/fake-gateway.ts';
import { exchangeRaw, type RawOptions, type RawResult } from '../support/raw-client.ts';
import { makeDirectoryOnDisk, startServer, type TestServer } from '../support/test-site.ts';

const SECOND = 'GET /second HTTP/1.1\r\nHost: h.test\r\n\r\n';

interface Served extends AsyncDisposable {
  readonly server: TestServer;
}

/** Answers with the body of the request. */
function echo({ request, observer }: FakeCall): void {
  const body = request.body.kind === 'inline' ? request.body.bytes : new Uint8Array();
  observer.onAnswer(fakeHead(), body);
}

async function serveEcho(
  binding: Parameters<typeof startServer>[0]['bindings'] = [{}],
  play: (call: FakeCall) => void = echo,
): Promise<Served> {
  const site = makeDirectoryOnDisk();
  site.write('index.html', 'start');
  site.write('second', 'second');
  site.write('in.play', '');
  const server = await startServer(
    {
      server: { cgiHandlers: [{ extension: 'play', program: '/bin/true' }], connectionsPerIp: 200 },
      bindings: binding,
      hosts: [{ hostnames: ['h.test'], websiteRoot: site.path, executeCgi: true }],
    },
    { gateway: fakeGateway(play) },
  );
  return {
    server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await site[Symbol.asyncDispose]();
    },
  };
}

async function send(text: string, options: Partial<RawOptions> = {}): Promise<RawResult> {
  await using served = await serveEcho();
  return await exchangeRaw(text, { port: served.server.port, ...options });
}

function statuses(result: RawResult): number[] {
  return result.answers.map(({ status }) => status);
}

/** Each is refused; the connection is closed and what follows is not answered. */
const REFUSED: readonly (readonly [name: string, text: string, status: number])[] = [
  ['a word', 'GARBAGE\r\n\r\n', 400],
  ['three words that are no request', 'hello there you\r\n\r\n', 400],
  ['two blanks before the target', 'GET  / HTTP/1.1\r\nHost: h.test\r\n\r\n', 400],
  ['two blanks behind the target', 'GET /  HTTP/1.1\r\nHost: h.test\r\n\r\n', 400],
  ['a port that cannot be', 'GET / HTTP/1.1\r\nHost: h.test:65536\r\n\r\n', 400],
  ['binary', '\xff\xfe\r\n\r\n', 400],
  ['a TLS greeting', '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03xxxx', 400],
  ['a NUL first', '\0GET / HTTP/1.1\r\nHost: h.test\r\n\r\n', 400],
  ['a blank first', ' GET / HTTP/1.1\r\nHost: h.test\r\n\r\n', 400],
  ['HTTP/0.9', 'GET /\r\n\r\n', 400],
  ['another protocol', 'GET / HTTQ/1.1\r\nHost: h.test\r\n\r\n', 400],
  ['a version in lower case', 'GET / http/1.1\r\nHost: h.test\r\n\r\n', 400],
  ['a version of two digits', 'GET / HTTP/1.10\r\nHost: h.test\r\n\r\n', 400],
  ['HTTP/1.2', 'GET / HTTP/1.2\r\nHost: h.test\r\n\r\n', 505],
  ['HTTP/2.0', 'GET / HTTP/2.0\r\nHost: h.test\r\n\r\n', 505],
  ['HTTP/3.0', 'GET / HTTP/3.0\r\nHost: h.test\r\n\r\n', 505],
  ['the greeting of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
  ['no target', 'GET  HTTP/1.1\r\nHost: h.test\r\n\r\n', 400],
  ['a target without slash', 'GET index.html HTTP/1.1\r\nHost: h.test\r\n\r\n', 400],
  ['an asterisk for GET', 'GET * HTTP/1.1\r\nHost: h.test\r\n\r\n', 400],
  ['an authority for GET', 'GET h.test:80 HTTP/1.1\r\nHost: h.test\r\n\r\n', 400],
  ['a blank in the target', 'GET /a b HTTP/1.1\r\nHost: h.test\r\n\r\n', 400],
  ['a raw byte over 127 in the target', 'GET /\xe9 HTTP/1.1\r\nHost: h.test\r\n\r\n', 400],
  ['a NUL in the target', 'GET /a\0b HTTP/1.1\r\nHost: h.test\r\n\r\n', 400],
  ['an unknown method', 'FOO / HTTP/1.1\r\nHost: h.test\r\n\r\n', 501],
  ['a method in lower case', 'get / HTTP/1.1\r\nHost: h.test\r\n\r\n', 501],
  ['a method that is no token', 'G(T / HTTP/1.1\r\nHost: h.test\r\n\r\n', 400],
  ['CONNECT', 'CONNECT h.test:22 HTTP/1.1\r\nHost: h.test\r\n\r\n', 405],
  ['a field without colon', 'GET / HTTP/1.1\r\nHost: h.test\r\nno field\r\n\r\n', 400],
  ['a field without name', 'GET / HTTP/1.1\r\nHost: h.test\r\n: v\r\n\r\n', 400],
  ['a blank in a name', 'GET / HTTP/1.1\r\nHost: h.test\r\nX Y: v\r\n\r\n', 400],
  ['a blank behind a name', 'GET / HTTP/1.1\r\nHost : h.test\r\n\r\n', 400],
  ['a name that is no token', 'GET / HTTP/1.1\r\nHost: h.test\r\nX@Y: v\r\n\r\n', 400],
  ['a folded field', 'GET / HTTP/1.1\r\nHost: h.test\r\nX: a\r\n b\r\n\r\n', 400],
  ['a folded first field', 'GET / HTTP/1.1\r\n Host: h.test\r\nHost: h.test\r\n\r\n', 400],
  ['a bare CR', 'GET / HTTP/1.1\r\nHost: h.test\r\nX: a\rY: b\r\n\r\n', 400],
  ['a bare LF', 'GET / HTTP/1.1\r\nHost: h.test\r\nX: a\nY: b\r\n\r\n', 400],
  ['line feeds only', 'GET / HTTP/1.1\nHost: h.test\n\n', 400],
  ['two CR before LF', 'GET / HTTP/1.1\r\nHost: h.test\r\r\nX: y\r\n\r\n', 400],
  ['a NUL in a value', 'GET / HTTP/1.1\r\nHost: h.test\r\nX: a\0b\r\n\r\n', 400],
  ['a control byte in a value', 'GET / HTTP/1.1\r\nHost: h.test\r\nX: a\x01b\r\n\r\n', 400],
  ['no Host', 'GET / HTTP/1.1\r\nX: y\r\n\r\n', 400],
  ['two Hosts', 'GET / HTTP/1.1\r\nHost: h.test\r\nHost: h.test\r\n\r\n', 400],
  ['a path in Host', 'GET / HTTP/1.1\r\nHost: h.test/x\r\n\r\n', 400],
  ['a user in Host', 'GET / HTTP/1.1\r\nHost: me@h.test\r\n\r\n', 400],
  ['markup in Host', 'GET / HTTP/1.1\r\nHost: <b>\r\n\r\n', 400],
  ['a blank in Host', 'GET / HTTP/1.1\r\nHost: h.test x\r\n\r\n', 400],
  ['a word as port', 'GET / HTTP/1.1\r\nHost: h.test:http\r\n\r\n', 400],
  ['a list of Hosts', 'GET / HTTP/1.1\r\nHost: h.test, x.test\r\n\r\n', 400],
  ['an absolute target without host', 'GET http:///x HTTP/1.1\r\nHost: h.test\r\n\r\n', 400],
  ['another scheme', 'GET ftp://h.test/ HTTP/1.1\r\nHost: h.test\r\n\r\n', 400],
  ...[
    'Content-Length: 3\r\nContent-Length: 40',
    'Content-Length: 3\r\nContent-Length: 3',
    'Content-Length: 3, 3',
    'Content-Length: ',
    'Content-Length: +3',
    'Content-Length: -1',
    'Content-Length: 0x3',
    'Content-Length: 3e0',
    'Content-Length: 3 3',
    'Content-Length: 3.0',
    'Content-Length: 99999999999999999999',
    'Content-Length: 6\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding: chunked\r\nContent-Length: 6',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding:\r\n chunked',
    'Transfer-Encoding: chunked, identity',
    'Transfer-Encoding: ',
  ].map(
    (field) =>
      [field, `POST /in.play HTTP/1.1\r\nHost: h.test\r\n${field}\r\n\r\nabc`, 400] as const,
  ),
  ...['gzip, chunked', 'xchunked', 'chunked;q=1', '"chunked"', 'identity'].map(
    (coding) =>
      [
        `Transfer-Encoding: ${coding}`,
        `POST /in.play HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: ${coding}\r\n\r\nabc`,
        501,
      ] as const,
  ),
  [
    'Transfer-Encoding in HTTP/1.0',
    'POST /in.play HTTP/1.0\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    400,
  ],
  ...[
    'zz\r\nhello\r\n0\r\n\r\n',
    '-5\r\nhello\r\n0\r\n\r\n',
    '0x5\r\nhello\r\n0\r\n\r\n',
    '5_0\r\nhello\r\n0\r\n\r\n',
    '\r\nhello\r\n0\r\n\r\n',
    '5\nhello\n0\n\n',
    '5\r\nhelloXX0\r\n\r\n',
    '10000000000000005\r\nhello\r\n0\r\n\r\n',
    '5 \r\nhello\r\n0\r\n\r\n',
    '5\r\nhello\r\n0\r\nbad trailer\r\n\r\n',
  ].map(
    (body) =>
      [
        `the chunks ${JSON.stringify(body)}`,
        `POST /in.play HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n${body}`,
        400,
      ] as const,
  ),
  [
    'an extension of a chunk over 16 KiB',
    `POST /in.play HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n3;${'e'.repeat(17_000)}\r\nabc\r\n0\r\n\r\n`,
    400,
  ],
  [
    'trailers over 64 KiB',
    `POST /in.play HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n${`X: ${'v'.repeat(10_000)}\r\n`.repeat(7)}\r\n`,
    431,
  ],
  ['a target over the limit', `GET /${'u'.repeat(1_000)} HTTP/1.1\r\nHost: h.test\r\n\r\n`, 414],
  ['257 fields', `GET / HTTP/1.1\r\nHost: h.test\r\n${'X: y\r\n'.repeat(256)}\r\n`, 431],
  ['a name over 256 bytes', `GET / HTTP/1.1\r\nHost: h.test\r\n${'n'.repeat(257)}: v\r\n\r\n`, 431],
  [
    'a value over 16 KiB',
    `GET / HTTP/1.1\r\nHost: h.test\r\nX: ${'v'.repeat(16_385)}\r\n\r\n`,
    431,
  ],
  [
    'a head over 64 KiB',
    `GET / HTTP/1.1\r\nHost: h.test\r\n${`X: ${'v'.repeat(10_000)}\r\n`.repeat(7)}\r\n`,
    431,
  ],
];

describe('a request is refused:', () => {
  test.each(REFUSED)('%s', async (_, text, status) => {
    const result = await send(text + SECOND);
    expect(statuses(result)).toEqual([status]);
    expect([result.rest, result.isClosed]).toEqual(['', true]);
  });

  test.each(REFUSED)('%s, behind a good one', async (_, text, status) => {
    const result = await send(SECOND + text + SECOND);
    expect(statuses(result)).toEqual([200, status]);
    expect([result.answers[0]?.body, result.rest, result.isClosed]).toEqual(['second', '', true]);
  });

  test.each(REFUSED)('%s, once a good one is answered', async (_, text, status) => {
    const result = await send(SECOND, { afterFirstAnswer: text + SECOND });
    expect(statuses(result)).toEqual([200, status]);
    expect([result.answers[0]?.body, result.rest, result.isClosed]).toEqual(['second', '', true]);
  });
});

/** Each is answered, and so is the request behind it. */
const SERVED: readonly (readonly [name: string, text: string, body: string])[] = [
  ['an empty line first', '\r\nGET / HTTP/1.1\r\nHost: h.test\r\n\r\n', 'start'],
  ['an absolute target', 'GET http://h.test/ HTTP/1.1\r\nHost: h.test\r\n\r\n', 'start'],
  ['an absolute target in capitals', 'GET HTTP://H.TEST HTTP/1.1\r\nHost: h.test\r\n\r\n', 'start'],
  ['white space around a Host', 'GET / HTTP/1.1\r\nHost:\t h.test \r\n\r\n', 'start'],
  ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', 'start'],
  ['a Host with port', 'GET / HTTP/1.1\r\nHost: h.test:8080\r\n\r\n', 'start'],
  ['a Host with final dot', 'GET / HTTP/1.1\r\nHost: h.test.\r\n\r\n', 'start'],
  ['an address as Host', 'GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n', 'start'],
  [
    'a name of the prototype chain',
    'GET / HTTP/1.1\r\nHost: __proto__\r\n__proto__: 1\r\n\r\n',
    'start',
  ],
  [
    'a length with leading zeros',
    'POST /in.play HTTP/1.1\r\nHost: h.test\r\nContent-Length: 003\r\n\r\nabc',
    'abc',
  ],
  [
    'a length without blank',
    'POST /in.play HTTP/1.1\r\nHost: h.test\r\nContent-Length:3\r\n\r\nabc',
    'abc',
  ],
  [
    'a length behind a tab',
    'POST /in.play HTTP/1.1\r\nHost: h.test\r\nContent-Length:\t3 \r\n\r\nabc',
    'abc',
  ],
  [
    'lengths in other fields',
    'POST /in.play HTTP/1.1\r\nHost: h.test\r\nX-Content-Length: 9\r\nX: Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc',
    'abc',
  ],
  ...[
    '3\r\nabc\r\n0\r\n\r\n',
    '0003\r\nabc\r\n000\r\n\r\n',
    '3;name=value\r\nabc\r\n0\r\n\r\n',
    '1\r\na\r\n2\r\nbc\r\n0\r\nX-Trailer: yes\r\n\r\n',
  ].map(
    (body) =>
      [
        `the chunks ${JSON.stringify(body)}`,
        `POST /in.play HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: ChunKed\r\n\r\n${body}`,
        'abc',
      ] as const,
  ),
  [
    'a body for a file',
    'GET / HTTP/1.1\r\nHost: h.test\r\nContent-Length: 38\r\n\r\nGET /secret HTTP/1.1\r\nHost: h.test\r\n\r\n',
    'start',
  ],
  ['256 fields', `GET / HTTP/1.1\r\nHost: h.test\r\n${'X: y\r\n'.repeat(255)}\r\n`, 'start'],
  [
    'a name of 256 bytes',
    `GET / HTTP/1.1\r\nHost: h.test\r\n${'n'.repeat(256)}: v\r\n\r\n`,
    'start',
  ],
  [
    'a value of 16 KiB',
    `GET / HTTP/1.1\r\nHost: h.test\r\nX: ${'v'.repeat(16_384)}\r\n\r\n`,
    'start',
  ],
  ['bytes over 127 in a value', 'GET / HTTP/1.1\r\nHost: h.test\r\nX: \xe9\xff\r\n\r\n', 'start'],
];

describe('a request is served:', () => {
  test.each(SERVED)('%s', async (_, text, body) => {
    const result = await send(text + SECOND, { answers: 2 });
    expect(result.answers.map((answer) => answer.body)).toEqual([body, 'second']);
    expect(result.rest).toBe('');
  });

  test.each(SERVED)('%s, alone in its packet behind others', async (_, text, body) => {
    const result = await send(SECOND, { afterFirstAnswer: text, answers: 2 });
    expect(result.answers.map((answer) => answer.body)).toEqual(['second', body]);
    expect(result.rest).toBe('');
  });

  test.each(SERVED)('%s, byte by byte', async (_, text, body) => {
    if (text.length > 2_000) return;
    const result = await send(text + SECOND, { answers: 2, isByteWise: true });
    expect(result.answers.map((answer) => answer.body)).toEqual([body, 'second']);
  });
});

describe('a connection', () => {
  test('takes the body of a POST to a file for a body', async () => {
    const text = `POST /second HTTP/1.1\r\nHost: h.test\r\nContent-Length: ${SECOND.length}\r\n\r\n${SECOND}`;
    expect(statuses(await send(text + SECOND, { answers: 2 }))).toEqual([405, 200]);
  });

  test('closes after an answer whose request has more body than is worth reading', async () => {
    const text =
      'POST /second HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n';
    const result = await send(text);
    expect(statuses(result)).toEqual([405]);
    expect(result.isClosed).toBe(true);
  });

  test('answers a client that has stopped sending', async () => {
    const result = await send(SECOND, { isHalfClosed: true });
    expect([statuses(result), result.isClosed]).toEqual([[200], true]);
  });

  test('answers a client that sends several requests and then stops', async () => {
    const result = await send(SECOND.repeat(3), { isHalfClosed: true });
    expect([statuses(result), result.isClosed]).toEqual([[200, 200, 200], true]);
  });

  test('says 400 to a client that stops in the middle of a body', async () => {
    const text =
      'POST /in.play HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe';
    expect(statuses(await send(text, { isHalfClosed: true }))).toEqual([400]);
  });

  test('stops at the first Connection: close, in whatever list it stands', async () => {
    const text = 'GET / HTTP/1.1\r\nHost: h.test\r\nConnection: x, CLOSE\r\n\r\n';
    const result = await send(text + SECOND);
    expect([statuses(result), result.isClosed]).toEqual([[200], true]);
    expect(result.answers[0]?.fields.get('connection')).toBe('close');
  });

  test('is not switched to another protocol, and closed after an offer', async () => {
    const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n';
    const result = await send(`GET / HTTP/1.1\r\nHost: h.test\r\n${offer}\r\n${SECOND}`);
    expect([statuses(result), result.isClosed]).toEqual([[200], true]);
  });

  test('of HTTP/1.0 is closed unless the client wants it kept', async () => {
    const kept = 'GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n';
    const closed = 'GET / HTTP/1.0\r\n\r\n';
    const result = await send(kept + closed + SECOND);
    expect(result.answers.map(({ statusLine }) => statusLine)).toEqual([
      'HTTP/1.0 200 OK',
      'HTTP/1.0 200 OK',
    ]);
    expect(result.isClosed).toBe(true);
  });

  test('ends after MaxKeepAlive further requests', async () => {
    await using served = await serveEcho([{ maxKeepAlive: 2 }]);
    const result = await exchangeRaw(SECOND.repeat(5), { port: served.server.port });
    expect(statuses(result)).toEqual([200, 200, 200]);
    expect(result.answers.map(({ fields }) => fields.get('connection'))).toEqual([
      'keep-alive',
      'keep-alive',
      'close',
    ]);
    expect(result.isClosed).toBe(true);
  });

  test('lets a client read a refusal while it still sends', async () => {
    await using served = await serveEcho([{ maxRequestBytes: 1_024 }]);
    const text = `POST /in.play HTTP/1.1\r\nHost: h.test\r\nContent-Length: 50000\r\n\r\n${'x'.repeat(50_000)}`;
    const result = await exchangeRaw(text, { port: served.server.port });
    expect([statuses(result), result.isClosed]).toEqual([[413], true]);
  });

  test('judges the size before it says 100', async () => {
    await using served = await serveEcho([{ maxRequestBytes: 1_024 }]);
    const text =
      'POST /in.play HTTP/1.1\r\nHost: h.test\r\nExpect: 100-continue\r\nContent-Length: 50000\r\n\r\n';
    const result = await exchangeRaw(text, { port: served.server.port });
    expect(statuses(result)).toEqual([413]);
  });

  test('says 100 to a client that waits for it, in any case', async () => {
    const text =
      'POST /in.play HTTP/1.1\r\nHost: h.test\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\nabc';
    expect(statuses(await send(text, { answers: 1 }))).toEqual([100, 200]);
  });

  test('never says 100 where the body is not wanted, and closes', async () => {
    const text =
      'POST /second HTTP/1.1\r\nHost: h.test\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n';
    const result = await send(text);
    expect([statuses(result), result.isClosed]).toEqual([[405], true]);
  });

  test('refuses another expectation', async () => {
    const text = 'GET / HTTP/1.1\r\nHost: h.test\r\nExpect: 200-maybe\r\n\r\n';
    expect(statuses(await send(text, { answers: 1 }))).toEqual([417]);
  });

  test('refuses chunks beyond MaxRequestSize', async () => {
    await using served = await serveEcho([{ maxRequestBytes: 1_024 }]);
    const text = `POST /in.play HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n${`400\r\n${'x'.repeat(1_024)}\r\n`.repeat(3)}`;
    const result = await exchangeRaw(text, { port: served.server.port });
    expect([statuses(result), result.isClosed]).toEqual([[413], true]);
  });

  test.each([
    { count: 10, extension: 4_000, statuses: [200] },
    { count: 40, extension: 4_000, statuses: [400] },
    { count: 2_000, extension: 200, statuses: [400] },
    { count: 50_000, extension: 0, statuses: [200] },
  ])(
    'takes $count chunks of a byte with $extension bytes of extension: $statuses',
    async ({ count, extension, statuses: expected }) => {
      await using served = await serveEcho([{ maxRequestBytes: 1_000_000 }]);
      const chunk = `1;${'e'.repeat(extension)}\r\nx\r\n`.replace(';\r', '\r');
      const text = `POST /in.play HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(count)}0\r\n\r\n`;
      const result = await exchangeRaw(text, {
        port: served.server.port,
        ...(expected[0] === 200 ? { answers: 1 } : {}),
      });
      expect([statuses(result), result.isClosed]).toEqual([expected, expected[0] !== 200]);
    },
  );

  test('bounds the extensions of chunks over TLS, too', async () => {
    const tlsCertFile = join(import.meta.dirname, '../support/certificates/default.test.pem');
    await using served = await serveEcho([{ tlsCertFile }]);
    const ask = async (count: number): Promise<string> => {
      const socket = connectTls({
        port: served.server.port,
        host: '127.0.0.1',
        rejectUnauthorized: false,
      });
      await once(socket, 'secureConnect');
      socket.on('error', () => undefined);
      const chunk = `1;${'e'.repeat(4_000)}\r\nx\r\n`;
      socket.write(
        `POST /in.play HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(count)}0\r\n\r\n`,
      );
      const bytes = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
      socket.destroy();
      return bytes.toString('latin1', 0, 12);
    };
    expect([await ask(10), await ask(40)]).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
  });

  test('is closed at the deadline of the first request, arriving bytes or not', async () => {
    await using served = await serveEcho([{ timeForFirstRequestMs: 50 }]);
    const result = await exchangeRaw('GET / HTTP/1.1\r\n', { port: served.server.port });
    expect([statuses(result), result.isClosed]).toEqual([[408], true]);
  });

  test('is closed without a word when the next request is late', async () => {
    await using served = await serveEcho([{ timeForRequestMs: 50 }]);
    const result = await exchangeRaw(SECOND, { port: served.server.port });
    expect([statuses(result), result.isClosed]).toEqual([[200], true]);
  });

  test('is closed at the deadline of a body', async () => {
    await using served = await serveEcho([{ timeForFirstRequestMs: 50 }]);
    const text = 'POST /in.play HTTP/1.1\r\nHost: h.test\r\nContent-Length: 10\r\n\r\nabc';
    const result = await exchangeRaw(text, { port: served.server.port });
    expect([statuses(result), result.isClosed]).toEqual([[408], true]);
  });

  test('is closed at the deadline of a body that its answer did not wait for', async () => {
    await using served = await serveEcho([
      { timeForFirstRequestMs: 50, timeForRequestMs: 600_000 },
    ]);
    const text = 'POST /second HTTP/1.1\r\nHost: h.test\r\nContent-Length: 10\r\n\r\nabc';
    const result = await exchangeRaw(text, { port: served.server.port });
    expect([statuses(result), result.isClosed]).toEqual([[405], true]);
  });

  test('answers in their order requests that come while one is under way', async () => {
    const calls: FakeCall[] = [];
    const { promise: underWay, resolve } = Promise.withResolvers<null>();
    await using served = await serveEcho([{}], (call) => {
      calls.push(call);
      resolve(null);
    });
    const { port } = served.server;
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /in.play HTTP/1.1\r\nHost: h.test\r\n\r\n');
    await underWay;
    for (const text of [SECOND, SECOND.slice(0, 9), SECOND.slice(9)]) {
      await new Promise((written) => socket.write(text, written));
      await new Promise(setImmediate);
    }
    socket.end();
    calls[0]?.observer.onAnswer(fakeHead(), Buffer.from('first'));
    const received = await readText(socket);
    expect(received.match(/first|second/g)).toEqual(['first', 'second', 'second']);
  });

  test('answers a request that came while one was under way, though the client has stopped sending', async () => {
    const end = Promise.withResolvers<null>();
    const started = Promise.withResolvers<null>();
    await using served = await serveEcho([{}], (call) => {
      started.resolve(null);
      void end.promise.then(() => echo(call));
    });
    const socket = connect({ port: served.server.port, host: '127.0.0.1', noDelay: true });
    socket.write('GET /in.play HTTP/1.1\r\nHost: h.test\r\n\r\n');
    await started.promise;
    socket.end(SECOND);
    // With its interim answer the server shows that it knows of the end.
    socket.once('data', () => end.resolve(null));
    const received = await readText(socket);
    expect(received.match(/^HTTP\/1\.1 \d+/gm)).toEqual([
      'HTTP/1.1 100',
      'HTTP/1.1 200',
      'HTTP/1.1 200',
    ]);
    expect(received.endsWith('second')).toBe(true);
  });

  test('has the rest of a body read that begins behind another request', async () => {
    const body = `493e0\r\n${'x'.repeat(300_000)}\r\n0\r\n\r\n`;
    const post = `POST /in.play HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n${body}`;
    await using served = await serveEcho([{ maxRequestBytes: 400_000 }], ({ observer }) => {
      observer.onAnswer(fakeHead(), new Uint8Array());
    });
    const { port } = served.server;
    const result = await exchangeRaw(SECOND + post + SECOND, { port, answers: 3 });
    expect(statuses(result)).toEqual([200, 200, 200]);
  });

  test('is read no further ahead of an answer than a packet or two', async () => {
    const size = 1000;
    const count = 3000;
    const request = `GET /second HTTP/1.1\r\nHost: h.test\r\nX: ${'x'.repeat(size)}\r\n\r\n`;
    const first = Promise.withResolvers<FakeCall>();
    await using served = await serveEcho([{ maxKeepAlive: count }], first.resolve);
    const { port } = served.server;
    let begun = 0;
    const onStart = (): void => {
      begun += 1;
    };
    subscribe('http.server.request.start', onStart);
    const text = `GET /in.play HTTP/1.1\r\nHost: h.test\r\n\r\n${request.repeat(count)}`;
    const all = exchangeRaw(text, { port, answers: count + 1 });
    const call = await first.promise;
    // Each of them gives the server time to read on.
    for (let turn = 0; turn < 30; turn += 1) await exchangeRaw(SECOND, { port, answers: 1 });
    expect(begun).toBeLessThan((3 * 65_536) / size);
    unsubscribe('http.server.request.start', onStart);
    echo(call);
    expect((await all).answers).toHaveLength(count + 1);
  });

  test('has the time of a next request behind a body that nobody wanted', async () => {
    await using served = await serveEcho([
      { timeForFirstRequestMs: 600_000, timeForRequestMs: 50 },
    ]);
    const text = 'POST /second HTTP/1.1\r\nHost: h.test\r\nContent-Length: 3\r\n\r\nabc';
    const result = await exchangeRaw(text, { port: served.server.port });
    expect([statuses(result), result.isClosed]).toEqual([[405], true]);
  });
});

test('a server counts pipelined requests one by one', async () => {
  await using served = await serveEcho([{ maxRequestBytes: 200 }]);
  const request = 'GET /second HTTP/1.1\r\nHost: h.test\r\n\r\n';
  const { answers } = await exchangeRaw(request.repeat(20), {
    port: served.server.port,
    answers: 20,
  });
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
});

test.each([
  { maxUrlBytes: 20, target: `/${'u'.repeat(19)}`, status: 404 },
  { maxUrlBytes: 20, target: `/${'u'.repeat(20)}`, status: 414 },
  { maxUrlBytes: 20, target: `/?${'u'.repeat(19)}`, status: 414 },
  { maxUrlBytes: null, target: `/${'u'.repeat(10_000)}`, status: 404 },
])('MaxUrlLength $maxUrlBytes: $status', async ({ maxUrlBytes, target, status }) => {
  await using server = await startServer({ server: { maxUrlBytes } });
  const text = `GET ${target} HTTP/1.1\r\nHost: h.test\r\n\r\n`;
  const { answers } = await exchangeRaw(text, { port: server.port, answers: 1 });
  expect(answers[0]?.status).toBe(status);
});

test.each(['/../x', '/.git/config', '/a/./b'])(
  'a connection says that it is closed behind the refused URL %s',
  async (target) => {
    const result = await send(`GET ${target} HTTP/1.1\r\nHost: h.test\r\n\r\n${SECOND}`);
    expect([statuses(result), result.isClosed]).toEqual([[404], true]);
    expect(result.answers[0]?.fields.get('connection')).toBe('close');
  },
);

test('a POST to a file is told what may be done with it', async () => {
  const text = 'POST /second HTTP/1.1\r\nHost: h.test\r\nContent-Length: 0\r\n\r\n';
  const { answers } = await send(text, { answers: 1 });
  expect([answers[0]?.status, answers[0]?.fields.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test('a forwarded address holds for its request alone', async () => {
  await using site = makeDirectoryOnDisk();
  const server = await startServer({
    server: { hideProxy: [{ family: 4, address: '127.0.0.1', prefixLength: 32 }] },
    hosts: [
      { websiteRoot: site.path, accessLogfile: { path: `${site.path}/log`, rotation: null } },
    ],
  });
  const ask = (field: string): string => `GET / HTTP/1.1\r\nHost: h.test\r\n${field}\r\n`;
  await exchangeRaw(ask('X-Forwarded-For: 192.0.2.7\r\n') + ask(''), {
    port: server.port,
    answers: 2,
  });
  await server.server.close(0);
  const lines = readFileSync(`${site.path}/log`, 'latin1').trimEnd().split('\n');
  expect(lines.map((line) => line.split('|')[0])).toEqual(['192.0.2.7', '127.0.0.1']);
});

test.each([
  { how: 'in one piece', framing: 'Content-Length: 3000\r\n\r\n' },
  { how: 'in chunks', framing: 'Transfer-Encoding: chunked\r\n\r\n400\r\n' },
])('a body over MaxRequestSize $how is logged, and its client banned', async ({ framing }) => {
  await using site = makeDirectoryOnDisk();
  site.write('in.play', '');
  const systemLogfile = `${site.path}/system.log`;
  const server = await startServer({
    server: {
      cgiHandlers: [{ extension: 'play', program: '/bin/true' }],
      banOnMaxReqSizeMs: 60_000,
      systemLogfile,
    },
    bindings: [{ maxRequestBytes: 500 }],
    hosts: [{ websiteRoot: site.path, executeCgi: true }],
  });
  const text = `POST /in.play HTTP/1.1\r\nHost: h.test\r\n${framing}${'x'.repeat(1_024)}`;
  const result = await exchangeRaw(text, { port: server.port, answers: 1 });
  expect(statuses(result)).toEqual([413]);
  expect(server.server.liftBans()).toBe(1);
  await server.server.close(0);
  expect(readFileSync(systemLogfile, 'latin1')).toMatch(
    /\|Maximum request size reached: MaxRequestSize is 500 bytes \(request [0-9a-f]{12}\)\n/,
  );
});

test('the log says how large a request may be, and where that was written', async () => {
  await using site = makeDirectoryOnDisk();
  const systemLogfile = `${site.path}/system.log`;
  const server = await startServer({
    server: { systemLogfile },
    bindings: [{ maxRequestBytes: 2048 }],
    hosts: [{ websiteRoot: site.path }],
    sourceMap: {
      files: ['hiawatha.conf'],
      entries: [{ pointer: '/bindings/0/maxRequestBytes', file: 0, line: 7 }],
    },
  });
  const head = `GET / HTTP/1.1\r\nHost: h.test\r\nX: ${'x'.repeat(3000)}\r\n\r\n`;
  const body = 'POST / HTTP/1.1\r\nHost: h.test\r\nContent-Length: 3000\r\n\r\n';
  for (const text of [head, body]) {
    expect(statuses(await exchangeRaw(text, { port: server.port, answers: 1 }))).toEqual([413]);
  }
  await server.server.close(0);
  const said = 'Maximum request size reached: MaxRequestSize is 2 kB (hiawatha.conf:7)';
  expect(readFileSync(systemLogfile, 'latin1').split(said)).toHaveLength(3);
});

describe('TRACE', () => {
  const TRACE = 'TRACE /a?b HTTP/1.1\r\nHost: h.test\r\nX-One: 1\r\nCookie: secret\r\n\r\n';

  test('is answered with the request where EnableTRACE is set, without its secrets', async () => {
    await using served = await serveEcho([{ enableTrace: true }]);
    const { answers } = await exchangeRaw(TRACE, { port: served.server.port, answers: 1 });
    expect(answers[0]?.fields.get('content-type')).toBe('message/http');
    expect(answers[0]?.body).toBe('TRACE /a?b HTTP/1.1\r\nHost: h.test\r\nX-One: 1\r\n\r\n');
  });

  test('is refused elsewhere', async () => {
    await using served = await serveEcho();
    const { answers } = await exchangeRaw(TRACE, { port: served.server.port, answers: 1 });
    expect(answers[0]?.status).toBe(501);
  });
});

test('BanOnFlooding bans a connection of too many requests, and closes it', async () => {
  await using directory = makeDirectoryOnDisk();
  directory.write('index.html', 'start');
  await using server = await startServer({
    server: { banOnFlooding: { requests: 2, windowMs: 60_000, banMs: 60_000 } },
    hosts: [{ websiteRoot: directory.path }],
  });
  const request = 'GET / HTTP/1.1\r\nHost: h.test\r\n\r\n';
  const flood = await exchangeRaw(request.repeat(5), { port: server.port });
  expect(flood.answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect((await exchangeRaw(request, { port: server.port })).answers).toEqual([]);
});

test('MaxServerLoad drops connections, but for clients without limits', async () => {
  const request = 'GET /nope HTTP/1.1\r\nHost: h.test\r\n\r\n';
  const busy = { maxServerLoad: -1 };
  await using refusing = await startServer({ server: busy });
  expect((await exchangeRaw(request, { port: refusing.port })).answers).toEqual([]);
  await using serving = await startServer({
    server: { ...busy, requestLimitMask: [{ action: 'deny', network: null }] },
  });
  const { answers } = await exchangeRaw(request, { port: serving.port, answers: 1 });
  expect(answers[0]?.status).toBe(404);
});
