/** How a request that the gateway could not have answered is named to the client and in the log. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createGateway } from '../../runtime/gateway/create-gateway.ts';
import type { Gateway } from '../../runtime/gateway/gateway.ts';
import { fakeGateway, fakeHead } from '../support/fake-gateway.ts';
import { exchangeRaw } from '../support/raw-client.ts';
import type { TableParts } from '../support/routing-table.ts';
import {
  end,
  startScriptedServer,
  stderr,
  stdout,
  type ConnectionScript,
} from '../support/scripted-fcgi-server.ts';
import { makeDirectoryOnDisk, startServer } from '../support/test-site.ts';
import { waitFor } from '../support/wait-for.ts';

const gateway = createGateway({ threads: 1, onNotice: () => undefined });
afterAll(() => gateway.close());

/** The Proxy-Status of an answer and the line of the error log that belongs to it. */
async function failed(
  name: string,
  parts: TableParts,
  through: Gateway = gateway,
  said = '(request ',
): Promise<{ status: number; proxyStatus: string; line: string }> {
  await using site = makeDirectoryOnDisk();
  site.write('s.php', '');
  site.write('s.cgi', '#!/no/such/interpreter\n', 0o755);
  const errorLogfile = `${site.path}/error.log`;
  const host = { hostnames: ['h.test'], websiteRoot: site.path, errorLogfile };
  await using server = await startServer(
    { ...parts, hosts: [{ ...host, ...parts.hosts?.[0] }] },
    // Closed by whoever made it, not with the server.
    { gateway: { start: through.start.bind(through), close: () => Promise.resolve() } },
  );
  const { answers } = await exchangeRaw(`GET /${name} HTTP/1.1\r\nHost: h.test\r\n\r\n`, {
    port: server.port,
    answers: 1,
  });
  const line = await waitFor(() => {
    const text = readFileSync(errorLogfile, 'latin1');
    expect(text).toContain(said);
    return text;
  });
  const proxyStatus = answers[0]?.fields.get('proxy-status') ?? '';
  return { status: answers[0]?.status ?? 0, proxyStatus, line };
}

const FASTCGI: TableParts = {
  hosts: [{ fastCgiServers: [0], executeCgi: true }],
  fastCgiServers: [{ connectTo: [{ kind: 'unix', path: '/nonexistent/app.sock' }] }],
  sourceMap: {
    files: ['hiawatha.conf'],
    entries: [{ pointer: '/fastCgiServers/0/connectTo', file: 0, line: 12 }],
  },
};

describe('an error of the gateway', () => {
  test('is named alike to the client and in the log', async () => {
    const { status, proxyStatus, line } = await failed('s.php', FASTCGI);
    expect(status).toBe(503);
    const id = /^gateway; error=destination_unavailable; details="request ([0-9a-f]{12})"$/.exec(
      proxyStatus,
    )?.[1];
    expect(id).toBeDefined();
    expect(line).toMatch(/^127\.0\.0\.1\|[^|]+\|[^|]+\/s\.php\|/);
    expect(
      line
        .trimEnd()
        .endsWith(
          `|cannot connect to the FastCGI server at /nonexistent/app.sock: the directory /nonexistent does not exist (hiawatha.conf:12) (request ${id ?? ''})`,
        ),
    ).toBe(true);
  });

  test('names the line of the programs where a program is at fault', async () => {
    const { status, proxyStatus, line } = await failed('s.cgi', {
      server: { cgiExtensions: ['cgi'] },
      hosts: [{ executeCgi: true }],
      sourceMap: {
        files: ['hiawatha.conf'],
        entries: [{ pointer: '/server/cgiExtensions', file: 0, line: 3 }],
      },
    });
    expect(status).toBe(500);
    expect(proxyStatus).toContain('; error=proxy_configuration_error; ');
    expect(line).toContain(' (hiawatha.conf:3) (request ');
  });

  test('has another id each time', async () => {
    const first = await failed('s.php', FASTCGI);
    const second = await failed('s.php', FASTCGI);
    expect(first.proxyStatus).not.toBe(second.proxyStatus);
  });

  test('keeps its name behind an ErrorHandler', async () => {
    const host = { errorHandlers: [{ status: 503 as const, path: '/s.cgi', query: null }] };
    const { proxyStatus } = await failed('s.php', {
      ...FASTCGI,
      hosts: [{ ...FASTCGI.hosts?.[0], ...host }],
    });
    expect(proxyStatus).toMatch(/^gateway; error=destination_unavailable; details="[^"]*"$/);
  });
});

