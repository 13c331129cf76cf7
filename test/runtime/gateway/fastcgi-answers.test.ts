import { afterAll, describe, expect, test } from 'vitest';
import { createGateway } from '../../../runtime/gateway/create-gateway.ts';
import { ask, fastCgi, type Outcome } from '../../support/ask-gateway.ts';
import { bytes } from '../../support/bytes.ts';
import {
  alwaysAnswer,
  end,
  startScriptedServer,
  stderr,
  stdout,
  type ConnectionScript,
} from '../../support/scripted-fcgi-server.ts';
import { withEnoughTime } from '../../support/with-enough-time.ts';

const gateway = createGateway({ threads: 1, onNotice: () => undefined });
afterAll(() => gateway.close());

const HEAD = 'Content-Type: text/plain\r\n\r\n';

/** Sends bytes as the answer to the first request, then does the rest. */
function play(sent: Uint8Array, then: 'stay' | 'close' | 'reset' = 'stay'): ConnectionScript {
  return async (connection) => {
    await connection.request();
    await connection.send(sent);
    if (then === 'close') connection.close();
    if (then === 'reset') connection.reset();
  };
}

async function outcomeOf(script: ConnectionScript, timeoutMs?: number): Promise<Outcome> {
  const server = await startScriptedServer(script);
  try {
    return await ask(
      gateway,
      fastCgi(server.endpoint, timeoutMs === undefined ? {} : { timeoutMs }),
    ).outcome;
  } finally {
    await server.close();
  }
}

const WHOLE: { name: string; sent: Buffer; body: string; status?: number }[] = [
  {
    name: 'head and body in one record',
    sent: Buffer.concat([stdout(`${HEAD}hello`), end()]),
    body: 'hello',
  },
  { name: 'an LF head', sent: Buffer.concat([stdout('X: y\n\nhello'), end()]), body: 'hello' },
  {
    name: 'records of one byte',
    sent: Buffer.concat([...Array.from(`${HEAD}hello`, (character) => stdout(character)), end()]),
    body: 'hello',
  },
  {
    name: 'a record of 65535 bytes with padding of 255',
    sent: Buffer.concat([
      stdout(HEAD),
      bytes('01 06 0001 ffff ff 00'),
      Buffer.alloc(65_535, 'x'),
      Buffer.alloc(255),
      end(),
    ]),
    body: 'x'.repeat(65_535),
  },
  {
    name: 'empty STDOUT records before, between and behind',
    sent: Buffer.concat([
      bytes('01 06 0001 0000 00 00'),
      stdout(`${HEAD}a`),
      bytes('01 06 0001 0000 05 00 0000000000'),
      stdout('b'),
      bytes('01 06 0001 0000 00 00'),
      end(),
    ]),
    body: 'ab',
  },
  {
    name: 'a record of unknown type',
    sent: Buffer.concat([bytes('01 63 0001 0002 00 00 "zz"'), stdout(`${HEAD}ok`), end()]),
    body: 'ok',
  },
  {
    name: 'a record of another request, unseen',
    sent: Buffer.concat([stdout(`${HEAD}ok`), stdout('SECRET', 2), end()]),
    body: 'ok',
  },
  {
    name: 'a management record',
    sent: Buffer.concat([
      bytes('01 0b 0000 0008 00 00 6300000000000000'),
      stdout(`${HEAD}ok`),
      end(),
    ]),
    body: 'ok',
  },
  {
    name: 'a flood of empty records',
    sent: Buffer.concat([
      ...Array.from({ length: 20_000 }, () => bytes('01 06 0001 0000 00 00')),
      stdout(`${HEAD}ok`),
      end(),
    ]),
    body: 'ok',
  },
  {
    name: 'data behind END_REQUEST',
    sent: Buffer.concat([stdout(`${HEAD}ok`), end(), stdout('no')]),
    body: 'ok',
  },
  {
    name: 'overloaded, said after the answer',
    sent: Buffer.concat([stdout(`${HEAD}ok`), end(0, 2)]),
    body: 'ok',
  },
  {
    name: 'a body longer than its Content-Length',
    sent: Buffer.concat([stdout('Content-Length: 2\r\n\r\nokSURPLUS'), end()]),
    body: 'ok',
  },
  {
    name: 'a body with 204',
    sent: Buffer.concat([stdout('Status: 204\n\nno'), end()]),
    body: '',
    status: 204,
  },
  {
    name: 'a body with 304',
    sent: Buffer.concat([stdout('Status: 304\n\nno'), end()]),
    body: '',
    status: 304,
  },
];

