import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_HEAD_BYTES, ResponseHeadReader } from '../../../runtime/cgi/response-head.ts';
import type { ResponseHead } from '../../../runtime/gateway/messages.ts';
import { RuntimeError } from '../../../runtime/runtime-error.ts';
import { allCuts } from '../../support/bytes.ts';

interface Outcome {
  readonly head: ResponseHead;
  readonly notes: readonly string[];
  readonly rest: string;
}

function read(pieces: readonly Uint8Array[]): Outcome {
  const reader = new ResponseHeadReader();
  for (const [number, piece] of pieces.entries()) {
    const done = reader.push(piece);
    if (done === null) continue;
    const rest = [piece.subarray(done.usedBytes), ...pieces.slice(number + 1)];
    return { head: done.head, notes: done.notes, rest: Buffer.concat(rest).toString('latin1') };
  }
  throw reader.endError();
}

function readText(text: string): Outcome {
  return read([Buffer.from(text, 'latin1')]);
}

function codeOf(text: string): string | null {
  try {
    readText(text);
    return null;
  } catch (error) {
    if (error instanceof RuntimeError) return error.code;
    throw error;
  }
}

const PLAIN: ResponseHead = {
  status: 200,
  fields: [['Content-Type', 'text/plain']],
  contentLength: null,
  isConnectionClosed: false,
  instructions: [],
};

const ANSWERS: { name: string; text: string; head: Partial<ResponseHead>; rest?: string }[] = [
  { name: 'CRLF lines', text: 'Content-Type: text/plain\r\n\r\nbody', head: PLAIN, rest: 'body' },
  { name: 'LF lines', text: 'Content-Type: text/plain\n\nbody', head: PLAIN, rest: 'body' },
  {
    name: 'mixed line ends',
    text: 'Content-Type: text/plain\r\nX-One: 1\n\r\nbody',
    head: {
      fields: [
        ['Content-Type', 'text/plain'],
        ['X-One', '1'],
      ],
    },
    rest: 'body',
  },
  {
    name: 'an LF head before a body with CRLF CRLF',
    text: 'Content-Type: text/plain\n\na\r\n\r\nb',
    head: PLAIN,
    rest: 'a\r\n\r\nb',
  },
  {
    name: 'a field without blank behind the colon',
    text: 'Content-Length:5\n\n',
    head: { contentLength: 5, fields: [] },
  },
  {
    name: 'blanks and tabs around a value',
    text: 'X: \t v w\t \n\n',
    head: { fields: [['X', 'v w']] },
  },
  { name: 'an empty value', text: 'X:\n\n', head: { fields: [['X', '']] } },
  { name: 'a value of bytes over 127', text: 'X: \u00e9\n\n', head: { fields: [['X', '\u00e9']] } },
  {
    name: 'repeated fields in order',
    text: 'Set-Cookie: a=1\nX: y\nSet-Cookie: b=2\n\n',
    head: {
      fields: [
        ['Set-Cookie', 'a=1'],
        ['X', 'y'],
        ['Set-Cookie', 'b=2'],
      ],
    },
  },
  {
    name: 'a folded field',
    text: 'X: one\n two\n\tthree\n\n',
    head: { fields: [['X', 'one two three']] },
  },
  {
    name: 'Status',
    text: 'Status: 404 Not Found\nX: y\n\n',
    head: { status: 404, fields: [['X', 'y']] },
  },
  {
    name: 'Status without reason, in lower case, last',
    text: 'X: y\nstatus:418\n\n',
    head: { status: 418 },
  },
  {
    name: 'the same Status twice',
    text: 'Status: 404\nStatus: 404 Gone\n\n',
    head: { status: 404 },
  },
  { name: 'a Status of four digits', text: 'Status: 2000\n\n', head: { status: 200 } },
  { name: 'a Status that is no number', text: 'Status: ok\n\n', head: { status: 200 } },
  { name: 'a Status of zero', text: 'Status: 0\n\n', head: { status: 200 } },
  { name: 'a Status joined to its reason', text: 'Status: 404Not\n\n', head: { status: 200 } },
  { name: 'an empty Status', text: 'Status:\n\n', head: { status: 200 } },
  {
    name: 'Location',
    text: 'Location: /there\n\n',
    head: { status: 302, fields: [['Location', '/there']] },
  },
  { name: 'Location with a Status', text: 'Status: 301\nLocation: /x\n\n', head: { status: 301 } },
  {
    name: 'a status line',
    text: 'HTTP/1.1 202 Accepted\r\nX: y\r\n\r\n',
    head: { status: 202, fields: [['X', 'y']] },
  },
  { name: 'a status line of HTTP/1.0', text: 'HTTP/1.0 404 No\n\n', head: { status: 404 } },
  {
    name: 'a status line of 200 and a Status',
    text: 'HTTP/1.1 200 OK\nStatus: 403\n\n',
    head: { status: 403 },
  },
  {
    name: 'a status line of 404 and a Status',
    text: 'HTTP/1.1 404 No\nStatus: 403\n\n',
    head: { status: 404 },
  },
  { name: 'Content-Length', text: 'Content-Length: 6\n\n', head: { contentLength: 6, fields: [] } },
  {
    name: 'the same Content-Length twice',
    text: 'Content-Length: 6\nContent-length: 6\n\n',
    head: { contentLength: 6 },
  },
  {
    name: 'Content-Length with 204',
    text: 'Status: 204\nContent-Length: 6\n\n',
    head: { contentLength: null },
  },
  {
    name: 'Content-Length with 205',
    text: 'Status: 205\nContent-Length: 6\n\n',
    head: { contentLength: 0 },
  },
  { name: '205 without Content-Length', text: 'Status: 205\n\n', head: { contentLength: 0 } },
  {
    name: 'fields about the connection',
    text:
      'Connection: keep-alive\nKeep-Alive: 5\nTransfer-Encoding: chunked\nTE: x\nTrailer: X\nUpgrade: h2c\n' +
      'Proxy-Connection: x\nContent-Type: text/plain\n\n',
    head: PLAIN,
  },
  {
    name: 'Connection: close',
    text: 'connection: X, Close\nContent-Type: text/plain\n\n',
    head: { ...PLAIN, isConnectionClosed: true },
  },
  {
    name: 'fields that speak to the server',
    text: 'X-Sendfile: /f\nX-Accel-Redirect: /r\nX-Hiawatha-Ban: 9\nX-Hiawatha-Any: \nServer: me\nX-Accel-Buffering: no\n\n',
    head: {
      fields: [['X-Accel-Buffering', 'no']],
      instructions: [
        ['x-sendfile', '/f'],
        ['x-accel-redirect', '/r'],
        ['x-hiawatha-ban', '9'],
        ['x-hiawatha-any', ''],
        ['server', 'me'],
        ['x-accel-buffering', 'no'],
      ],
    },
  },
  {
    name: 'names of the prototype chain',
    text: '__proto__: x\nconstructor: y\n\n',
    head: {
      fields: [
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ],
    },
  },
];

