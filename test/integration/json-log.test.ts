/** The log that has a JSON object for each request. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import type { ToolkitRule } from '../../routing-table/schema.ts';
import { createGateway } from '../../runtime/gateway/create-gateway.ts';
import { exchangeRaw } from '../support/raw-client.ts';
import type { TableParts } from '../support/routing-table.ts';
import { startScriptedServer } from '../support/scripted-fcgi-server.ts';
import { makeDirectoryOnDisk, startServer, type TestDirectory } from '../support/test-site.ts';
import { waitFor } from '../support/wait-for.ts';

const gateway = createGateway({ threads: 1, onNotice: () => undefined, keepFromCalls: 0 });
afterAll(() => gateway.close());
const shared = { start: gateway.start.bind(gateway), close: () => Promise.resolve() };

type Line = Readonly<Record<string, unknown>>;

const schema: unknown = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../docs/json-log.schema.json'), 'utf8'),
);
const isLine = new Ajv2020({ formats: { 'date-time': true } }).compile<Line>(schema ?? {});

function linesOf(file: string): Line[] {
  const lines: Line[] = [];
  for (const text of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    const line: unknown = JSON.parse(text);
    if (!isLine(line)) throw new Error(`${text}: ${JSON.stringify(isLine.errors)}`);
    lines.push(line);
  }
  return lines;
}

/** Asks one after the other and gives the lines of the log, which are held against the schema. */
async function logged(
  parts: (directory: TestDirectory) => TableParts,
  requests: readonly string[],
): Promise<{ lines: Line[]; log: (name: string) => string; answers: string[] }> {
  await using directory = makeDirectoryOnDisk();
  directory.write('www/page.html', 'page');
  directory.write('www/s.php', '');
  directory.write(
    'www/s.cgi',
    '#!/bin/sh\necho "Content-Type: text/plain"; echo; echo hi\n',
    0o755,
  );
  const made = parts(directory);
  const answers: string[] = [];
  {
    await using server = await startServer(
      {
        ...made,
        server: { jsonLog: { path: 'requests.jsonl', rotation: null }, ...made.server },
        hosts: [
          {
            hostnames: ['h.test', 'alias.test'],
            websiteRoot: `${directory.path}/www`,
            errorLogfile: `${directory.path}/error.log`,
            accessLogfile: { path: `${directory.path}/access.log`, rotation: null },
            ...made.hosts?.[0],
          },
        ],
      },
      { gateway: shared, configDirectory: directory.path },
    );
    for (const request of requests) {
      const { answers: got } = await exchangeRaw(request, { port: server.port, answers: 1 });
      answers.push(got[0]?.fields.get('proxy-status') ?? '');
    }
  }
  const texts = new Map(
    ['access', 'error'].map((name) => [
      name,
      readFileSync(`${directory.path}/${name}.log`, { encoding: 'latin1', flag: 'a+' }),
    ]),
  );
  const lines = linesOf(`${directory.path}/requests.jsonl`);
  return { lines, log: (name) => texts.get(name) ?? '', answers };
}

function get(path: string, ...fields: readonly string[]): string {
  return [`GET ${path} HTTP/1.1`, 'Host: Alias.test:80', ...fields].join('\r\n') + '\r\n\r\n';
}

function matches(source: string): ToolkitRule['condition'] {
  const pattern = { source, ignoreCase: false, engine: 're2', translated: source } as const;
  return { kind: 'match', pattern, negated: false };
}

const ANY_NUMBER: unknown = expect.any(Number);

const LOOPBACK = { family: 4, address: '127.0.0.0', prefixLength: 8 } as const;

const NO_PARTS = (): TableParts => ({});

