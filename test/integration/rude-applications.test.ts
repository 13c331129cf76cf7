/**
 * Applications that misbehave, against a running server and a client that takes answers by the letter. Behind each rude
 * answer come a good request on the same connection of the client and one on a new connection: nothing of the trouble may
 * reach them.
 */
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { createGateway } from '../../runtime/gateway/create-gateway.ts';
import { bytes } from '../support/bytes.ts';
import { exchangeRaw, type RawResult } from '../support/raw-client.ts';
import {
  end,
  startScriptedServer,
  stderr,
  stdout,
  type ConnectionScript,
  type ScriptedConnection,
} from '../support/scripted-fcgi-server.ts';
import { makeDirectoryOnDisk, startServer } from '../support/test-site.ts';
import { withEnoughTime } from '../support/with-enough-time.ts';

const gateway = createGateway({ threads: 1, onNotice: () => undefined });
afterAll(() => gateway.close());

const HEAD = 'Content-Type: text/plain\r\n\r\n';
const GOOD_BODY = 'good';
const GOOD = 'GET /good.php HTTP/1.1\r\nHost: good.test\r\n\r\n';
const RUDE = 'GET /rude.php HTTP/1.1\r\nHost: h.test\r\n\r\n';

/** @param seen - Resolves when the client has the first bytes of the answer. */
type Play = (connection: ScriptedConnection, seen: Promise<void>) => Promise<void> | void;

interface Options {
  /** What the client sends first. */
  readonly request?: string;
  readonly timeForCgiMs?: number;
  /** Done when the connection opens, before anything is read. */
  readonly onOpen?: Play;
  readonly isHead?: boolean;
  /** Unix sockets know no reset. */
  readonly socket?: 'unix' | 'tcp';
}

/** Sends the rude request with a good one behind it, and then a good one on a connection of its own. */
async function meet(play: Play, options: Options = {}): Promise<RawResult> {
  const {
    request = RUDE,
    timeForCgiMs = 60_000,
    onOpen,
    isHead = false,
    socket = 'unix',
  } = options;
  const seen = Promise.withResolvers<undefined>();
  let isFirst = true;
  const script: ConnectionScript = async (connection) => {
    if (isFirst) await onOpen?.(connection, seen.promise);
    isFirst = false;
    for (;;) {
      const received = await connection.request();
      if (received === null) return;
      const isGood = received.variables.some(
        ([name, value]) => name === 'SCRIPT_NAME' && value === '/good.php',
      );
      if (isGood) await connection.answer(`${HEAD}${GOOD_BODY}`);
      else await play(connection, seen.promise);
    }
  };
  const application = await startScriptedServer(script, socket);
  onTestFinished(() => application.close());
  await using site = makeDirectoryOnDisk();
  site.write('good.php', '');
  site.write('rude.php', '');
  const both = {
    websiteRoot: site.path,
    errorLogfile: `${site.path}/error.log`,
    fastCgiServers: [0],
    executeCgi: true,
  };
  await using server = await startServer(
    {
      bindings: [{ maxRequestBytes: 10_000_000 }],
      hosts: [
        { ...both, hostnames: ['h.test'], timeForCgiMs },
        { ...both, hostnames: ['good.test'], timeForCgiMs: 60_000 },
      ],
      fastCgiServers: [{ connectTo: [application.endpoint] }],
    },
    { gateway: { start: gateway.start.bind(gateway), close: () => Promise.resolve() } },
  );
  const result = await exchangeRaw(isHead ? request : request + GOOD, {
    port: server.port,
    answers: isHead ? 1 : 2,
    isHead,
    onFirstBytes: () => seen.resolve(undefined),
  });
  const later = await exchangeRaw(GOOD, { port: server.port, answers: 1 });
  expect(later.answers[0]?.body).toBe(GOOD_BODY);
  return result;
}

/** The same with little time, which is not over before an answer has begun. */
function meetBriefly(play: Play, options: Options): Promise<RawResult> {
  return withEnoughTime(150, async (timeForCgiMs) => {
    const result = await meet(play, { ...options, timeForCgiMs });
    return result.answers[0]?.status === 500 ? null : result;
  });
}

/** A whole answer, and a good one right behind it. */
function expectWhole({ answers, rest }: RawResult, status: number, body: string): void {
  expect(answers.map((answer) => [answer.status, answer.body])).toEqual([
    [status, body],
    [200, GOOD_BODY],
  ]);
  expect(rest).toBe('');
}

