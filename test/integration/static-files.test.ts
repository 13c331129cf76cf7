import { describe, expect, test } from 'vitest';
import { errorPage } from '../../runtime/handlers/error-page.ts';
import { exchangeRaw, type RawAnswer } from '../support/raw-client.ts';
import { makeDirectoryOnDisk, startServer } from '../support/test-site.ts';

async function get(
  path: string,
  fields: readonly string[] = [],
  method = 'GET',
): Promise<RawAnswer> {
  await using site = makeDirectoryOnDisk();
  site.write('root/index.html', '<p>start</p>');
  site.write('root/ten.txt', '0123456789');
  site.write('root/noext', 'plain');
  site.write('root/odd.unknown', 'odd');
  site.write('root/dir/index.html', 'inner');
  site.write('root/.hidden', 'hidden');
  site.write('secret.txt', 'secret');
  site.link('root/inside.txt', 'ten.txt');
  await using server = await startServer({
    hosts: [{ hostnames: ['main.test'], websiteRoot: `${site.path}/root` }],
  });
  const head = [`${method} ${path} HTTP/1.1`, 'Host: main.test', ...fields].join('\r\n');
  const { answers } = await exchangeRaw(`${head}\r\n\r\n`, {
    port: server.port,
    answers: 1,
    isHead: method === 'HEAD',
  });
  const [answer] = answers;
  if (answer === undefined) throw new Error('no answer');
  return answer;
}