const NO_ANSWER: {
  name: string;
  sent: Buffer;
  then?: 'close' | 'reset';
  status: number;
  code: string;
}[] = [
  { name: 'closes at once', sent: bytes(), then: 'close', status: 502, code: 'HWR_FCGI_CLOSED' },
  {
    name: 'closes inside the head',
    sent: stdout('X: y\n'),
    then: 'close',
    status: 502,
    code: 'HWR_FCGI_CLOSED',
  },
  {
    name: 'closes inside a record header',
    sent: bytes('01 06 00'),
    then: 'close',
    status: 502,
    code: 'HWR_FCGI_CLOSED',
  },
  {
    name: 'closes inside END_REQUEST',
    sent: end().subarray(0, 12),
    then: 'close',
    status: 502,
    code: 'HWR_FCGI_CLOSED',
  },
  { name: 'ends without output', sent: end(), status: 500, code: 'HWR_CGI_NO_OUTPUT' },
  {
    name: 'writes to standard error only',
    sent: Buffer.concat([stderr('oops\n'), end()]),
    status: 500,
    code: 'HWR_CGI_NO_OUTPUT',
  },
  {
    name: 'ends inside the head',
    sent: Buffer.concat([stdout('X: y\n'), end()]),
    status: 500,
    code: 'HWR_CGI_HEADER_ONLY',
  },
  {
    name: 'sends text without head',
    sent: Buffer.concat([stdout('hello\n\n'), end()]),
    status: 502,
    code: 'HWR_CGI_HEADER_MALFORMED',
  },
  {
    name: 'splits the response',
    sent: Buffer.concat([stdout('X: a\rSet-Cookie: b\n\n'), end()]),
    status: 502,
    code: 'HWR_CGI_HEADER_MALFORMED',
  },
  {
    name: 'sends a head of 70 kB',
    sent: Buffer.concat([stdout(`X: ${'y'.repeat(70_000)}\n\n`), end()]),
    status: 500,
    code: 'HWR_CGI_HEADER_TOO_LARGE',
  },
  {
    name: 'speaks version 2',
    sent: bytes('02 06 0001 0000 00 00'),
    status: 502,
    code: 'HWR_FCGI_VERSION',
  },
  {
    name: 'speaks another protocol',
    sent: bytes('"HTTP/1.1 200 OK"'),
    status: 502,
    code: 'HWR_FCGI_VERSION',
  },
  {
    name: 'sends a short END_REQUEST',
    sent: bytes('01 03 0001 0004 00 00 00000000'),
    status: 502,
    code: 'HWR_FCGI_END_LENGTH',
  },
  { name: 'is overloaded', sent: end(0, 2), status: 503, code: 'HWR_FCGI_OVERLOADED' },
  { name: 'cannot multiplex', sent: end(0, 1), status: 502, code: 'HWR_FCGI_REFUSED_ROLE' },
  { name: 'does not know the role', sent: end(0, 3), status: 502, code: 'HWR_FCGI_REFUSED_ROLE' },
  {
    name: 'has an unknown protocol status',
    sent: end(0, 9),
    status: 502,
    code: 'HWR_FCGI_REFUSED_ROLE',
  },
];

const CUT: { name: string; sent: Buffer; then?: 'close' | 'reset'; code: string }[] = [
  {
    name: 'closes in the body',
    sent: stdout(`${HEAD}part`),
    then: 'close',
    code: 'HWR_FCGI_CLOSED',
  },
  {
    name: 'closes inside a record',
    sent: bytes(`01 06 0001 0030 00 00 "X: y" 0a 0a "part"`),
    then: 'close',
    code: 'HWR_FCGI_CLOSED',
  },
  {
    name: 'sends garbage in the body',
    sent: Buffer.concat([stdout(`${HEAD}part`), bytes('ff')]),
    code: 'HWR_FCGI_VERSION',
  },
  {
    name: 'ends before its Content-Length',
    sent: Buffer.concat([stdout('Content-Length: 9\n\npart'), end()]),
    code: 'HWR_CGI_BODY_SHORT',
  },
];