/** An error page of the server in the place of the answer, and a good answer right behind it unless a 500 closes. */
function expectRefused({ answers, rest, isClosed }: RawResult, status: number): void {
  expect(answers[0]?.status).toBe(status);
  expect(answers[0]?.fields.get('proxy-status')).toMatch(/^gateway; error=/);
  if (status === 500) expect([answers.length, isClosed]).toEqual([1, true]);
  else expect(answers[1]?.body).toBe(GOOD_BODY);
  expect(rest).toBe('');
}

/** Some of an answer, then the end of the connection; never an error page in the middle of it. */
function expectCut({ answers, rest, isClosed }: RawResult): void {
  expect([answers, isClosed]).toEqual([[], true]);
  expect(rest).not.toMatch(/<html|502|500/i);
  expect(rest.endsWith('0\r\n\r\n')).toBe(false);
}

function sends(...records: Uint8Array[]): Play {
  return (connection) => connection.send(Buffer.concat(records));
}

/** Sends in pieces, with a turn of the event loop between them. */
function sendsInPieces(data: Buffer, size: number): Play {
  return async (connection) => {
    for (let at = 0; at < data.length; at += size)
      await connection.send(data.subarray(at, at + size));
  };
}

function answer(text: string): Buffer {
  return Buffer.concat([stdout(text), end()]);
}

/** A record of any kind, with padding of any length. */
function record(
  type: number,
  content: Uint8Array,
  options: { id?: number; padding?: number } = {},
): Buffer {
  const { id = 1, padding = 0 } = options;
  const header = Buffer.alloc(8);
  header[0] = 1;
  header[1] = type;
  header.writeUInt16BE(id, 2);
  header.writeUInt16BE(content.length, 4);
  header[6] = padding;
  header[7] = 0xff;
  return Buffer.concat([header, content, Buffer.alloc(padding, 0xaa)]);
}

const ALL_BYTES = Buffer.from(Uint8Array.from({ length: 256 }, (_, value) => value));

