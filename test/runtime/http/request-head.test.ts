import { describe, expect, test } from 'vitest';
import {
  parseAuthority,
  readRequestHead,
  type RawHead,
} from '../../../runtime/http/request-head.ts';

function read(head: Partial<RawHead>): ReturnType<typeof readRequestHead> {
  return readRequestHead(
    { method: 'GET', target: '/', httpVersion: '1.1', rawFields: ['Host', 'h.test'], ...head },
    1_000,
  );
}

function check(head: Partial<RawHead>, expected: object): void {
  const result = read(head);
  expect(result.ok ? result.head : result).toMatchObject(expected);
}

describe('readRequestHead', () => {
  test('takes the host of an absolute target, and tells programs of it', () => {
    check(
      { target: 'http://Other.test:81/p?q', rawFields: ['Host', 'h.test', 'X', 'y'] },
      {
        target: '/p?q',
        hostname: 'other.test',
        hostPort: 81,
        fields: [
          ['Host', 'other.test:81'],
          ['X', 'y'],
        ],
      },
    );
  });

  test.each([
    ['http://h.test', '/'],
    ['https://h.test?q', '/?q'],
  ])('gives the absolute target %s a path', (target, path) => {
    check({ target }, { target: path });
  });

  test('leaves the last byte of a letter in UTF-8', () => {
    check(
      { rawFields: ['Host', 'h.test', 'Cookie', 'a=voil\xc3\xa0\t'] },
      {
        fields: [
          ['Host', 'h.test'],
          ['Cookie', 'a=voil\xc3\xa0'],
        ],
      },
    );
  });

  test('wants a Host beside an absolute target too', () => {
    check({ target: 'http://h.test/', rawFields: [] }, { ok: false, status: 400 });
  });

  test('takes an asterisk for OPTIONS only', () => {
    check({ method: 'OPTIONS', target: '*' }, { target: '*' });
    check({ target: '*' }, { ok: false, status: 400 });
  });

  test('needs no Host in HTTP/1.0', () => {
    check({ httpVersion: '1.0', rawFields: [] }, { hostname: null, isKeepAlive: false });
  });

  test.each<[string, string, boolean]>([
    ['1.1', '', true],
    ['1.1', 'close', false],
    ['1.1', 'keep-alive, Close', false],
    ['1.1', 'keep-alive', true],
    ['1.1', 'closed', true],
    ['1.0', 'Keep-Alive', true],
    ['1.0', 'x', false],
    ['1.0', 'keep-alive, close', false],
  ])('HTTP/%s with Connection: %s is kept: %s', (httpVersion, connection, isKeepAlive) => {
    check(
      { httpVersion, rawFields: ['Host', 'h.test', 'Connection', connection] },
      { isKeepAlive },
    );
  });

  test('takes several Connection fields for one list', () => {
    const rawFields = ['Host', 'h.test', 'Connection', 'x', 'connection', 'close'];
    check({ rawFields }, { isKeepAlive: false });
  });

  test.each([
    ['Content-Length', '0', { kind: 'none' }],
    ['content-length', '12', { kind: 'length', bytes: 12 }],
    ['Content-Length', '999999999999999', { kind: 'length', bytes: 999_999_999_999_999 }],
    ['Transfer-Encoding', ' Chunked ', { kind: 'chunked' }],
  ])('%s: %s frames the body', (name, value, body) => {
    check({ rawFields: ['Host', 'h.test', name, value] }, { body });
  });

  test.each(['', '-1', '+1', '1.0', '0x1', '1e3', '1,1', '9999999999999999'])(
    'refuses Content-Length %j',
    (value) => {
      check({ rawFields: ['Host', 'h.test', 'Content-Length', value] }, { ok: false, status: 400 });
    },
  );

  test.each([
    ['100-continue', 'continue'],
    ['100-Continue', 'continue'],
    ['other', 'unknown'],
  ])('reads Expect: %s', (value, expectation) => {
    check({ rawFields: ['Host', 'h.test', 'Expect', value] }, { expectation });
  });

  test('ignores Expect in HTTP/1.0', () => {
    const rawFields = ['Host', 'h.test', 'Expect', '100-continue'];
    check({ httpVersion: '1.0', rawFields }, { expectation: 'none' });
  });

  test.each([
    [999, true],
    [1_000, true],
    [1_001, false],
  ])('with MaxUrlLength 1000, a target of %i bytes passes: %s', (length, ok) => {
    expect(read({ target: `/${'a'.repeat(length - 1)}` }).ok).toBe(ok);
  });

  test('has no limit without MaxUrlLength', () => {
    const raw = {
      method: 'GET',
      target: `/${'a'.repeat(30_000)}`,
      httpVersion: '1.1',
      rawFields: ['Host', 'h.test'],
    };
    expect(readRequestHead(raw, null).ok).toBe(true);
  });

  test.each([
    [255, true],
    [256, true],
    [257, false],
  ])('%i fields pass: %s', (count, ok) => {
    const others = Array.from({ length: count - 1 }, () => ['X', 'y']).flat();
    expect(read({ rawFields: ['Host', 'h.test', ...others] }).ok).toBe(ok);
  });

  test.each([
    [255, true],
    [256, true],
    [257, false],
  ])('a name of %i bytes passes: %s', (length, ok) => {
    expect(read({ rawFields: ['Host', 'h.test', 'n'.repeat(length), 'v'] }).ok).toBe(ok);
  });

  test.each([
    [16_383, true],
    [16_384, true],
    [16_385, false],
  ])('a value of %i bytes passes: %s', (length, ok) => {
    expect(read({ rawFields: ['Host', 'h.test', 'X', 'v'.repeat(length)] }).ok).toBe(ok);
  });

  test.each([
    [65_535, true],
    [65_536, true],
    [65_537, false],
  ])('a head of %i bytes passes: %s', (length, ok) => {
    // `GET / HTTP/1.1`, the Host field and the empty line are 32 bytes; each further field has 5 bytes of its own.
    const rest = length - 32 - 5 * 5;
    const values = [15_000, 15_000, 15_000, 15_000, rest - 60_000];
    const others = values.flatMap((size) => ['X', 'v'.repeat(size)]);
    expect(read({ rawFields: ['Host', 'h.test', ...others] }).ok).toBe(ok);
  });
});

describe('parseAuthority', () => {
  test.each<[string, string | null, number | null]>([
    ['h.test', 'h.test', null],
    ['H.Test.', 'h.test', null],
    ['h.test:8080', 'h.test', 8080],
    ['h.test:', 'h.test', null],
    ['h.test:65535', 'h.test', 65_535],
    ['127.0.0.1:80', '127.0.0.1', 80],
    ['[::1]:80', '[::1]', 80],
    ['', null, null],
    [':80', null, 80],
    ['a_b.test', 'a_b.test', null],
  ])('reads %j', (text, hostname, port) => {
    expect(parseAuthority(text)).toEqual({ hostname, port });
  });

  test.each([
    'a b',
    'a/b',
    'a@b',
    'a:b',
    'a:1:2',
    'a:0',
    'a:65536',
    'a:99999',
    '::1',
    '[::1',
    '[x]',
    'a,b',
    'a%41',
    'é',
    '<a>',
    'a'.repeat(300),
  ])('refuses %j', (text) => {
    expect(parseAuthority(text)).toBeNull();
  });
});