describe('static files', () => {
  test.each([
    ['/', 200, '<p>start</p>'],
    ['/ten.txt', 200, '0123456789'],
    ['/ten.txt?query', 200, '0123456789'],
    ['//ten.txt', 200, '0123456789'],
    ['/%74en.txt', 200, '0123456789'],
    ['/dir/', 200, 'inner'],
    ['/inside.txt', 200, '0123456789'],
  ])('%s is sent', async (path, status, body) => {
    const answer = await get(path);
    expect([answer.status, answer.body]).toEqual([status, body]);
  });

  test.each([
    ['/nope', 404],
    ['/ten.txt/', 404],
    ['/.hidden', 404],
    ['/%2ehidden', 404],
    ['/dir/../ten.txt', 404],
    ['/..%2fsecret.txt', 404],
    ['/%2e%2e/secret.txt', 404],
    ['/ten.txt%00', 403],
    ['/ten.txt?a=%0a', 403],
    ['/a%0ab', 404],
    [`/${'a'.repeat(300)}`, 404],
  ])('%s is refused with %i', async (path, status) => {
    expect((await get(path)).status).toBe(status);
  });

  test('have the type of their extension, and none without an extension', async () => {
    expect((await get('/ten.txt')).fields.get('content-type')).toBe('text/plain');
    expect((await get('/odd.unknown')).fields.get('content-type')).toBe('application/octet-stream');
    expect((await get('/noext')).fields.has('content-type')).toBe(false);
  });

  test('several ranges are sent as parts, each with its type and place', async () => {
    const answer = await get('/ten.txt', ['Range: bytes=7-, 0-1']);
    const type = answer.fields.get('content-type') ?? '';
    const boundary = /^multipart\/byteranges; boundary=([0-9a-f]{36})$/.exec(type)?.[1] ?? '';
    expect(answer.status).toBe(206);
    expect(answer.fields.has('content-range')).toBe(false);
    expect(answer.body).toBe(
      [
        '',
        `--${boundary}`,
        'Content-Type: text/plain',
        'Content-Range: bytes 7-9/10',
        '',
        '789',
        `--${boundary}`,
        'Content-Type: text/plain',
        'Content-Range: bytes 0-1/10',
        '',
        '01',
        `--${boundary}--`,
        '',
      ].join('\r\n'),
    );
    expect(answer.fields.get('content-length')).toBe(String(answer.body.length));
  });

  test('HEAD of several ranges has their length and no body', async () => {
    const whole = await get('/ten.txt', ['Range: bytes=7-, 0-1']);
    const answer = await get('/ten.txt', ['Range: bytes=7-, 0-1'], 'HEAD');
    expect([answer.status, answer.body]).toEqual([206, '']);
    expect(answer.fields.get('content-length')).toBe(whole.fields.get('content-length'));
  });

  test('several ranges of a file on disk are the bytes of the file', async () => {
    await using site = makeDirectoryOnDisk();
    const content = Array.from({ length: 300_000 }, (_, index) => String(index % 10)).join('');
    site.write('root/large', content);
    await using server = await startServer({
      server: { cacheMaxFileBytes: 1024 },
      hosts: [{ hostnames: ['main.test'], websiteRoot: `${site.path}/root` }],
    });
    const { answers } = await exchangeRaw(
      'GET /large HTTP/1.1\r\nHost: main.test\r\nRange: bytes=0-149999,200001-\r\n\r\n',
      { port: server.port, answers: 1 },
    );
    const parts = answers[0]?.body.split(/\r\n--[0-9a-f]{36}(?:\r\n|--)/) ?? [];
    const bodies = parts.map((part) => part.slice(part.indexOf('\r\n\r\n') + 4));
    expect(bodies.slice(1, 3)).toEqual([content.slice(0, 150_000), content.slice(200_001)]);
  });

  test('HEAD has the length and no body', async () => {
    const answer = await get('/ten.txt', [], 'HEAD');
    expect(answer.fields.get('content-length')).toBe('10');
    expect(answer.body).toBe('');
  });

  test.each([
    ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
    ['bytes=3-5', 206, '345', 'bytes 3-5/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=-50', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=0-99999999999', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes= 2 - 4', 206, '234', 'bytes 2-4/10'],
    ['bytes=10-', 416, errorPage(416), 'bytes */10'],
    ['bytes=-0', 416, errorPage(416), 'bytes */10'],
    ['bytes=5-3', 200, '0123456789', undefined],
    ['bytes=0-1,5-4', 200, '0123456789', undefined],
    ['bytes=-', 200, '0123456789', undefined],
    ['bytes=a-b', 200, '0123456789', undefined],
    ['lines=0-1', 200, '0123456789', undefined],
  ])('Range: %s gives %i', async (range, status, body, contentRange) => {
    const answer = await get('/ten.txt', [`Range: ${range}`]);
    expect([answer.status, answer.body, answer.fields.get('content-range')]).toEqual([
      status,
      body,
      contentRange,
    ]);
  });

  test('If-Range with another tag sends everything', async () => {
    const answer = await get('/ten.txt', ['Range: bytes=0-3', 'If-Range: "other"']);
    expect(answer.status).toBe(200);
  });

  test.each([
    ['If-Modified-Since: Fri, 01 Dec 2199 00:00:00 GMT', 304],
    ['If-Modified-Since: Mon, 13 Nov 1995 00:00:00 GMT', 200],
    ['If-Modified-Since: yesterday', 200],
    ['If-None-Match: *', 304],
    ['If-None-Match: "other"', 200],
    ['If-Unmodified-Since: Mon, 13 Nov 1995 00:00:00 GMT', 412],
    ['If-Match: "other"', 412],
    ['If-Match: *', 200],
  ])('%s gives %i', async (field, status) => {
    expect((await get('/ten.txt', [field])).status).toBe(status);
  });

  test('a directory without final slash is a redirect that keeps the query', async () => {
    const answer = await get('/dir?a=1');
    expect([answer.status, answer.fields.get('location')]).toEqual([301, '/dir/?a=1']);
  });

  test('a redirect to a directory never leads to another host', async () => {
    expect((await get('//dir')).fields.get('location')).toBe('/dir/');
  });

  test.each(['POST', 'BREW', 'FOO', 'OPTIONS', 'TRACE', 'DELETE'])(
    '%s is not for files',
    async (method) => {
      expect((await get('/ten.txt', [], method)).status).toBe(method === 'POST' ? 405 : 501);
    },
  );
});