describe('the JSON log', () => {
  test('has a line for each request, besides the access log', async () => {
    const { lines, log } = await logged(NO_PARTS, [
      get('/page.html?a=1', 'User-Agent: caf\xc3\xa9', 'Referer: http://r.test/'),
      get('/missing'),
    ]);
    expect(lines).toMatchObject([
      {
        protocol: 'HTTP/1.1',
        client: '127.0.0.1',
        tls: null,
        user: null,
        method: 'GET',
        hostname: 'alias.test',
        host: 'h.test',
        target: '/page.html?a=1',
        handler: 'static-file',
        status: 200,
        complete: true,
        rule: null,
        member: null,
        queueMs: null,
        connectMs: null,
        referer: 'http://r.test/',
        userAgent: 'café',
      },
      { status: 404, handler: 'error', referer: null },
    ]);
    const [first] = lines;
    expect(first?.['firstByteMs']).toBeLessThanOrEqual(Number(first?.['totalMs']));
    const bytes = /\|200\|(\d+)\|/.exec(log('access'))?.[1];
    expect(first?.['bytes']).toBe(Number(bytes));
    expect(log('access').split('\n')).toHaveLength(3);
  });

  test('tells a file that is kept in memory from one that is not yet', async () => {
    const { lines } = await logged(
      () => ({ server: { cacheSizeBytes: 100_000, cacheMaxFileBytes: 10_000 } }),
      [get('/page.html'), get('/page.html')],
    );
    expect(lines.map(({ cache }) => cache)).toEqual(['miss', 'hit']);
  });

  test('names the member, and how long waiting and connecting took', async () => {
    const application = await startScriptedServer(async (connection) => {
      while ((await connection.request()) !== null) {
        await connection.answer('Content-Type: text/plain\r\n\r\nhi');
      }
    }, 'unix');
    onTestFinished(() => application.close());
    const member = application.endpoint.kind === 'unix' ? application.endpoint.path : '';
    const { lines } = await logged(
      () => ({
        hosts: [{ fastCgiServers: [0], executeCgi: true }],
        fastCgiServers: [{ connectTo: [application.endpoint] }],
      }),
      [get('/s.php'), get('/s.php')],
    );
    const answered = { handler: 'fastcgi', member, status: 200, queueMs: ANY_NUMBER };
    expect(lines).toMatchObject([
      { ...answered, connectMs: ANY_NUMBER },
      // On the connection of the first.
      { ...answered, connectMs: null },
    ]);
    expect(lines[0]?.['connectMs']).toBeLessThan(Number(lines[0]?.['totalMs']));
  });

  test('names a CGI program by no member, and tells how long it took to start', async () => {
    const { lines } = await logged(
      () => ({ server: { cgiExtensions: ['cgi'] }, hosts: [{ executeCgi: true }] }),
      [get('/s.cgi')],
    );
    expect(lines).toMatchObject([
      { handler: 'cgi', member: null, status: 200, connectMs: ANY_NUMBER },
    ]);
  });

  test('names the fields that a program does not get, as the error log does', async () => {
    const { lines, log } = await logged(
      () => ({ server: { cgiExtensions: ['cgi'] }, hosts: [{ executeCgi: true }] }),
      [get('/s.cgi', 'X_Token: secret', 'Proxy: p'), get('/s.cgi', 'X_Token: secret')],
    );
    expect(lines).toMatchObject([
      { droppedFields: ['X_Token', 'Proxy'] },
      { droppedFields: ['X_Token'] },
    ]);
    expect(log('error').match(/the field \S+ is not passed/g)).toEqual([
      'the field X_Token is not passed',
      'the field Proxy is not passed',
    ]);
    expect(log('error')).not.toContain('secret');
  });

  test('has the name that Proxy-Status and the error log have', async () => {
    const { lines, log, answers } = await logged(
      () => ({
        hosts: [{ fastCgiServers: [0], executeCgi: true }],
        fastCgiServers: [{ connectTo: [{ kind: 'unix', path: '/nonexistent/app.sock' }] }],
      }),
      [get('/s.php')],
    );
    const id = String(lines[0]?.['request']);
    expect(answers[0]).toContain(`request ${id}`);
    expect(log('error')).toContain(`(request ${id})`);
    expect(lines[0]).toMatchObject({ status: 503, handler: 'error', queueMs: ANY_NUMBER });
  });

  test('names the rule of a toolkit that matched, with its line', async () => {
    const { lines } = await logged(
      () => ({
        hosts: [{ toolkits: [0] }],
        toolkits: [
          {
            id: 'front',
            rules: [
              { condition: matches('^/never'), action: { kind: 'deny-access' } },
              { condition: matches('^/page'), action: { kind: 'exit' } },
            ],
          },
        ],
        sourceMap: {
          files: ['hiawatha.conf'],
          entries: [{ pointer: '/toolkits/0/rules/1', file: 0, line: 31 }],
        },
      }),
      [get('/page.html'), get('/')],
    );
    expect(lines.map(({ rule }) => rule)).toEqual(['front#2 (hiawatha.conf:31)', null]);
  });

  test('hides what AnonymizeIP hides', async () => {
    const { lines } = await logged(() => ({ server: { anonymizeIp: true } }), [get('/page.html')]);
    expect(lines[0]?.['client']).toBe('127.0.0.0');
  });

  test('leaves out the clients that LogfileMask leaves out', async () => {
    await expect(
      logged(
        () => ({ server: { logfileMask: [{ action: 'deny', network: LOOPBACK }] } }),
        [get('/page.html')],
      ),
    ).rejects.toThrow('JSON');
  });

  test('never makes a request wait for a disk', async () => {
    await using directory = makeDirectoryOnDisk();
    directory.write('page.html', 'page');
    const fifo = `${directory.path}/slow`;
    expect(spawnSync('mkfifo', [fifo]).status).toBe(0);
    // Opens it, and never reads.
    const reader = spawn('sh', ['-c', 'exec sleep 100 < "$0"', fifo], { stdio: 'ignore' });
    onTestFinished(() => void reader.kill('SIGKILL'));
    await using server = await startServer({
      server: { jsonLog: { path: fifo, rotation: null } },
      hosts: [{ websiteRoot: directory.path }],
    });
    const request = get('/page.html', `User-Agent: ${'x'.repeat(7000)}`);
    // More than a pipe takes.
    for (let round = 0; round < 40; round += 1) {
      const { answers } = await exchangeRaw(request, { port: server.port, answers: 1 });
      expect(answers[0]?.status).toBe(200);
    }
    reader.kill('SIGKILL');
  });

  test('tells of requests that the access log leaves to others', async () => {
    const { lines, log } = await logged(
      () => ({}),
      ['GET /page.html HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', get('/../x'), get('/page.html')],
    );
    expect(lines.map(({ status }) => status)).toEqual([400, 404, 200]);
    expect(log('access').trimEnd().split('\n')).toHaveLength(1);
  });

  test('tells of a client that broke off in the middle of a body', async () => {
    await using directory = makeDirectoryOnDisk();
    directory.write('s.cgi', '#!/bin/sh\n', 0o755);
    const path = `${directory.path}/log`;
    await using server = await startServer({
      server: { jsonLog: { path, rotation: null }, cgiExtensions: ['cgi'] },
      hosts: [{ websiteRoot: directory.path, executeCgi: true }],
    });
    const text = 'POST /s.cgi HTTP/1.1\r\nHost: h.test\r\nContent-Length: 10\r\n\r\nabc';
    await exchangeRaw(text, { port: server.port, isHalfClosed: true });
    const [line] = await waitFor(() => linesOf(path));
    expect(line).toMatchObject({ method: 'POST', target: '/s.cgi', status: 400 });
  });

  test('tells of a client that did not wait', async () => {
    await using directory = makeDirectoryOnDisk();
    directory.write('s.php', '');
    const asked = Promise.withResolvers<undefined>();
    const application = await startScriptedServer(async (connection) => {
      await connection.request();
      asked.resolve(undefined);
      await connection.closed;
    }, 'unix');
    onTestFinished(() => application.close());
    await using server = await startServer(
      {
        server: { jsonLog: { path: `${directory.path}/log`, rotation: null } },
        hosts: [{ websiteRoot: directory.path, fastCgiServers: [0], executeCgi: true }],
        fastCgiServers: [{ connectTo: [application.endpoint] }],
      },
      { gateway: shared },
    );
    const { connect } = await import('node:net');
    const client = connect(server.port, '127.0.0.1');
    client.write(get('/s.php'));
    await asked.promise;
    client.destroy();
    const [line] = await waitFor(() => linesOf(`${directory.path}/log`));
    expect(line).toMatchObject({
      status: null,
      complete: false,
      abandoned: 'aborted',
      firstByteMs: null,
    });
  });
});