describe('an unusual answer that is within its rights', () => {
  test.each<[name: string, play: Play, body?: string]>([
    ['every byte in a write of its own', sendsInPieces(answer(`${HEAD}ok`), 1)],
    ['pieces of three bytes', sendsInPieces(answer(`${HEAD}ok`), 3)],
    ['pieces of nine bytes', sendsInPieces(answer(`${HEAD}ok`), 9)],
    [
      'records of one byte with the most padding',
      sends(
        ...Array.from(`${HEAD}ok`, (letter) => record(6, Buffer.from(letter), { padding: 255 })),
        end(),
      ),
    ],
    ['a head cut inside its last line end', sends(stdout('X: y\r\n\r'), stdout('\nok'), end())],
    ['line ends of both kinds', sends(answer('A: b\nC: d\r\n\nok'))],
    [
      'body and head with a line end of its own kind',
      sends(answer('A: b\n\na\r\n\r\nb')),
      'a\r\n\r\nb',
    ],
    ['all 256 bytes', sends(stdout(HEAD), stdout(ALL_BYTES), end()), ALL_BYTES.toString('latin1')],
    ['a head of 60 kB', sends(answer(`X: ${'y'.repeat(60_000)}\r\n\r\nok`))],
    [
      '256 fields',
      sends(
        answer(
          `${Array.from({ length: 256 }, (_, number) => `X-${number}: y\r\n`).join('')}\r\nok`,
        ),
      ),
    ],
    [
      'standard error between and behind',
      sends(
        stderr('a'),
        stdout('X: y\r\n'),
        stderr('b'),
        stdout('\r\nok'),
        record(7, bytes()),
        end(),
      ),
    ],
    ['an end of standard error that was not used', sends(record(7, bytes()), answer(`${HEAD}ok`))],
    [
      'two ends of output',
      sends(stdout(`${HEAD}ok`), record(6, bytes()), record(6, bytes()), end()),
    ],
    [
      'output behind the end of output',
      sends(stdout(`${HEAD}o`), record(6, bytes()), stdout('k'), end()),
    ],
    [
      'END_REQUEST with padding',
      sends(stdout(`${HEAD}ok`), record(3, Buffer.alloc(8), { padding: 255 })),
    ],
    ['an exit status', sends(stdout(`${HEAD}ok`), end(1))],
    ['the largest exit status', sends(stdout(`${HEAD}ok`), end(0xffff_ffff))],
    [
      'a type of the future',
      sends(record(99, Buffer.alloc(65_535), { padding: 255 }), answer(`${HEAD}ok`)),
    ],
    ['type 0', sends(record(0, bytes('"x"')), answer(`${HEAD}ok`))],
    ['type 255', sends(record(255, bytes('"x"')), answer(`${HEAD}ok`))],
    [
      'records for the other direction',
      sends(
        ...[2, 4, 5, 8, 9].map((type) => record(type, bytes())),
        record(1, Buffer.alloc(8)),
        record(4, bytes('01 01 "ab"')),
        record(5, bytes('"in"')),
        answer(`${HEAD}ok`),
      ),
    ],
    [
      'management answers that nobody asked for',
      sends(
        record(10, bytes('0f 01 "FCGI_MPXS_CONNS" "1"'), { id: 0 }),
        record(11, Buffer.alloc(8), { id: 0 }),
        answer(`${HEAD}ok`),
      ),
    ],
    [
      'management answers that are malformed',
      sends(record(10, bytes('ff ff'), { id: 0 }), answer(`${HEAD}ok`)),
    ],
    [
      'the answer of another request before its own',
      sends(
        stdout('X: y\r\n\r\nSECRET', 2),
        record(3, Buffer.alloc(8), { id: 2 }),
        answer(`${HEAD}ok`),
      ),
    ],
    ['output for no request', sends(record(6, bytes('"SECRET"'), { id: 0 }), answer(`${HEAD}ok`))],
    [
      '100,000 empty records',
      sends(...Array.from({ length: 100_000 }, () => record(6, bytes())), answer(`${HEAD}ok`)),
    ],
    [
      '100,000 records of unknown type',
      sends(...Array.from({ length: 100_000 }, () => record(77, bytes())), answer(`${HEAD}ok`)),
    ],
    [
      '1 MB of standard error',
      sends(
        ...Array.from({ length: 16 }, () => record(7, Buffer.alloc(65_535, 'e'))),
        answer(`${HEAD}ok`),
      ),
    ],
    ['output behind the end of the request', sends(answer(`${HEAD}ok`), stdout('SURPLUS'))],
    ['a second end of the request', sends(answer(`${HEAD}ok`), end())],
    ['a second answer', sends(answer(`${HEAD}ok`), answer(`${HEAD}SECOND`))],
    [
      'garbage behind the end of the request',
      sends(answer(`${HEAD}ok`), bytes('"GARBAGE GARBAGE"')),
    ],
    ['more than its Content-Length', sends(answer('Content-Length: 2\r\n\r\nokSURPLUS'))],
    ['a head alone', sends(answer(HEAD)), ''],
  ])('%s is delivered', async (_name, play, body = 'ok') => {
    expectWhole(await meet(play), 200, body);
  });

  test('output later than the end of the request reaches nobody', async () => {
    const result = await meet(async (connection) => {
      await connection.send(answer(`${HEAD}ok`));
      await new Promise(setImmediate);
      await connection.send(answer(`${HEAD}SECOND`));
    });
    expectWhole(result, 200, 'ok');
  });

  test('a body with 205 is dropped, which its length says', async () => {
    const result = await meet(sends(answer('Status: 205\r\nContent-Length: 7\r\n\r\nSURPLUS')));
    expectWhole(result, 205, '');
    expect(result.answers[0]?.fields.get('content-length')).toBe('0');
    expect(result.answers[0]?.fields.has('transfer-encoding')).toBe(false);
  });

  test.each([204, 304])('a body with %i is dropped', async (status) => {
    const play = sends(answer(`Status: ${status}\r\nContent-Length: 7\r\n\r\nSURPLUS`));
    expectWhole(await meet(play), status, '');
  });

  test('a body of HEAD is dropped', async () => {
    const result = await meet(sends(answer('Content-Length: 2\r\n\r\nok')), {
      request: RUDE.replace('GET', 'HEAD'),
      isHead: true,
    });
    expect(result.answers[0]?.fields.get('content-length')).toBe('2');
    expect(result.rest).toBe('');
  });

  test.each([
    ['Transfer-Encoding: chunked'],
    ['Transfer-Encoding: gzip, chunked'],
    ['Connection: upgrade'],
    ['Keep-Alive: timeout=1'],
    ['Upgrade: h2c'],
    ['TE: trailers'],
    ['Trailer: X'],
    ['Proxy-Connection: close'],
    ['Content-Length: +2'],
    ['Content-Length: -2'],
    ['Content-Length: 2, 2'],
    ['Content-Length: 2 2'],
    ['Content-Length: 0x2'],
    ['Content-Length: 2e0'],
    ['Content-Length: two'],
    ['Content-Length:'],
    ['Content-Length: 99999999999999999999999'],
    ['Content-Length: 2\r\nContent-Length: 3'],
    ['Content-Length: 2\r\nContent-Length: 2'],
    ['Content-Length: 2\r\nTransfer-Encoding: chunked'],
  ])('the server frames the body itself: %s', async (lines) => {
    const result = await meet(sends(answer(`${lines}\r\n\r\nok`)));
    expectWhole(result, 200, 'ok');
    const fields = result.answers[0]?.fields ?? new Map<string, string>();
    for (const name of ['upgrade', 'te', 'trailer', 'proxy-connection', 'keep-alive'])
      expect(fields.has(name)).toBe(false);
  });

  test.each([
    ['Status: 299', 299],
    ['Status: 599 Odd', 599],
    ['Status: 404\r\nStatus: 404 Not Found', 404],
    [`Status: 404 ${'long '.repeat(2000)}`, 404],
    ['Status: abc', 200],
    ['Status:', 200],
    ['Status: 0', 200],
    ['Status: 404Not Found', 200],
    ['HTTP/1.1 404 Not Found', 404],
    ['HTTP/1.0 410', 410],
    ['HTTP/1.1 200 OK\r\nStatus: 404 Not Found', 404],
  ])('%s makes a legal status line', async (line, status) => {
    const result = await meet(sends(answer(`${line}\r\nX: y\r\n\r\nok`)));
    expectWhole(result, status, 'ok');
    expect(result.answers[0]?.statusLine).toMatch(/^HTTP\/1\.1 \d{3} [ -~]{0,80}$/);
  });
});

