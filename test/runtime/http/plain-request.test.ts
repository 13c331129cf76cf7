import { createServer, type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { rawHeadOf } from '../../../runtime/http/client-connection.ts';
import { readPlainRequest } from '../../../runtime/http/plain-request.ts';
import type { RawHead } from '../../../runtime/http/request-head.ts';

const GET = 'GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n';

const BROWSER =
  'GET /a%20b/?c=d&e HTTP/1.1\r\nHost: h.test:8080\r\nConnection: keep-alive\r\n' +
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nAccept: text/html,*/*;q=0.8\r\nCookie: f="g"; h=i\r\n\r\n';

function read(text: string): RawHead | null {
  return readPlainRequest(Buffer.from(text, 'latin1'), null)?.head ?? null;
}

describe('a plain request', () => {
  test.each([
    ['GET', GET, 'GET', '/a?b', ['Host', 'h']],
    ['HEAD', 'HEAD / HTTP/1.1\r\nHost: h\r\n\r\n', 'HEAD', '/', ['Host', 'h']],
    ['a request without fields', 'GET / HTTP/1.1\r\n\r\n', 'GET', '/', []],
    [
      'blanks around values, and none',
      'GET / HTTP/1.1\r\nA:\t b c \t\r\nD:\r\nE:f\r\n\r\n',
      'GET',
      '/',
      ['A', 'b c', 'D', '', 'E', 'f'],
    ],
    [
      'bytes over 127',
      'GET / HTTP/1.1\r\nA: \xa0\xff\xa0\r\n\r\n',
      'GET',
      '/',
      ['A', '\xa0\xff\xa0'],
    ],
    [
      'a connection that is kept',
      'GET / HTTP/1.1\r\nConnection: Keep-Alive\r\n\r\n',
      'GET',
      '/',
      ['Connection', 'Keep-Alive'],
    ],
    [
      'a connection that is not',
      'GET / HTTP/1.1\r\nconnection:close\r\n\r\n',
      'GET',
      '/',
      ['connection', 'close'],
    ],
  ])('is %s', (_, text, method, target, rawFields) => {
    expect(read(text)).toEqual({ method, target, httpVersion: '1.1', rawFields });
  });

  test.each([
    ['another method', 'POST / HTTP/1.1\r\nHost: h\r\n\r\n'],
    ['a method in lower case', 'get / HTTP/1.1\r\nHost: h\r\n\r\n'],
    ['another version', 'GET / HTTP/1.0\r\nHost: h\r\n\r\n'],
    ['no version', 'GET /\r\nHost: h\r\n\r\n'],
    ['an absolute target', 'GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n'],
    ['an asterisk', 'GET * HTTP/1.1\r\nHost: h\r\n\r\n'],
    ['a fragment', 'GET /#a HTTP/1.1\r\nHost: h\r\n\r\n'],
    ['a blank in its target', 'GET /a b HTTP/1.1\r\nHost: h\r\n\r\n'],
    ['a byte over 127 in its target', 'GET /\xe9 HTTP/1.1\r\nHost: h\r\n\r\n'],
    ['a second blank', 'GET  / HTTP/1.1\r\nHost: h\r\n\r\n'],
    ['an empty line first', `\r\n${GET}`],
    ['a part of a head', GET.slice(0, -2)],
    ['two requests', GET + GET],
    ['something behind its head', `${GET}x`],
    ['lines without CR', GET.replaceAll('\r', '')],
    ['one line without CR', 'GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n'],
    ['a CR in a value', 'GET / HTTP/1.1\r\nA: b\rC: d\r\n\r\n'],
    ['a NUL in a value', 'GET / HTTP/1.1\r\nA: b\0\r\n\r\n'],
    ['a folded field', 'GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n'],
    ['a blank before a colon', 'GET / HTTP/1.1\r\nA : b\r\n\r\n'],
    ['a line without colon', 'GET / HTTP/1.1\r\nA\r\nB: c\r\n\r\n'],
    ['a field without name', 'GET / HTTP/1.1\r\n: b\r\n\r\n'],
    ['a body', 'GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n'],
    ['a coding', 'GET / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n'],
    ['an expectation', 'GET / HTTP/1.1\r\nEXPECT: 100-continue\r\n\r\n'],
    ['an offer to upgrade', 'GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n'],
    ['options of the connection', 'GET / HTTP/1.1\r\nConnection: close, te\r\n\r\n'],
    ['options for a proxy', 'GET / HTTP/1.1\r\nProxy-Connection: close\r\n\r\n'],
    ['more than 8 KiB', `GET / HTTP/1.1\r\nA: ${'b'.repeat(8192)}\r\n\r\n`],
  ])('is none with %s', (_, text) => {
    expect(read(text)).toBeNull();
  });

  test('is none before its last byte has come, wherever the packet ends', () => {
    const taken = Array.from({ length: BROWSER.length }, (_, at) => read(BROWSER.slice(0, at)));
    expect(taken.filter((head) => head !== null)).toEqual([]);
    expect(read(BROWSER)).not.toBeNull();
  });

  test('has the very fields of the one before it where their bytes are the same', () => {
    const first = readPlainRequest(Buffer.from(GET), null);
    const second = readPlainRequest(Buffer.from(GET.replace('/a', '/c')), first?.fields ?? null);
    expect(second?.head.target).toBe('/c?b');
    expect(second?.head.rawFields).toBe(first?.head.rawFields);
  });

  test('has fields of its own where they differ', () => {
    const first = readPlainRequest(Buffer.from(GET), null);
    const second = readPlainRequest(Buffer.from(GET.replace(': h', ': i')), first?.fields ?? null);
    expect(second?.head.rawFields).toEqual(['Host', 'i']);
  });
});

describe('beside Node’s parser', () => {
  const server = createServer({ requireHostHeader: false });
  afterAll(() => server.close());

  /** What Node's parser makes of bytes that are a whole request to it. */
  async function readByNode(packet: Buffer): Promise<IncomingMessage> {
    const client = new Duplex({ read: () => undefined, write: (_, __, done) => done() });
    const message = await new Promise<IncomingMessage>((resolve, reject) => {
      server.once('request', resolve).once('clientError', reject);
      server.emit('connection', client);
      client.push(packet);
      // It has read all by then, and waits for the rest of a request that is not whole.
      setImmediate(() => setImmediate(() => reject(new Error('Node waits for more'))));
    });
    server.removeAllListeners('request').removeAllListeners('clientError');
    return message;
  }

  const byteOf = (text: string): fc.Arbitrary<string> =>
    fc.nat(text.length - 1).map((at) => text.charAt(at));
  const name = fc.oneof(
    fc.constantFrom('Host', 'Accept', 'Connection', 'Content-Length', 'Expect', 'Upgrade', 'TE'),
    fc.constantFrom('Transfer-Encoding', 'Cookie', 'Proxy-Connection', 'Keep-Alive', '__proto__'),
    fc.string({ minLength: 1, maxLength: 3, unit: byteOf('aZ9-_!~.:( \t\0\xe9') }),
  );
  const value = fc.oneof(
    fc.constantFrom(
      '',
      'h',
      'close',
      'keep-alive',
      'Keep-Alive, close',
      '0',
      '5',
      'chunked',
      'h2c',
    ),
    fc.string({ maxLength: 5, unit: byteOf('a ,;\t"\xa0\xff\x7f\x01\r\n') }),
  );
  const field = fc
    .tuple(name, fc.constantFrom(': ', ':', ':\t', ' :', ''), value, fc.constantFrom('', ' '))
    .map((parts) => parts.join(''));
  const head = fc
    .record({
      method: fc.constantFrom('GET', 'HEAD', 'GET', 'POST', 'GE', ''),
      blank: fc.constantFrom(' ', ' ', ' ', '  ', '\t'),
      path: fc.string({ maxLength: 4, unit: byteOf('a/?#%"<{^`|\\ \xe9\x7f') }),
      version: fc.constantFrom(' HTTP/1.1', ' HTTP/1.1', ' HTTP/1.1', ' HTTP/1.0', ''),
      fields: fc.array(field, { maxLength: 4 }),
      lineEnd: fc.constantFrom('\r\n', '\r\n', '\r\n', '\n'),
      end: fc.constantFrom('', '', '', 'x', GET),
    })
    .map(
      ({ method, blank, path, version, fields, lineEnd, end }) =>
        [`${method}${blank}/${path}${version}`, ...fields, '', ''].join(lineEnd) + end,
    );

  /** A head of a browser, with a part of it replaced by a few bytes. */
  const spoiltHead = fc
    .tuple(fc.nat(BROWSER.length), fc.nat(2), fc.string({ maxLength: 2, unit: 'binary-ascii' }))
    .map(([at, removed, added]) => BROWSER.slice(0, at) + added + BROWSER.slice(at + removed));
  const cutHead = fc.nat(BROWSER.length).map((length) => BROWSER.slice(0, length));

  test('whatever is taken is what Node would read, and all of a request to it', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(head, spoiltHead, cutHead), async (text) => {
        const packet = Buffer.from(text, 'latin1');
        const plain = readPlainRequest(packet, null);
        if (plain === null) return;
        taken += 1;
        const message = await readByNode(packet);
        expect(plain.head).toEqual(rawHeadOf(message));
        expect([message.complete, Reflect.get(message, 'upgrade')]).toEqual([true, false]);
      }),
      { numRuns: 3000 },
    );
    expect(taken).toBeGreaterThan(200);
  });
});
