/** Programs behind the server, played by a fake gateway: what goes to them, what of their answers reaches the client. */
import { describe, expect, test } from 'vitest';
import type { GatewayFailure, GatewayRequest } from '../../runtime/gateway/gateway.ts';
import { fakeGateway, fakeHead, type FakeCall } from '../support/fake-gateway.ts';
import { exchangeRaw, type RawOptions, type RawResult } from '../support/raw-client.ts';
import { makeDirectory, type TableParts } from '../support/routing-table.ts';
import { makeDirectoryOnDisk, startServer } from '../support/test-site.ts';

interface Played {
  readonly parts?: TableParts;
  readonly host?: NonNullable<TableParts['hosts']>[number];
  readonly client?: Partial<RawOptions>;
}

const GET = 'GET /s.play HTTP/1.1\r\nHost: h.test\r\n\r\n';
const FILE = 'GET /file.txt HTTP/1.1\r\nHost: h.test\r\n\r\n';

/** Sends bytes to a server whose programs `play` plays. */
async function send(
  text: string,
  play: (call: FakeCall) => void,
  { parts = {}, host = {}, client = {} }: Played = {},
): Promise<RawResult> {
  await using site = makeDirectoryOnDisk();
  site.write('s.play', 'source text of a script');
  site.write('handler.play', '');
  site.write('file.txt', 'a file');
  site.write('404.txt', 'own page');
  await using server = await startServer(
    {
      ...parts,
      server: { cgiHandlers: [{ extension: 'play', program: '/usr/bin/play' }], ...parts.server },
      hosts: [{ hostnames: ['h.test'], websiteRoot: site.path, executeCgi: true, ...host }],
    },
    { gateway: fakeGateway(play) },
  );
  return await exchangeRaw(text, { port: server.port, ...client });
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

function failing(status: GatewayFailure['status']): (call: FakeCall) => void {
  return ({ observer }) =>
    observer.onFailure({
      code: 'HWR_QUEUE_FULL',
      message: 'the application does not listen',
      status,
      proxyError: 'connection_limit_reached',
      retryAfterSeconds: status === 503 ? 7 : null,
    });
}

describe('X-Hiawatha-Ban', () => {
  test.each([
    { banByCgi: { maxMs: null }, bans: 1 },
    { banByCgi: null, bans: 0 },
  ])('bans $bans clients where BanByCGI is $banByCgi', async ({ banByCgi, bans }) => {
    await using site = makeDirectoryOnDisk();
    site.write('s.play', '');
    await using server = await startServer(
      {
        server: { cgiHandlers: [{ extension: 'play', program: '/usr/bin/play' }] },
        hosts: [{ hostnames: ['h.test'], websiteRoot: site.path, executeCgi: true, banByCgi }],
      },
      {
        gateway: fakeGateway(({ observer }) =>
          observer.onAnswer(fakeHead({ instructions: [['x-hiawatha-ban', '60']] }), bytes('hi')),
        ),
      },
    );
    const { answers } = await exchangeRaw(GET, { port: server.port, answers: 1 });
    expect(answers[0]?.body).toBe('hi');
    expect(server.server.liftBans()).toBe(bans);
  });
});

/** The call of the CGI wrapper for one request, as the gateway gets it. */
async function wrapped(parts: Played): Promise<Partial<GatewayRequest>> {
  let asked: Partial<GatewayRequest> = {};
  await send(
    GET,
    ({ request, observer }) => {
      asked = request;
      observer.onAnswer(fakeHead(), bytes(''));
    },
    { ...parts, client: { answers: 1 } },
  );
  return asked;
}

describe('WrapCGI', () => {
  const CALL = {
    program: '/opt/wrap',
    name: '/usr/bin/play',
    arguments: ['/usr/bin/play', expect.stringMatching(/\/s\.play$/) as string],
    isOwnSession: false,
    variables: expect.arrayContaining([
      ['CGIWRAP_ID', 'site1'],
      ['CGIWRAP_FOLLOWSYMLINKS', 'false'],
      ['CGIWRAP_TIMEFORCGI', '5'],
    ]) as unknown[],
  };
  const parts = {
    server: {
      cgiHandlers: [{ extension: 'play', program: '/usr/bin/play' }],
      cgiWrapper: '/opt/wrap',
    },
  };

  test('has the wrapper start the programs of a host', async () => {
    const host = { wrapCgi: 'site1', timeForCgiMs: 5000 };
    expect(await wrapped({ parts, host })).toMatchObject(CALL);
  });

  test('of a directory counts more than that of its host', async () => {
    const directories = [makeDirectory({ paths: ['/'], wrapCgi: 'site1' })];
    const host = { wrapCgi: 'site2', directories: [0], timeForCgiMs: 5000 };
    expect(await wrapped({ parts: { ...parts, directories }, host })).toMatchObject(CALL);
  });

  test('that is not set lets the server start them', async () => {
    const asked = await wrapped({ parts });
    expect(asked).toMatchObject({ program: '/usr/bin/play', name: null, isOwnSession: true });
    expect(JSON.stringify(asked)).not.toContain('CGIWRAP_');
  });
});

const TWO = { client: { answers: 2 } } as const;

describe('an answer of a program', () => {
  test('that is complete is chunked unless it has a length', async () => {
    const result = await send(
      GET + FILE,
      ({ observer }) => observer.onAnswer(fakeHead({ status: 202 }), bytes('done')),
      TWO,
    );
    const [first, second] = result.answers;
    expect([first?.status, first?.body, first?.fields.get('transfer-encoding')]).toEqual([
      202,
      'done',
      'chunked',
    ]);
    expect(second?.body).toBe('a file');
  });

  test('that comes in parts is chunked', async () => {
    const result = await send(
      GET + FILE,
      ({ observer }) => {
        observer.onHead(fakeHead());
        observer.onChunk(bytes('one '));
        observer.onChunk(bytes('two'));
        observer.onEnd();
      },
      TWO,
    );
    expect(result.answers.map(({ body }) => body)).toEqual(['one two', 'a file']);
    expect(result.answers[0]?.fields.get('transfer-encoding')).toBe('chunked');
  });

  test('has its own length where it gives one', async () => {
    const result = await send(
      GET + FILE,
      ({ observer }) => {
        observer.onHead(fakeHead({ contentLength: 3 }));
        observer.onChunk(bytes('abc'));
        observer.onEnd();
      },
      TWO,
    );
    expect(result.answers[0]?.fields.get('content-length')).toBe('3');
  });

  test.each(['GET', 'HEAD'])(
    'to %s keeps the bytes of its fields when its head goes ahead of its body',
    async (method) => {
      const value = 'caf\u00c3\u00a9 \u00ff';
      const begun = ({ observer }: FakeCall): void => {
        observer.onHead(fakeHead({ fields: [['X-Name', value]] }));
        observer.onEnd();
      };
      const client = { answers: 1, isHead: method === 'HEAD' };
      const { answers } = await send(GET.replace('GET', method), begun, { client });
      expect(answers[0]?.fields.get('x-name')).toBe(value);
    },
  );

  test('is cut at its length', async () => {
    const long = ({ observer }: FakeCall): void => {
      observer.onHead(fakeHead({ contentLength: 3 }));
      observer.onChunk(bytes('abcdef'));
      observer.onEnd();
    };
    const whole = ({ observer }: FakeCall): void =>
      observer.onAnswer(fakeHead({ contentLength: 3 }), bytes('abcdef'));
    for (const play of [long, whole]) {
      const result = await send(GET + FILE, play, TWO);
      expect(result.answers.map(({ body }) => body)).toEqual(['abc', 'a file']);
    }
  });

  test('that is shorter than its length is visibly cut', async () => {
    const inParts = ({ observer }: FakeCall): void => {
      observer.onHead(fakeHead({ contentLength: 30 }));
      observer.onChunk(bytes('abc'));
      observer.onEnd();
    };
    const whole = ({ observer }: FakeCall): void =>
      observer.onAnswer(fakeHead({ contentLength: 30 }), bytes('abc'));
    for (const play of [inParts, whole]) {
      const result = await send(GET + FILE, play);
      expect([result.answers, result.isClosed]).toEqual([[], true]);
      expect(result.rest).toContain('Content-Length: 30');
    }
  });

  test('that breaks off is visibly cut, without an error page', async () => {
    const result = await send(GET + FILE, (call) => {
      call.observer.onHead(fakeHead());
      call.observer.onChunk(bytes('begun'));
      failing(502)(call);
    });
    expect([result.answers, result.isClosed]).toEqual([[], true]);
    expect(result.rest).toMatch(/begun\r\n$/);
  });

  test.each([204, 304])('with status %i has no body', async (status) => {
    const result = await send(
      GET + FILE,
      ({ observer }) => {
        observer.onHead(fakeHead({ status, fields: [] }));
        observer.onChunk(bytes('surplus'));
        observer.onEnd();
      },
      TWO,
    );
    expect(result.answers.map((answer) => answer.status)).toEqual([status, 200]);
    expect(result.answers[0]?.fields.has('transfer-encoding')).toBe(false);
  });

  test('to HEAD has a head only', async () => {
    const result = await send(
      GET.replace('GET', 'HEAD'),
      ({ observer, request }) => {
        expect(request.isBodyWanted).toBe(false);
        observer.onAnswer(fakeHead({ contentLength: 10 }), bytes(''));
      },
      { client: { answers: 1, isHead: true } },
    );
    expect(result.answers[0]?.fields.get('content-length')).toBe('10');
    expect(result.rest).toBe('');
  });

  test('to HTTP/1.0 is never chunked and always closed', async () => {
    const result = await send(
      'GET /s.play HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
      ({ observer }) => {
        observer.onHead(fakeHead());
        observer.onChunk(bytes('abc'));
        observer.onEnd();
      },
    );
    expect(result.answers[0]?.body).toBe('abc');
    expect(result.answers[0]?.fields.has('transfer-encoding')).toBe(false);
    expect(result.isClosed).toBe(true);
  });

  test('closes the connection when the program asks for it', async () => {
    const result = await send(GET + FILE, ({ observer }) =>
      observer.onAnswer(fakeHead({ isConnectionClosed: true }), bytes('last')),
    );
    expect(result.answers.map(({ body }) => body)).toEqual(['last']);
  });

  test('keeps its own Date, and has no second one', async () => {
    const result = await send(
      GET,
      ({ observer }) =>
        observer.onAnswer(
          fakeHead({ fields: [['date', 'Thu, 01 Jan 1970 00:00:00 GMT']] }),
          bytes(''),
        ),
      { client: { answers: 1 } },
    );
    expect(result.answers[0]?.fields.get('date')).toBe('Thu, 01 Jan 1970 00:00:00 GMT');
  });

  test('never has the Server field of the program beside ours', async () => {
    const play = ({ observer }: FakeCall): void =>
      observer.onAnswer(fakeHead({ instructions: [['server', 'theirs']] }), bytes(''));
    const ours = await send(GET, play, { client: { answers: 1 } });
    expect(ours.answers[0]?.fields.get('server')).toBe('hiawatha-ts');
    const theirs = await send(GET, play, {
      client: { answers: 1 },
      parts: { server: { serverString: null } },
    });
    expect(theirs.answers[0]?.fields.get('server')).toBe('theirs');
  });

  test.each([
    ['file.txt', 200, 'a file'],
    ['missing.txt', 404, null],
  ])('with X-Sendfile is the file %s', async (name, status, body) => {
    const result = await send(
      GET,
      ({ observer, request }) => {
        const root =
          request.variables.find(([variable]) => variable === 'DOCUMENT_ROOT')?.[1] ?? '';
        observer.onAnswer(
          fakeHead({ instructions: [['x-sendfile', `${root}/${name}`]] }),
          bytes('x'),
        );
      },
      { client: { answers: 1 } },
    );
    expect(result.answers[0]?.status).toBe(status);
    if (body !== null) expect(result.answers[0]?.body).toBe(body);
  });

  test.each(['file.txt', '../file.txt', '/tmp/../etc/passwd', '/etc/./passwd'])(
    'with X-Sendfile %s is refused',
    async (path) => {
      const result = await send(GET, ({ observer }) =>
        observer.onAnswer(fakeHead({ instructions: [['x-sendfile', path]] }), bytes('x')),
      );
      expect(result.answers.map(({ status }) => status)).toEqual([500]);
    },
  );

  describe('where files are handed over', () => {
    async function handOver(instruction: string, value: (directory: string) => string) {
      await using elsewhere = makeDirectoryOnDisk();
      elsewhere.write('deep/a b.txt', 'private');
      const privateFiles = [{ urlPath: '/protected/', directory: `${elsewhere.path}/` }];
      const field = [instruction, value(elsewhere.path)] as const;
      const { answers } = await send(
        GET,
        ({ observer }) => observer.onAnswer(fakeHead({ instructions: [field] }), bytes('x')),
        { client: { answers: 1 }, parts: { server: { privateFiles } } },
      );
      return [answers[0]?.status, answers[0]?.status === 200 ? answers[0].body : null];
    }

    test.each([
      ['/protected/deep/a%20b.txt', 'private'],
      ['/protected/deep/a b.txt?x=1', 'private'],
    ])('with X-Accel-Redirect %s is the file %s', async (url, body) => {
      expect(await handOver('x-accel-redirect', () => url)).toEqual([200, body]);
    });

    test.each([
      ['x-accel-redirect', ['image/png', 'attachment', 'a=1']],
      ['x-sendfile', ['text/plain', undefined, undefined]],
    ])('with %s takes over of the answer what belongs to it', async (instruction, expected) => {
      await using elsewhere = makeDirectoryOnDisk();
      elsewhere.write('a.txt', 'private');
      const { path } = elsewhere;
      const privateFiles = [{ urlPath: '/protected/', directory: `${path}/` }];
      const file = instruction === 'x-sendfile' ? `${path}/a.txt` : '/protected/a.txt';
      const head = fakeHead({
        fields: [
          ['Content-type', 'image/png'],
          ['Content-Disposition', 'attachment'],
          ['Set-Cookie', 'a=1'],
          ['X-Debug', 'yes'],
        ],
        instructions: [[instruction, file]],
      });
      const { answers } = await send(GET, ({ observer }) => observer.onAnswer(head, bytes('x')), {
        client: { answers: 1 },
        parts: {
          server: { privateFiles, mimeTypes: [{ extension: 'txt', type: 'text/plain' }] },
        },
      });
      const fields = answers[0]?.fields;
      const names = ['content-type', 'content-disposition', 'set-cookie'];
      expect(names.map((name) => fields?.get(name))).toEqual(expected);
      expect(fields?.has('x-debug')).toBe(false);
    });

    test('with X-Sendfile outside of every allowed directory is refused', async () => {
      expect(await handOver('x-sendfile', () => '/etc/passwd')).toEqual([500, null]);
      expect(await handOver('x-sendfile', (path) => `${path}-other/file`)).toEqual([500, null]);
    });

    test('with X-Sendfile is a file below them', async () => {
      const path = (directory: string): string => `${directory}/deep/a b.txt`;
      expect(await handOver('x-sendfile', path)).toEqual([200, 'private']);
    });

    test.each([
      ['/other/a.txt', 500],
      ['/protected', 500],
      ['/protected/../s.play', 500],
      ['/protected/%2e%2e/s.play', 500],
      ['/protected/deep/%2E./x', 500],
      ['/protected/deep%00', 500],
      ['/protected/missing', 404],
    ])('with X-Accel-Redirect %s is refused: %i', async (url, status) => {
      expect(await handOver('x-accel-redirect', () => url)).toEqual([status, null]);
    });
  });

  test('with X-Accel-Redirect means nothing where no files are handed over', async () => {
    const result = await send(
      GET,
      ({ observer }) =>
        observer.onAnswer(fakeHead({ instructions: [['x-accel-redirect', '/x']] }), bytes('own')),
      { client: { answers: 1 } },
    );
    expect(result.answers[0]?.body).toBe('own');
  });

  test('with an error is replaced by ours with TriggerOnCGIstatus', async () => {
    const result = await send(
      GET + FILE,
      ({ observer }) => observer.onAnswer(fakeHead({ status: 404 }), bytes('theirs')),
      { ...TWO, host: { triggerOnCgiStatus: true } },
    );
    expect(result.answers[0]?.status).toBe(404);
    expect(result.answers[0]?.body).toContain('404 - Not Found');
  });

  test.each([201, 206, 302])(
    'with status %i is not touched by TriggerOnCGIstatus',
    async (status) => {
      const result = await send(
        GET,
        ({ observer }) => observer.onAnswer(fakeHead({ status }), bytes('theirs')),
        { client: { answers: 1 }, host: { triggerOnCgiStatus: true } },
      );
      expect([result.answers[0]?.status, result.answers[0]?.body]).toEqual([status, 'theirs']);
    },
  );
});

describe('Throttle', () => {
  const throttles = (bytesPerSecond: number): TableParts => ({
    server: { throttles: [{ match: 'text/plain', bytesPerSecond }] },
  });

  test('lets an answer that comes at once arrive whole, and in its time', async () => {
    const started = performance.now();
    const { answers } = await send(
      GET,
      ({ observer }) => observer.onAnswer(fakeHead(), bytes('0123456789'.repeat(50))),
      { parts: throttles(2000), client: { answers: 1 } },
    );
    expect(answers[0]?.body).toBe('0123456789'.repeat(50));
    // Two parts of 250 bytes: the second leaves an eighth of a second after the first.
    expect(performance.now() - started).toBeGreaterThan(100);
  });

  test('asks the program for more only when what it sent has left', async () => {
    const granted: number[] = [];
    const { answers } = await send(
      GET,
      (call) => {
        call.onChange = () => granted.push(call.grantedBytes);
        call.observer.onHead(fakeHead({ contentLength: 3000 }));
        call.observer.onChunk(bytes('x'.repeat(2000)));
        call.observer.onChunk(bytes('y'.repeat(1500)));
        setImmediate(() => call.observer.onEnd());
      },
      { parts: throttles(8000), client: { answers: 1 } },
    );
    expect(answers[0]?.body).toBe('x'.repeat(2000) + 'y'.repeat(1000));
    // At once the first part, and what is more than was promised, which goes nowhere.
    expect(granted).toEqual([1000, 1500]);
  });

  test('leaves other types alone', async () => {
    const { answers } = await send(
      GET,
      ({ observer }) => {
        const fields = [['Content-Type', 'text/html']] as const;
        observer.onAnswer(fakeHead({ fields }), bytes('x'.repeat(5000)));
      },
      { parts: throttles(1), client: { answers: 1 } },
    );
    expect(answers[0]?.body).toBe('x'.repeat(5000));
  });
});

describe('a program that fails', () => {
  test.each<[GatewayFailure['status'], boolean]>([
    [502, false],
    [503, false],
    [500, true],
  ])('is answered with %i', async (status, isClosed) => {
    const result = await send(GET + FILE, failing(status), isClosed ? {} : TWO);
    expect(result.answers.map((answer) => answer.status)).toEqual(
      isClosed ? [status] : [status, 200],
    );
    expect(result.answers[0]?.body).not.toContain('source text');
    expect(result.answers[0]?.fields.get('retry-after')).toBe(status === 503 ? '7' : undefined);
  });

  test.each([
    [false, 500],
    [true, 504],
  ])('to be ready in time (gatewayTimeout %j) is answered with %i', async (isSaid, status) => {
    const parts = { server: { gatewayTimeout: isSaid } };
    const result = await send(GET + FILE, failing(504), { parts });
    expect(result.answers.map((answer) => answer.status)).toEqual([status]);
  });

  test('may have an ErrorHandler', async () => {
    const host = { errorHandlers: [{ status: 503 as const, path: '/404.txt', query: null }] };
    const result = await send(GET, failing(503), { client: { answers: 1 }, host });
    expect([result.answers[0]?.status, result.answers[0]?.body]).toEqual([503, 'own page']);
  });

  test('in an ErrorHandler gets the built-in page', async () => {
    const host = { errorHandlers: [{ status: 503 as const, path: '/handler.play', query: null }] };
    const result = await send(GET, failing(503), { client: { answers: 1 }, host });
    expect(result.answers[0]?.body).toContain('503 - Service Unavailable');
  });
});

describe('an ErrorHandler', () => {
  const host = {
    errorHandlers: [{ status: 404 as const, path: '/handler.play', query: 'code=404' }],
  };
  const request = 'POST /gone/x?a HTTP/1.1\r\nHost: h.test\r\nContent-Length: 3\r\n\r\nabc';

  test('sees the request that went wrong, its own query and the status', async () => {
    let seen = new Map<string, string>();
    const result = await send(
      request.replace('/gone/x', '/gone.play'),
      (call) => {
        seen = new Map(call.request.variables);
        call.observer.onAnswer(fakeHead(), bytes('handled'));
      },
      { client: { answers: 1 }, host },
    );
    expect([result.answers[0]?.status, result.answers[0]?.body]).toEqual([404, 'handled']);
    expect(seen.get('SCRIPT_FILENAME')).toMatch(/\/handler\.play$/);
    expect(
      ['REQUEST_URI', 'SCRIPT_NAME', 'QUERY_STRING', 'HTTP_GENERATED_ERROR', 'CONTENT_LENGTH'].map(
        (name) => seen.get(name),
      ),
    ).toEqual(['/gone.play?a', '/gone.play', 'code=404', '404', '3']);
  });

  test.each([
    { how: 'in one piece', fields: 'Content-Length: 3', sent: 'abc', given: 'abc', said: '3' },
    {
      how: 'in chunks',
      fields: 'Transfer-Encoding: chunked',
      sent: '3\r\nabc\r\n0\r\n\r\n',
      given: 'abc',
      said: '3',
    },
    {
      how: 'too large for memory',
      fields: 'Content-Length: 60000',
      sent: 'x'.repeat(60_000),
      given: 'none',
      said: undefined,
    },
  ])('of a script that failed gets the body again: $how', async ({ fields, sent, given, said }) => {
    const { answers } = await send(
      `POST /s.play HTTP/1.1\r\nHost: h.test\r\n${fields}\r\n\r\n${sent}`,
      (call) => {
        const { variables, body } = call.request;
        const seen = new Map(variables);
        if (!seen.has('HTTP_GENERATED_ERROR')) {
          failing(503)(call);
          return;
        }
        expect(seen.get('CONTENT_LENGTH')).toBe(said);
        const text = body.kind === 'inline' ? Buffer.from(body.bytes).toString() : body.kind;
        call.observer.onAnswer(fakeHead(), bytes(text));
      },
      {
        client: { answers: 1 },
        host: { errorHandlers: [{ status: 503, path: '/handler.play', query: null }] },
      },
    );
    expect([answers[0]?.status, answers[0]?.body]).toEqual([503, given]);
  });

  test('decides on the status itself', async () => {
    const result = await send(
      'GET /gone HTTP/1.1\r\nHost: h.test\r\n\r\n',
      ({ observer }) => observer.onAnswer(fakeHead({ status: 410 }), bytes('')),
      { client: { answers: 1 }, host },
    );
    expect(result.answers[0]?.status).toBe(410);
  });
});

describe('the body of a request', () => {
  const post = (length: number): string =>
    `POST /s.play HTTP/1.1\r\nHost: h.test\r\nContent-Length: ${length}\r\n\r\n`;

  test('goes with the request when it is small', async () => {
    const result = await send(
      `${post(5)}hello`,
      ({ request, observer }) => {
        const { body } = request;
        const text = body.kind === 'inline' ? Buffer.from(body.bytes).toString() : body.kind;
        observer.onAnswer(fakeHead(), bytes(text));
      },
      { client: { answers: 1 } },
    );
    expect(result.answers[0]?.body).toBe('hello');
  });

  test('is streamed when it is large', async () => {
    const text = 'x'.repeat(60_000);
    const result = await send(
      post(text.length) + text,
      (call) => {
        expect(call.request.body).toEqual({ kind: 'stream', bytes: 60_000 });
        const answer = (): void => {
          if (call.isBodyEnded) call.observer.onAnswer(fakeHead(), bytes(String(call.body.length)));
        };
        call.onChange = answer;
        answer();
      },
      { client: { answers: 1 } },
    );
    expect(result.answers[0]?.body).toBe('60000');
  });

  test('waits while the program takes no more', async () => {
    const text = 'x'.repeat(900_000);
    let mostAtOnce = 0;
    const result = await send(
      post(text.length) + text,
      (call) => {
        let seen = 0;
        call.isBodyTaken = false;
        const drain = (): void => {
          mostAtOnce = Math.max(mostAtOnce, call.body.length - seen);
          seen = call.body.length;
          if (call.isBodyEnded) {
            call.observer.onAnswer(fakeHead(), bytes(String(seen)));
          } else {
            setImmediate(() => {
              call.observer.onBodyDrain();
              drain();
            });
          }
        };
        drain();
      },
      {
        client: { answers: 1 },
        parts: { bindings: [{ maxRequestBytes: 1_000_000 }] },
      },
    );
    expect(result.answers[0]?.body).toBe('900000');
    expect(mostAtOnce).toBeLessThan(200_000);
  });

  test.each([3, 70_000, 300_000])(
    'of %i bytes in chunks has a length for the program',
    async (size) => {
      const chunk = `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n0\r\nX-Trailer: secret\r\n\r\n`;
      const head = 'POST /s.play HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n';
      const result = await send(
        head + chunk,
        (call) => {
          const { body, variables } = call.request;
          const length = new Map(variables).get('CONTENT_LENGTH') ?? 'none';
          expect(variables.map(([name]) => name)).not.toContain('HTTP_X_TRAILER');
          const answer = (): void => {
            if (body.kind === 'stream' && !call.isBodyEnded) return;
            const got = body.kind === 'inline' ? body.bytes.length : call.body.length;
            call.observer.onAnswer(fakeHead(), bytes(`${length} ${got}`));
          };
          call.onChange = answer;
          answer();
        },
        {
          client: { answers: 1 },
          parts: { bindings: [{ maxRequestBytes: 1_000_000 }] },
        },
      );
      expect(result.answers[0]?.body).toBe(`${size} ${size}`);
    },
  );

  test('is not given to a GET', async () => {
    const result = await send(
      `${post(5).replace('POST', 'GET')}hello${FILE}`,
      ({ request, observer }) => observer.onAnswer(fakeHead(), bytes(request.body.kind)),
      TWO,
    );
    expect(result.answers.map(({ body }) => body)).toEqual(['none', 'a file']);
  });

  test('that nobody reads is not the next request', async () => {
    const result = await send(
      `${post(40_000)}${'x'.repeat(40_000)}${FILE}`,
      ({ observer }) => observer.onAnswer(fakeHead(), bytes('early')),
      TWO,
    );
    expect(result.answers.map(({ body }) => body)).toEqual(['early', 'a file']);
  });
});

describe('a client', () => {
  test('that takes its time gets no more than the credit', async () => {
    const granted = Promise.withResolvers<number>();
    const chunkBytes = 65_536;
    const result = await send(
      GET,
      (call) => {
        call.observer.onHead(fakeHead({ contentLength: chunkBytes * 4 }));
        for (let sent = 0; sent < 4; sent += 1)
          call.observer.onChunk(Buffer.alloc(chunkBytes, 'x'));
        const check = (): void => {
          if (call.grantedBytes === chunkBytes * 4) {
            granted.resolve(call.grantedBytes);
            call.observer.onEnd();
          }
        };
        call.onChange = check;
        check();
      },
      { client: { answers: 1 } },
    );
    expect(result.answers[0]?.body.length).toBe(chunkBytes * 4);
    expect(await granted.promise).toBe(chunkBytes * 4);
  });

  test.each([
    ['before the answer begins', false, '1.1'],
    ['in the middle of an answer that is silent', true, '1.1'],
    ['before the answer begins over HTTP/1.0', false, '1.0'],
    ['in the middle of an answer that is silent over HTTP/1.0', true, '1.0'],
  ])('that goes away %s ends the call', async (_, isAnswerBegun, version) => {
    const aborted = Promise.withResolvers<boolean>();
    await using site = makeDirectoryOnDisk();
    site.write('s.play', '');
    let onStarted: (() => void) | null = null;
    await using server = await startServer(
      {
        server: { cgiHandlers: [{ extension: 'play', program: '/usr/bin/play' }] },
        hosts: [{ websiteRoot: site.path, executeCgi: true }],
      },
      {
        gateway: fakeGateway((call) => {
          call.onChange = () => aborted.resolve(call.isAborted);
          if (isAnswerBegun) call.observer.onHead(fakeHead());
          else onStarted?.();
        }),
      },
    );
    const { connect } = await import('node:net');
    const socket = connect(server.port, '127.0.0.1');
    onStarted = () => socket.destroy();
    socket.once('data', () => socket.destroy());
    socket.write(GET.replace('1.1', version));
    expect(await aborted.promise).toBe(true);
  });
});

describe('a client that has stopped sending', () => {
  test('gets the answer of a program that takes its time', async () => {
    const wait = Promise.withResolvers<null>();
    const result = await send(
      GET,
      ({ observer }) => {
        void wait.promise.then(() => observer.onAnswer(fakeHead(), bytes('late')));
      },
      { client: { isHalfClosed: true, onFirstBytes: () => wait.resolve(null) } },
    );
    expect(result.answers.map(({ status, body }) => [status, body])).toEqual([
      [100, ''],
      [200, 'late'],
    ]);
    expect(result.isClosed).toBe(true);
  });

  test('gets the answer over HTTP/1.0 as well, whose first byte comes early', async () => {
    const wait = Promise.withResolvers<null>();
    const result = await send(
      GET.replace('1.1', '1.0'),
      ({ observer }) => {
        void wait.promise.then(() => observer.onAnswer(fakeHead(), bytes('late')));
      },
      { client: { isHalfClosed: true, onFirstBytes: () => wait.resolve(null) } },
    );
    expect(result.answers.map(({ status, body }) => [status, body])).toEqual([[200, 'late']]);
    expect(result.isClosed).toBe(true);
  });
});