describe('an answer that cannot be used', () => {
  test.each<[name: string, play: Play, status?: number]>([
    ['nothing', sends(end()), 500],
    ['an empty output', sends(record(6, bytes()), end()), 500],
    ['standard error alone', sends(stderr('oops'), end()), 500],
    ['the close alone', (connection) => connection.close()],
    ['a reset alone', (connection) => connection.reset()],
    [
      'a cut record header',
      async (connection) => {
        await connection.send(bytes('01 06 00 01 00'));
        connection.close();
      },
    ],
    [
      'a cut record',
      async (connection) => {
        await connection.send(record(6, Buffer.from(HEAD)).subarray(0, 20));
        connection.close();
      },
    ],
    [
      'a cut head',
      async (connection) => {
        await connection.send(stdout('X: y\r\n'));
        connection.close();
      },
    ],
    ['a cut head with a whole end', sends(stdout('X: y\r\n'), end()), 500],
    [
      'a cut END_REQUEST',
      async (connection) => {
        await connection.send(end().subarray(0, 12));
        connection.close();
      },
    ],
    ['text without head', sends(answer('hello\r\n\r\n'))],
    ['a page without head', sends(answer('<html><body>\n<p>x</p>\n\n</body></html>'))],
    ['OVERLOADED', sends(end(0, 2)), 503],
    ['CANT_MPX_CONN', sends(end(0, 1))],
    ['UNKNOWN_ROLE', sends(end(0, 3))],
    ['an unknown protocol status', sends(end(0, 200))],
    ['version 0', sends(bytes('00 06 0001 0000 00 00'))],
    ['version 2', sends(bytes('02 06 0001 0000 00 00'))],
    ['HTTP', sends(bytes('"HTTP/1.1 200 OK" 0d0a 0d0a'))],
    ['a TLS alert', sends(bytes('15 03 03 00 02 02 0a'))],
    ['END_REQUEST of no bytes', sends(record(3, bytes()))],
    ['END_REQUEST of 7 bytes', sends(record(3, Buffer.alloc(7)))],
    ['END_REQUEST of 9 bytes', sends(record(3, Buffer.alloc(9)))],
    ['END_REQUEST of 65535 bytes', sends(record(3, Buffer.alloc(65_535)))],
    ['a head of 70 kB', sends(answer(`X: ${'y'.repeat(70_000)}\r\n\r\nno`)), 500],
    [
      'a head without end of 10 MB',
      async (connection) => {
        for (let part = 0; part < 160 && !connection.isClosed; part += 1)
          await connection.send(record(6, Buffer.alloc(65_535, 'x')));
      },
      500,
    ],
    [
      '257 fields',
      sends(
        answer(
          `${Array.from({ length: 257 }, (_, number) => `X-${number}: y\r\n`).join('')}\r\nno`,
        ),
      ),
      500,
    ],
    ['an empty head', sends(answer('\r\nno')), 500],
    ['a head that ends in mere CR', sends(answer('X: y\r\rno\r\r')), 500],
  ])('%s is an error page', async (_name, play, status = 502) => {
    expectRefused(await meet(play, { socket: 'tcp' }), status);
  });

  test.each([
    ['a mere CR', 'X: a\rSet-Cookie: b'],
    ['a mere CR in Location', 'Location: /a\r\r\nX: b'],
    ['NUL in a value', 'X: a\u0000b'],
    ['NUL in a name', 'X\u0000: a'],
    ['a control byte', 'X: a\u0008b'],
    ['DEL', 'X: a\u007fb'],
    ['no colon', 'X: a\r\nno colon'],
    ['a blank in the name', 'X Y: a'],
    ['a blank before the colon', 'X : a'],
    ['a tab before the colon', 'X\t: a'],
    ['an empty name', ': a'],
    ['a folded first line', ' X: a'],
    ['a byte over 127 in the name', 'X\u00e4: a'],
    ['a parenthesis in the name', 'X(y): a'],
    ['two Status fields that differ', 'Status: 200\r\nStatus: 404'],
    ['Status 100', 'Status: 100'],
    ['Status 101', 'Status: 101 Switching Protocols'],
    ['Status 199', 'Status: 199'],
    ['Status 600', 'Status: 600'],
    ['Status 999', 'Status: 999'],
    ['a status line 103', 'HTTP/1.1 103 Early Hints\r\nLink: </a>'],
  ])('a head with %s never reaches the client', async (_name, lines) => {
    expectRefused(await meet(sends(answer(`${lines}\r\nX-Last: z\r\n\r\nno`))), 502);
  });

  test('a folded line comes as one line', async () => {
    const result = await meet(sends(answer('X: a\r\n b\r\n\tc\r\n\r\nok')));
    expectWhole(result, 200, 'ok');
    expect(result.answers[0]?.fields.get('x')).toBe('a b c');
  });

  test.each([
    ['says nothing', () => undefined],
    [
      'answers another request',
      sends(stdout('X: y\r\n\r\nSECRET', 2), record(3, Buffer.alloc(8), { id: 2 })),
    ],
    ['sends empty records only', sends(record(6, bytes()))],
    ['sends half of a head', sends(stdout('X: y\r\n'))],
    ['announces a record that does not come', sends(bytes('01 06 0001 ffff 00 00'))],
  ] satisfies [string, Play][])('an application that %s is a 500 in time', async (_name, play) => {
    const { answers, isClosed } = await meet(play, { timeForCgiMs: 100 });
    expect(answers.map(({ status }) => status)).toEqual([500]);
    expect(isClosed).toBe(true);
  });

  test('a head that drips is a 500 in time', async () => {
    const { answers } = await meet(
      async (connection) => {
        while (!connection.isClosed) await connection.send(stdout('X'));
      },
      { timeForCgiMs: 100 },
    );
    // It drips for as long as the connection is there.
    expect([500, 502, 504]).toContain(answers[0]?.status);
  });
});