const REFUSED: { name: string; text: string; code: string }[] = [
  { name: 'no output', text: '', code: 'HWR_CGI_NO_OUTPUT' },
  { name: 'text without an empty line', text: 'just text\n', code: 'HWR_CGI_HEADER_ONLY' },
  {
    name: 'a head without its empty line',
    text: 'Content-Type: text/plain\n',
    code: 'HWR_CGI_HEADER_ONLY',
  },
  { name: 'an empty line first', text: '\n\nbody', code: 'HWR_CGI_HEADER_EMPTY' },
  { name: 'an empty CRLF line first', text: '\r\nbody', code: 'HWR_CGI_HEADER_EMPTY' },
  { name: 'a line without colon', text: 'this is text\n\n', code: 'HWR_CGI_HEADER_MALFORMED' },
  { name: 'a blank in a name', text: 'X Y: z\n\n', code: 'HWR_CGI_HEADER_MALFORMED' },
  { name: 'a blank before the colon', text: 'X : z\n\n', code: 'HWR_CGI_HEADER_MALFORMED' },
  { name: 'an empty name', text: ': z\n\n', code: 'HWR_CGI_HEADER_MALFORMED' },
  { name: 'a name of bytes over 127', text: 'X\u00e9: z\n\n', code: 'HWR_CGI_HEADER_MALFORMED' },
  {
    name: 'a bare CR in a value',
    text: 'X: a\rSet-Cookie: b\n\n',
    code: 'HWR_CGI_HEADER_MALFORMED',
  },
  { name: 'two CRs before an LF', text: 'X: a\r\r\n\n', code: 'HWR_CGI_HEADER_MALFORMED' },
  { name: 'NUL in a value', text: 'X: a\u0000b\n\n', code: 'HWR_CGI_HEADER_MALFORMED' },
  { name: 'NUL in a Location', text: 'Location: /\u0000\n\n', code: 'HWR_CGI_HEADER_MALFORMED' },
  { name: 'a folded first line', text: ' X: y\n\n', code: 'HWR_CGI_HEADER_MALFORMED' },
  { name: 'status 100', text: 'Status: 100 Continue\n\n', code: 'HWR_CGI_HEADER_MALFORMED' },
  {
    name: 'status 101 in a status line',
    text: 'HTTP/1.1 101 Switching\n\n',
    code: 'HWR_CGI_HEADER_MALFORMED',
  },
  { name: 'status 600', text: 'Status: 600\n\n', code: 'HWR_CGI_HEADER_MALFORMED' },
  {
    name: 'two Status fields',
    text: 'Status: 200\nStatus: 404\n\n',
    code: 'HWR_CGI_HEADER_MALFORMED',
  },
];

