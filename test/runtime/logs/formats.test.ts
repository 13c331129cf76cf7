/** What the logs write, byte for byte: programs read it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { RoutingTable } from '../../../routing-table/schema.ts';
import { byteStringOf } from '../../../runtime/byte-string.ts';
import { Exchange } from '../../../runtime/http/exchange.ts';
import { RequestBody } from '../../../runtime/http/request-body.ts';
import { Response } from '../../../runtime/http/response.ts';
import type { AnswerSink, IncomingBody } from '../../../runtime/http/transport.ts';
import { Logs } from '../../../runtime/log.ts';
import type { AccessEntry } from '../../../runtime/logs/access-line.ts';
import { newRequestTrace, type RequestTrace } from '../../../runtime/logs/request-trace.ts';
import type { RequestContext } from '../../../runtime/request-context.ts';
import { prepareSites, type Site } from '../../../runtime/routing/site.ts';
import { makeRequest } from '../../support/request-context.ts';
import { makeTable, type TableParts } from '../../support/routing-table.ts';
import { makeDirectoryOnDisk } from '../../support/test-site.ts';

// A zone with minutes, and with summer time.
process.env['TZ'] = 'Australia/Adelaide';

const WINTER = new Date('2024-06-30T14:29:59.999Z');
const SUMMER = new Date('2024-12-31T13:30:00.000Z');

const ENTRY: AccessEntry = {
  remoteAddress: '192.0.2.7',
  user: null,
  at: WINTER,
  method: 'GET',
  target: '/',
  httpVersion: '1.1',
  status: 200,
  bytes: 1234,
  fields: [
    ['Host', 'www.example.org'],
    ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'],
    ['Accept', '*/*'],
    ['Referer', 'https://example.com/search?q=a+b'],
    ['Cookie', 'session=secret'],
  ],
};

const ENTRIES: readonly AccessEntry[] = [
  ENTRY,
  { ...ENTRY, method: 'HEAD', httpVersion: '1.0', status: 304, bytes: 0, fields: [] },
  { ...ENTRY, remoteAddress: '2001:db8::7', httpVersion: '2.0', target: '/news?page=2&x=%22' },
  { ...ENTRY, user: 'anna maria', method: 'POST', status: 401, bytes: 5_000_000_000 },
  {
    ...ENTRY,
    at: SUMMER,
    status: 404,
    target: byteStringOf('/caf%C3%A9"\\|'),
    fields: [
      ['user-agent', byteStringOf('caf\u{e9} "quoted" \\ | \t\x1b[31m')],
      ['ORIGIN', 'https://origin.example'],
      ['Referer', 'https://referer.example/'],
      ['X-Empty', ''],
      ['Authorization', 'Basic c2VjcmV0'],
      ['Proxy-Authorization', 'Basic c2VjcmV0'],
    ],
  },
];

/** Lets logs be written to files in a directory; gives what is in one of them then. */
async function written(
  name: string,
  parts: (at: (name: string) => string) => TableParts,
  write: (logs: Logs, site: Site) => void,
): Promise<string> {
  await using directory = makeDirectoryOnDisk();
  const at = (file: string): string => `${directory.path}/${file}`;
  const table = makeTable(parts(at));
  const sites = prepareSites(table, '/');
  const logs = new Logs(table, sites, '/');
  const [site] = sites;
  if (site !== undefined) write(logs, site);
  await logs.close();
  return readFileSync(at(name), 'utf8');
}

function golden(name: string): string {
  return join(import.meta.dirname, '../../cases/logs', name);
}

describe.each(['hiawatha', 'common', 'extended'] as const)('LogFormat = %s', (logFormat) => {
  const logged = (server: Partial<RoutingTable['server']> = {}): Promise<string> =>
    written(
      'access.log',
      (at) => ({
        server: { logFormat, ...server },
        hosts: [{ accessLogfile: { path: at('access.log'), rotation: null } }],
      }),
      (logs, site) => {
        for (const entry of ENTRIES) logs.access(site, entry);
      },
    );

  test('writes these bytes', async () => {
    await expect(await logged()).toMatchFileSnapshot(golden(`${logFormat}.log`));
  });

  test('writes these with AnonymizeIP', async () => {
    const addresses = (await logged({ anonymizeIp: true }))
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/[ |]/)[0]);
    expect(new Set(addresses)).toEqual(new Set(['192.0.2.0', '2001:db8::']));
  });
});