describe('an answer that breaks off', () => {
  const CUTS: [name: string, then: Uint8Array, ending: 'close' | 'reset' | 'stay'][] = [
    ['by a close', bytes(), 'close'],
    ['by a reset', bytes(), 'reset'],
    ['inside a record', stdout('more').subarray(0, 10), 'close'],
    ['inside a record header', bytes('01 06 00'), 'close'],
    ['inside padding', record(6, bytes('"x"'), { padding: 9 }).subarray(0, 12), 'close'],
    ['behind the end of output', record(6, bytes()), 'close'],
    ['by garbage', bytes('"garbage"'), 'stay'],
    ['by version 2', bytes('02 03 0001 0008 00 00 0000000000000000'), 'stay'],
    ['by a short END_REQUEST', record(3, Buffer.alloc(4)), 'stay'],
    ['by the end of another request', record(3, Buffer.alloc(8), { id: 2 }), 'stay'],
    ['by its time', bytes(), 'stay'],
    ['by a record that never ends', bytes('01 06 0001 ffff 00 00 "x"'), 'stay'],
  ];

  /** Sends the beginning of an answer, and what breaks it off when the client has seen some of it. */
  function breaking(head: string, then: Uint8Array, ending: 'close' | 'reset' | 'stay'): Play {
    return async (connection, seen) => {
      await connection.send(stdout(`${head}part`));
      await seen;
      if (then.length > 0) await connection.send(then);
      if (ending === 'close') connection.close();
      if (ending === 'reset') connection.reset();
    };
  }

  test.each(CUTS)('%s is visibly cut', async (_name, then, ending) => {
    const play = breaking(HEAD, then, ending);
    expectCut(await meetBriefly(play, { socket: 'tcp' }));
  });

  test.each(CUTS)('%s is a reset where a close would mark the end', async (_name, then, ending) => {
    const { isReset, rest } = await meetBriefly(breaking(HEAD, then, ending), {
      request: 'GET /rude.php HTTP/1.0\r\nHost: h.test\r\n\r\n',
      socket: 'tcp',
    });
    expect(isReset).toBe(true);
    expect(rest).not.toContain('<html');
  });

  test.each([...CUTS, ['by a whole end', end(), 'stay'] as const])(
    '%s is shorter than the length that was announced',
    async (_name, then, ending) => {
      const play = breaking('Content-Length: 90\r\n\r\n', then, ending);
      const { answers, rest, isClosed } = await meetBriefly(play, { socket: 'tcp' });
      expect([answers, isClosed]).toEqual([[], true]);
      expect(rest).toContain('Content-Length: 90');
      expect(rest).not.toContain('<html');
    },
  );
});