const NO_LENGTHS = [
  '-1',
  '+5',
  '5, 5',
  '5 5',
  '0x5',
  '5e1',
  '',
  '99999999999999999999',
  '5.0',
  'five',
];

describe('ResponseHeadReader', () => {
  test.each(ANSWERS)('reads $name, however it is cut', ({ text, head, rest }) => {
    for (const pieces of allCuts(Buffer.from(text, 'latin1'))) {
      const outcome = read(pieces);
      expect(outcome.head).toMatchObject(head);
      expect(outcome.rest).toBe(rest ?? '');
    }
  });

  test.each(REFUSED)('refuses $name, however it is cut', ({ text, code }) => {
    for (const pieces of allCuts(Buffer.from(text, 'latin1'))) {
      expect(() => read(pieces)).toThrow(expect.objectContaining({ code }));
    }
  });

  test.each(NO_LENGTHS)('leaves out the Content-Length "%s"', (value) => {
    const { head, notes } = readText(`Content-Length: ${value}\nX: y\n\n`);
    expect(head.contentLength).toBeNull();
    expect(head.fields).toEqual([['X', 'y']]);
    expect(notes).toEqual([`Content-Length "${value}" is no length; left out`]);
  });

  test('leaves out two lengths that differ', () => {
    expect(readText('Content-Length: 5\nContent-Length: 6\n\n').head.contentLength).toBeNull();
  });

  test.each(['Content-Type', 'Location'])('sends the first of two %s fields', (name) => {
    const { head, notes } = readText(`${name}: one\nX: y\n${name.toLowerCase()}: two\n\n`);
    expect(head.fields).toEqual([
      [name, 'one'],
      ['X', 'y'],
    ]);
    expect(notes).toEqual([
      `${name.toLowerCase()} "one" is sent, and a second one left out: "two"`,
    ]);
  });

  test('says nothing of a Content-Type that is printed twice in the same words', () => {
    const { head, notes } = readText('Content-Type: a/b\nContent-Type: a/b\n\n');
    expect(head.fields).toEqual([['Content-Type', 'a/b']]);
    expect(notes).toEqual([]);
  });

  test('says when a status cannot be read', () => {
    expect(readText('Status: maybe\n\n').notes).toEqual([
      'the status "maybe" is not a number from 200 to 599; 200 is sent',
    ]);
  });

  test.each([
    ['at the limit', 0, null],
    ['one byte over it', 1, 'HWR_CGI_HEADER_TOO_LARGE'],
    ['one byte below it', -1, null],
  ])('judges a head %s', (_name, difference, code) => {
    const around = 'X-Long: \r\n\r\n'.length;
    const text = `X-Long: ${'x'.repeat(MAX_HEAD_BYTES - around + difference)}\r\n\r\n`;
    expect(codeOf(text)).toBe(code);
  });

  test('names the longest field of a head that is too large and has no end', () => {
    const text = `X-Short: 1\nContent-Security-Policy: ${'x'.repeat(MAX_HEAD_BYTES)}\n`;
    expect(() => readText(text)).toThrow(/longest line is "Content-Security-Policy"/);
  });

  test.each([
    ['256', 256, null],
    ['257', 257, 'HWR_CGI_HEADER_TOO_LARGE'],
  ])('judges a head of %s fields', (_name, count, code) => {
    expect(codeOf(`${'X: y\n'.repeat(count)}\n`)).toBe(code);
  });

  test('ends, and throws nothing but RuntimeError, on mutated heads', () => {
    const original = Buffer.from('Status: 404 x\r\nContent-Length: 5\nLocation: /a\r\n\r\nbody!');
    const mutation = fc.tuple(fc.nat(original.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(mutation, { maxLength: 5 }), (mutations) => {
        const mutated = Buffer.from(original);
        for (const [at, value] of mutations) mutated[at] = value;
        try {
          const { head } = read([mutated]);
          expect(head.status).toBeGreaterThanOrEqual(200);
          expect(head.status).toBeLessThan(600);
          for (const [name, value] of head.fields) {
            expect(name).toMatch(/^[!-9;-~]+$/);
            expect(value).toMatch(/^[\t -~\u0080-\u00ff]*$/);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(RuntimeError);
        }
      }),
      { seed: 77, numRuns: 500 },
    );
  });
});