test('a file that a program may not hand over is named alike to the client and in the log', async () => {
  const { status, proxyStatus, line } = await failed(
    's.php',
    FASTCGI,
    fakeGateway(({ observer }) =>
      observer.onAnswer(fakeHead({ instructions: [['x-sendfile', 'a/b']] }), new Uint8Array()),
    ),
  );
  expect(status).toBe(500);
  const id = /^gateway; error=http_protocol_error; details="(request \w+)"$/.exec(proxyStatus)?.[1];
  expect(line).toMatch(/\/s\.php\|X-Sendfile has to be an absolute path without dots: a\/b \(/);
  expect(line).toContain(`(${id ?? 'none'})`);
});

test('an answer of the application has no Proxy-Status, whatever its status', async () => {
  await using site = makeDirectoryOnDisk();
  site.write('s.cgi', '', 0o755);
  await using server = await startServer(
    {
      server: { cgiExtensions: ['cgi'] },
      hosts: [{ hostnames: ['h.test'], websiteRoot: site.path, executeCgi: true }],
    },
    {
      gateway: fakeGateway(({ observer }) => {
        const head = {
          fields: [],
          contentLength: null,
          isConnectionClosed: false,
          instructions: [],
        };
        observer.onAnswer({ ...head, status: 502 }, Buffer.from('mine'));
      }),
    },
  );
  const { answers } = await exchangeRaw('GET /s.cgi HTTP/1.1\r\nHost: h.test\r\n\r\n', {
    port: server.port,
    answers: 1,
  });
  expect([answers[0]?.status, answers[0]?.fields.get('proxy-status')]).toEqual([502, undefined]);
});

test('a body that there is no room for is 503, with the directory in the log, and no fault of ours', async () => {
  await using site = makeDirectoryOnDisk();
  site.write('s.cgi', '', 0o755);
  site.write('f.txt', 'a file');
  const errorLogfile = `${site.path}/error.log`;
  await using server = await startServer(
    {
      server: { cgiExtensions: ['cgi'] },
      hosts: [{ hostnames: ['h.test'], websiteRoot: site.path, errorLogfile, executeCgi: true }],
      bindings: [{ maxRequestBytes: 1_000_000 }],
    },
    { gateway: fakeGateway(() => expect.unreachable('the program was started')) },
  );
  vi.stubEnv('TMPDIR', '/nonexistent');
  onTestFinished(() => void vi.unstubAllEnvs());
  const size = 100_000;
  const body = `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n0\r\n\r\n`;
  const { answers } = await exchangeRaw(
    `POST /s.cgi HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n${body}GET /f.txt HTTP/1.1\r\nHost: h.test\r\n\r\n`,
    { port: server.port, answers: 2 },
  );
  const [refused, next] = answers;
  expect([refused?.status, refused?.fields.get('retry-after')]).toEqual([503, '1']);
  expect(refused?.fields.get('proxy-status')).toContain('request ');
  expect(next?.body).toBe('a file');
  await waitFor(() => {
    expect(readFileSync(errorLogfile, 'latin1')).toContain(
      'cannot be kept in /nonexistent (ENOENT)',
    );
  });
});

describe('a script that the application does not find', () => {
  const missing: readonly Uint8Array[] = [
    stderr('Primary script unknown'),
    stdout('Status: 404 Not Found\r\n\r\nFile not found.\n'),
    end(),
  ];
  const unspecified: readonly Uint8Array[] = [
    stdout('Status: 404 Not Found\r\n\r\nNo input file specified.\n'),
    end(),
  ];

  test.each([
    ['php-fpm', missing],
    ['php-cgi', unspecified],
  ])('and that is there: the log says what %s was told', async (_, records) => {
    const application = await startScriptedServer(async (connection) => {
      await connection.request();
      await connection.send(Buffer.concat(records));
    });
    onTestFinished(() => application.close());
    const { line } = await failed('s.php', {
      hosts: [{ fastCgiServers: [0], executeCgi: true }],
      fastCgiServers: [{ connectTo: [application.endpoint], serverRoot: '/nonexistent' }],
      sourceMap: {
        files: ['hiawatha.conf'],
        entries: [{ pointer: '/fastCgiServers/0', file: 0, line: 7 }],
      },
    });
    expect(line).toMatch(/SCRIPT_FILENAME=\S+\/s\.php \(DOCUMENT_ROOT=\/\S+\), which is there: /);
    expect(line).toMatch(/ \(hiawatha\.conf:7\) \(request [0-9a-f]{12}\)\n$/);
    expect(line.match(/does not find SCRIPT_FILENAME/g)).toHaveLength(1);
  });

  test('is an ordinary 404 where it is not here either', async () => {
    const application = await startScriptedServer(async (connection) => {
      await connection.request();
      await connection.send(Buffer.concat(missing));
    });
    onTestFinished(() => application.close());
    const { line } = await failed(
      'none.php',
      {
        hosts: [{ fastCgiServers: [0], executeCgi: true }],
        fastCgiServers: [{ connectTo: [application.endpoint] }],
      },
      gateway,
      'Primary script unknown',
    );
    expect(line).not.toContain('SCRIPT_FILENAME');
  });

  test('says so where the website root is not here', async () => {
    const application = await startScriptedServer(async (connection) => {
      await connection.request();
      await connection.send(Buffer.concat(missing));
    });
    onTestFinished(() => application.close());
    const { line } = await failed('s.php', {
      hosts: [{ fastCgiServers: [0], executeCgi: true, websiteRoot: '/nonexistent/www' }],
      fastCgiServers: [{ connectTo: [application.endpoint] }],
    });
    expect(line).toContain(
      'SCRIPT_FILENAME=/nonexistent/www/s.php (DOCUMENT_ROOT=/nonexistent/www), and there is no such directory here either',
    );
  });
});

describe('what an application writes to standard error', () => {
  /** The lines of the error log after a request that a scripted application serves. */
  async function loggedBy(
    script: ConnectionScript,
    standardError: 'lines' | 'event',
    lines: number,
  ): Promise<readonly string[]> {
    await using site = makeDirectoryOnDisk();
    site.write('s.php', '');
    const errorLogfile = `${site.path}/error.log`;
    const application = await startScriptedServer(script);
    onTestFinished(() => application.close());
    await using server = await startServer(
      {
        server: { standardError },
        hosts: [
          {
            hostnames: ['h.test'],
            websiteRoot: site.path,
            errorLogfile,
            fastCgiServers: [0],
            executeCgi: true,
          },
        ],
        fastCgiServers: [{ connectTo: [application.endpoint] }],
      },
      { gateway: { start: gateway.start.bind(gateway), close: () => Promise.resolve() } },
    );
    await exchangeRaw('GET /s.php HTTP/1.1\r\nHost: h.test\r\nConnection: close\r\n\r\n', {
      port: server.port,
    });
    return await waitFor(() => {
      const found = readFileSync(errorLogfile, 'latin1').match(/.+/g) ?? [];
      expect(found).toHaveLength(lines);
      return found;
    });
  }

  const complains: ConnectionScript = async (connection) => {
    await connection.request();
    await connection.send(stderr('one\n'));
    await connection.send(stdout('X: y\n\n'));
    await connection.send(stderr('two\n'));
    await connection.send(end());
  };
  const breaksOff: ConnectionScript = async (connection) => {
    await connection.request();
    await connection.send(Buffer.concat([stdout('X: y\n\npart'), stderr('why')]));
    connection.close();
  };

  test('is one line for each request', async () => {
    const [line] = await loggedBy(complains, 'lines', 1);
    expect(line).toMatch(/^127\.0\.0\.1\|[^|]+\|[^|]+\/s\.php\|one\|two$/);
  });

  test('is one event for each request, where that is asked for', async () => {
    const [line = ''] = await loggedBy(complains, 'event', 1);
    expect(JSON.parse(line.slice(line.indexOf('{')))).toMatchObject({
      event: 'standard-error',
      host: 'h.test',
      text: 'one\ntwo',
    });
  });

  test.each(['lines', 'event'] as const)(
    'has the name that the line about a cut answer has: %s',
    async (form) => {
      const found = await loggedBy(breaksOff, form, 2);
      const cut = found.find((line) => line.includes('the answer was cut: ')) ?? '';
      const id = / \(request ([0-9a-f]{12})\)$/.exec(cut)?.[1] ?? 'none';
      expect(found.filter((line) => line.includes(id))).toHaveLength(2);
      expect(found.join('\n')).toContain('why');
    },
  );
});
