/** Clients that go away while a script works for them, where hiawatha-ts.json lets it go on. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { gatewayFailure } from '../../runtime/gateway/failure.ts';
import { fakeGateway, fakeHead, type FakeCall } from '../support/fake-gateway.ts';
import { exchangeRaw } from '../support/raw-client.ts';
import type { TableParts } from '../support/routing-table.ts';
import { makeDirectoryOnDisk, startServer } from '../support/test-site.ts';
import { waitFor } from '../support/wait-for.ts';

const LIMITS = { processes: 4, queue: { length: 10, deadlineMs: null } };
const POST = 'POST /s.play HTTP/1.1\r\nHost: h.test\r\nContent-Length:';

interface Abandoned {
  readonly call: FakeCall;
  readonly jsonLine: () => Promise<unknown>;
  readonly errorLog: () => string;
  /** Asks again, with a client that stays. */
  readonly ask: (text: string) => Promise<string>;
}

/** Has a client send a request and go away when the script has it. */
async function abandon(
  text: string,
  parts: TableParts,
  use: (abandoned: Abandoned) => Promise<void>,
  later: (call: FakeCall) => void = () => undefined,
): Promise<void> {
  await using site = makeDirectoryOnDisk();
  site.write('s.play', '');
  const calls: FakeCall[] = [];
  const begun = Promise.withResolvers<FakeCall>();
  const gone = Promise.withResolvers<null>();
  await using server = await startServer(
    {
      ...parts,
      server: {
        cgiHandlers: [{ extension: 'play', program: '/usr/bin/play' }],
        jsonLog: { path: `${site.path}/log`, rotation: null },
        ...parts.server,
      },
      hosts: [
        {
          hostnames: ['h.test'],
          websiteRoot: site.path,
          executeCgi: true,
          errorLogfile: `${site.path}/error.log`,
          fastCgiServers: parts.fastCgiServers === undefined ? [] : [0],
        },
      ],
    },
    {
      gateway: fakeGateway((call) => {
        calls.push(call);
        if (calls.length > 1) {
          later(call);
          return;
        }
        const { trace } = call.request;
        if (trace !== null) trace.placedAtMs = performance.now();
        call.onChange = () => {
          if (call.isAborted || call.isLeft) gone.resolve(null);
        };
        begun.resolve(call);
      }),
    },
  );
  const client = connect(server.port, '127.0.0.1');
  client.write(text);
  const call = await begun.promise;
  client.destroy();
  await gone.promise;
  await use({
    call,
    jsonLine: () => waitFor((): unknown => JSON.parse(readFileSync(`${site.path}/log`, 'utf8'))),
    errorLog: () => readFileSync(`${site.path}/error.log`, { encoding: 'utf8', flag: 'a+' }),
    ask: async (again) => {
      const { answers } = await exchangeRaw(again, { port: server.port, answers: 1 });
      return answers[0]?.body ?? '';
    },
  });
}

const GET = 'GET /s.play HTTP/1.1\r\nHost: h.test\r\n\r\n';
const FINISH = { cgi: { ...LIMITS, clientGone: 'finish' } } as const;

test.each<[kind: string, clientGone: 'abort' | 'finish', parts: TableParts]>([
  ['program', 'abort', { server: { cgi: { ...LIMITS, clientGone: 'abort' } } }],
  ['program', 'finish', { server: FINISH }],
  [
    'application',
    'abort',
    { server: FINISH, fastCgiServers: [{ extensions: ['play'], clientGone: 'abort' }] },
  ],
  ['application', 'finish', { fastCgiServers: [{ extensions: ['play'], clientGone: 'finish' }] }],
])('a %s whose client is gone is treated as it says: %s', async (_kind, clientGone, parts) => {
  const isLeft = clientGone === 'finish';
  await abandon(GET, parts, async ({ call, jsonLine }) => {
    expect([call.isLeft, call.isAborted]).toEqual([isLeft, !isLeft]);
    const abandoned = isLeft ? 'left' : 'aborted';
    expect(await jsonLine()).toMatchObject({ complete: false, abandoned });
  });
});

test('a script that has not got all of its body is aborted all the same', async () => {
  const text = `${POST} 60000\r\n\r\n${'x'.repeat(1000)}`;
  await abandon(text, { server: FINISH }, ({ call }) => {
    expect([call.isLeft, call.isAborted]).toEqual([false, true]);
    return Promise.resolve();
  });
});

test('a script that goes on without its client gets the rest of a body that is in a file', async () => {
  const chunks = `30d40\r\n${'x'.repeat(200_000)}\r\n0\r\n\r\n`;
  const head = 'POST /s.play HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n';
  const parts = { server: FINISH, bindings: [{ maxRequestBytes: 1_000_000 }] };
  await abandon(head + chunks, parts, async ({ call }) => {
    expect(call.isLeft).toBe(true);
    await waitFor(() => expect(call.isBodyEnded).toBe(true));
    expect(call.body).toHaveLength(200_000);
    call.observer.onAnswer(fakeHead(), Buffer.from(''));
  });
});

test('what a script asks of the cache is done though its client is gone', async () => {
  const keep = fakeHead({ instructions: [['x-hiawatha-cache', '60']] });
  let asked = 0;
  const play = ({ observer }: FakeCall): void => {
    asked += 1;
    observer.onAnswer(keep, Buffer.from(`answer ${asked}`));
  };
  await abandon(
    `${POST} 1\r\n\r\nx`,
    { server: FINISH },
    async ({ call, ask }) => {
      expect([await ask(GET), await ask(GET)]).toEqual(['answer 1', 'answer 1']);
      const remove = fakeHead({ instructions: [['x-hiawatha-cache-remove', 'all']] });
      call.observer.onAnswer(remove, Buffer.from('gone'));
      expect(await ask(GET)).toBe('answer 2');
    },
    play,
  );
});

test('a script that fails when its client is gone is in the error log', async () => {
  await abandon(GET, { server: FINISH }, async ({ call, errorLog }) => {
    const failure = gatewayFailure('HWR_CGI_KILLED', 'the program was ended by SIGSEGV');
    call.observer.onFailure(failure);
    call.observer.onStandardError({ member: null, text: 'out of luck', droppedBytes: 0 });
    await waitFor(() => expect(errorLog()).toContain('out of luck'));
    expect(errorLog()).toMatch(
      /s\.play\|after its client had gone: the program was ended by SIGSEGV.*\(request [0-9a-f]{12}\)/,
    );
  });
});

test('a server that is stopped gives scripts without a client the time that its clients had', async () => {
  const given: (number | undefined)[] = [];
  const gateway = {
    ...fakeGateway(() => undefined),
    close: (leftMs?: number) => {
      given.push(leftMs);
      return Promise.resolve();
    },
  };
  await using server = await startServer({}, { gateway });
  await server.server.close(60_000);
  expect(given[0]).toBeGreaterThan(50_000);
  expect(given[0]).toBeLessThanOrEqual(60_000);
});