describe('the other logs', () => {
  const ATTACK = 'a|b\n\x1b[31m\xc3\xa9';

  test.each([
    ['system', (logs: Logs) => logs.system('started\nagain a|b \u{e9}', '192.0.2.7')],
    [
      'error',
      (logs: Logs, site: Site) => {
        logs.error(site, '192.0.2.7', 'access denied via accesslist');
        logs.error(site, '192.0.2.7', `Warning: ${ATTACK}\n`, '/srv/www/a|b.php');
      },
    ],
    [
      'exploit',
      (logs: Logs, site: Site) => logs.exploit('192.0.2.7', site, `/../${ATTACK}`, 'invalid URL'),
    ],
    ['garbage', (logs: Logs) => logs.garbage('192.0.2.7', 'GET / HTTP/1.1\r\nX: a|b\r\n\r\n')],
  ] as const)('%s: these bytes', async (kind, write) => {
    vi.useFakeTimers({ now: SUMMER, toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const text = await written(
      `${kind}.log`,
      (at) => ({
        server: {
          systemLogfile: at('system.log'),
          exploitLogfile: at('exploit.log'),
          garbageLogfile: at('garbage.log'),
        },
        hosts: [{ errorLogfile: at('error.log') }],
      }),
      write,
    );
    await expect(text).toMatchFileSnapshot(golden(`${kind}.log`));
  });
});

describe('the JSON log', () => {
  const SINK: AnswerSink = {
    writableEnded: false,
    socket: null,
    writeContinue: () => undefined,
    writeHeadStart: () => false,
    settleHead: () => undefined,
    endWith: () => undefined,
    flushHeaders: () => undefined,
    write: () => true,
    end: () => undefined,
    on: () => undefined,
    destroy: () => undefined,
  };
  const BODY: IncomingBody = {
    complete: true,
    readableLength: 0,
    on: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
  };

  /** A request that began 20 ms ago, and what was answered. */
  function exchangeOf(site: Site, parts: Partial<RequestContext>, status: number | null): Exchange {
    const request = makeRequest({ receivedAtMs: 1_000, remoteAddress: '192.0.2.7', ...parts });
    const options = { maxBytes: 0, isContinueExpected: false, overhead: null };
    const body = new RequestBody(BODY, SINK, request.body, options);
    const response = new Response(SINK, request, () => undefined);
    const exchange = new Exchange(request, body, response, site);
    if (status !== null) response.send(status, [], 'hello');
    return exchange;
  }

  const TLS = { version: 'TLSv1.3', cipher: 'TLS-AES-256-GCM-SHA384', servername: null } as const;

  const REQUESTS: readonly {
    readonly request: Partial<RequestContext>;
    readonly status: number | null;
    readonly user?: string;
    readonly trace?: Partial<RequestTrace>;
  }[] = [
    {
      request: {
        target: '/news?page=2&q=%22',
        fields: [
          ['Referer', 'https://example.com/'],
          ['User-Agent', byteStringOf('caf\u{e9} "quoted" \\ | \x1b[31m \u{2028}')],
        ],
      },
      status: 200,
      trace: { handler: 'static-file', firstByteAtMs: 1_019.4567 },
    },
    {
      request: {
        method: 'POST',
        httpVersion: '2.0',
        hostname: null,
        isTls: true,
        tls: { ...TLS, client: null },
      },
      status: 401,
      user: 'anna',
      trace: {
        handler: 'fastcgi',
        rule: { toolkit: 0, rule: 1 },
        cache: 'miss',
        firstByteAtMs: 1_019,
        call: { member: '/run/php.sock', startedAtMs: 1_001, placedAtMs: 1_001.5, connectMs: 0.25 },
      },
    },
    { request: {}, status: null, trace: { handler: 'cgi' } },
  ];

  test('writes these bytes', async () => {
    vi.spyOn(performance, 'now').mockReturnValue(1_020);
    onTestFinished(() => void vi.restoreAllMocks());
    const text = await written(
      'requests.jsonl',
      (at) => ({
        server: { jsonLog: { path: at('requests.jsonl'), rotation: null } },
        toolkits: [{ id: 'front', rules: [] }],
      }),
      (logs, site) => {
        for (const { request, status, user, trace } of REQUESTS) {
          const exchange = exchangeOf(site, request, status);
          if (user !== undefined) exchange.login = { user, scheme: 'Basic' };
          logs.request(exchange, { ...newRequestTrace(), ...trace }, WINTER, status !== null);
        }
      },
    );
    const ids = text.match(/(?<="request":")[0-9a-f]{12}(?=")/g) ?? [];
    expect(new Set(ids).size).toBe(REQUESTS.length);
    const named = ids.reduce((rest, id, at) => rest.replace(id, `${at}`.repeat(12)), text);
    await expect(named).toMatchFileSnapshot(golden('requests.jsonl'));
  });
});