describe('an answer of a FastCGI application', () => {
  test.each(WHOLE)('is delivered: $name', async ({ sent, body, status }) => {
    const outcome = await outcomeOf(play(sent));
    expect(outcome.failure).toBeNull();
    expect(outcome.head?.status).toBe(status ?? 200);
    expect(outcome.body.toString('latin1')).toBe(body);
  });

  test.each(NO_ANSWER)('that $name becomes a $status', async ({ sent, then, status, code }) => {
    const outcome = await outcomeOf(play(sent, then));
    expect(outcome.head).toBeNull();
    expect(outcome.failure).toMatchObject({ status, code });
  });

  test.each(CUT)('is visibly cut when the application $name', async ({ sent, then, code }) => {
    const outcome = await outcomeOf(play(sent, then));
    expect(outcome.failure).toMatchObject({ code });
    expect('part'.startsWith(outcome.body.toString('latin1'))).toBe(true);
  });

  test('is a 502 when a TCP application resets the connection', async () => {
    const server = await startScriptedServer(async (connection) => {
      await connection.request();
      connection.reset();
    }, 'tcp');
    const outcome = await ask(gateway, fastCgi(server.endpoint)).outcome;
    expect(outcome.failure).toMatchObject({ status: 502, code: 'HWR_FCGI_CLOSED' });
    await server.close();
  });

  test('is a 504 when the application is silent', async () => {
    const outcome = await withEnoughTime(60, async (limitMs) => {
      const one = await outcomeOf(play(bytes()), limitMs);
      // Too late to connect.
      return one.failure?.status === 503 ? null : one;
    });
    expect(outcome.failure).toMatchObject({ status: 504, code: 'HWR_CGI_TIMEOUT' });
  });

  test('is cut when the application falls silent in the body', async () => {
    const outcome = await withEnoughTime(60, async (limitMs) => {
      const one = await outcomeOf(play(stdout(`${HEAD}part`)), limitMs);
      return one.head === null ? null : one;
    });
    expect(outcome.head?.status).toBe(200);
    expect(outcome.body.toString()).toBe('part');
    expect(outcome.failure).toMatchObject({ code: 'HWR_CGI_TIMEOUT' });
  });

  test('comes as one piece when it is complete at once', async () => {
    expect((await outcomeOf(alwaysAnswer(`${HEAD}hello`))).isWhole).toBe(true);
  });

  test('is streamed record by record while the application goes on', async () => {
    let goOn: () => void = () => undefined;
    const mayGoOn = new Promise<void>((resolve) => (goOn = resolve));
    const server = await startScriptedServer(async (connection) => {
      await connection.request();
      await connection.send(stdout(`${HEAD}first`));
      await mayGoOn;
      await connection.send(Buffer.concat([stdout('second'), end()]));
    });
    const asked = ask(gateway, fastCgi(server.endpoint));
    await asked.received('first'.length);
    goOn();
    expect((await asked.outcome).body.toString()).toBe('firstsecond');
    await server.close();
  });

  test('has its body read and dropped for HEAD', async () => {
    const server = await startScriptedServer(alwaysAnswer('Content-Length: 5\n\nhello'));
    const outcome = await ask(gateway, fastCgi(server.endpoint, { isBodyWanted: false })).outcome;
    expect(outcome.head?.contentLength).toBe(5);
    expect(outcome.body).toHaveLength(0);
    await server.close();
  });

  test('keeps standard error apart, in one piece', async () => {
    const outcome = await outcomeOf(
      play(Buffer.concat([stderr('one\ntw'), stdout(`${HEAD}ok`), stderr('o\nthree'), end()])),
    );
    expect(outcome.body.toString()).toBe('ok');
    expect(outcome.stderr).toEqual(['one\ntwo\nthree']);
  });

  test('drops standard error beyond 64 kB and says so', async () => {
    const outcome = await outcomeOf(
      play(
        Buffer.concat([
          ...Array.from({ length: 70 }, () => stderr(`${'e'.repeat(1023)}\n`)),
          stdout(`${HEAD}ok`),
          end(),
        ]),
      ),
    );
    expect(outcome.stderr[0]).toHaveLength(64 * 1024);
    expect(outcome.stderr.slice(1)).toEqual(['6144 dropped']);
  });

  test('is delivered whole when the application ends with a status, which is noted', async () => {
    const outcome = await outcomeOf(play(Buffer.concat([stdout(`${HEAD}ok`), end(3)])));
    expect(outcome.body.toString()).toBe('ok');
    expect(outcome.notes).toEqual([
      expect.stringMatching(
        /^FastCGI server at .*: the application ended the request with status 3$/,
      ),
    ]);
  });
});