describe('an application and the body of a request', () => {
  const SIZE = 3_000_000;
  const POST =
    `POST /rude.php HTTP/1.1\r\nHost: h.test\r\nContent-Length: ${SIZE}\r\n\r\n` + 'x'.repeat(SIZE);

  test('that it never reads does not spoil its answer', async () => {
    const { answers } = await meet(() => undefined, {
      request: POST,
      onOpen: async (connection) => {
        connection.pause();
        await connection.send(answer(`${HEAD}early`));
      },
    });
    expect(answers[0]).toMatchObject({ status: 200, body: 'early' });
  });

  test('that it never reads, with an answer and a close, does not spoil the answer', async () => {
    const { answers } = await meet(() => undefined, {
      request: POST,
      onOpen: async (connection) => {
        connection.pause();
        await connection.send(answer(`${HEAD}early`));
        connection.close();
      },
    });
    expect(answers[0]).toMatchObject({ status: 200, body: 'early' });
  });

  test('that it never reads ends in time', async () => {
    const { answers, isClosed } = await meet(() => undefined, {
      request: POST,
      timeForCgiMs: 100,
      onOpen: (connection) => connection.pause(),
    });
    expect(answers.map(({ status }) => status)).toEqual([500]);
    expect(isClosed).toBe(true);
  });

  test.each([
    ['closes', (connection: ScriptedConnection) => connection.close()],
    ['resets', (connection: ScriptedConnection) => connection.reset()],
  ])('in the middle of which it %s is a 502', async (_name, leave) => {
    const { answers } = await meet(() => undefined, {
      request: POST,
      onOpen: async (connection) => {
        while (connection.receivedStdinBytes === 0) await new Promise(setImmediate);
        leave(connection);
      },
      socket: 'tcp',
    });
    expect(answers[0]?.status).toBe(502);
  });

  test('that it answers before it has read it arrives whole', async () => {
    let receivedBytes = 0;
    const result = await meet(
      (connection) => {
        receivedBytes = connection.receivedStdinBytes;
        return connection.send(Buffer.concat([stdout('late'), end()]));
      },
      { request: POST, onOpen: (connection) => connection.send(stdout(`${HEAD}early, `)) },
    );
    expect(result.answers[0]).toMatchObject({ status: 200, body: 'early, late' });
    expect(receivedBytes).toBe(SIZE);
  });
});
