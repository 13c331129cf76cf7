/** A running server is given another table: nothing is lost, and what is wrong changes nothing. */
import { once } from 'node:events';
import { copyFileSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { describe, expect, test } from 'vitest';
import type { RoutingTable } from '../../routing-table/schema.ts';
import { fakeGateway, fakeHead } from '../support/fake-gateway.ts';
import { makeTable, type TableParts } from '../support/routing-table.ts';
import { exchangeRaw } from '../support/raw-client.ts';
import { freePort } from '../support/free-port.ts';
import { makeDirectoryOnDisk, startServer, type TestDirectory } from '../support/test-site.ts';

/** A table of one host that says which version of the site it is. */
function version(directory: TestDirectory, name: string, more: TableParts = {}): RoutingTable {
  const [host = {}] = more.hosts ?? [];
  return makeTable({
    ...more,
    server: { connectionsPerIp: 1000, connectionsTotal: 1000, ...more.server },
    hosts: [{ hostnames: ['h.test'], websiteRoot: `${directory.path}/${name}`, ...host }],
  });
}

function partsOf({ server, bindings, hosts, fastCgiServers }: RoutingTable): TableParts {
  return { server, bindings, hosts, fastCgiServers };
}

function twoVersions(): TestDirectory {
  const directory = makeDirectoryOnDisk();
  directory.write('one/index.html', 'one');
  directory.write('two/index.html', 'two');
  return directory;
}

const GET = 'GET / HTTP/1.1\r\nHost: h.test\r\n\r\n';

async function bodyFrom(port: number): Promise<string | undefined> {
  const { answers } = await exchangeRaw(GET, { port, answers: 1 });
  return answers[0]?.body;
}

describe('a reload', () => {
  test('serves the new table, on connections that are open as well', async () => {
    await using directory = twoVersions();
    await using server = await startServer(partsOf(version(directory, 'one')));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (): Promise<{ text: string; localPort: number | undefined }> =>
      new Promise((resolve, reject) => {
        const asked = request(
          { port: server.port, host: '127.0.0.1', headers: { Host: 'h.test' }, agent },
          (answer) => {
            const localPort = answer.socket.localPort;
            let text = '';
            answer.setEncoding('utf8').on('data', (part: string) => (text += part));
            answer.on('end', () => resolve({ text, localPort }));
          },
        );
        asked.on('error', reject).end();
      });
    const before = await ask();
    await server.server.reload(version(directory, 'two'), '/');
    const after = await ask();
    agent.destroy();
    expect([before.text, after.text]).toEqual(['one', 'two']);
    expect(after.localPort).toBe(before.localPort);
  });

  test('loses none of many requests over many reloads', async () => {
    await using directory = twoVersions();
    const tables = [version(directory, 'one'), version(directory, 'two')];
    await using server = await startServer(partsOf(version(directory, 'one')));
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const answers = new Map<string, number>();
    let isOver = false;
    const ask = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const asked = request(
          { port: server.port, host: '127.0.0.1', headers: { Host: 'h.test' }, agent },
          (answer) => {
            let text = String(answer.statusCode);
            answer.setEncoding('utf8').on('data', (part: string) => (text += ` ${part}`));
            answer.on('end', () => resolve(text));
          },
        );
        asked.on('error', reject).end();
      });
    const client = async (): Promise<void> => {
      while (!isOver) {
        const text = await ask().catch((error: unknown) => String(error));
        answers.set(text, (answers.get(text) ?? 0) + 1);
      }
    };
    const clients = Array.from({ length: 8 }, client);
    for (let round = 0; round < 50; round += 1) {
      const table = tables[round % 2];
      if (table !== undefined) await server.server.reload(structuredClone(table), '/');
      await ask();
    }
    isOver = true;
    await Promise.all(clients);
    agent.destroy();
    expect([...answers.keys()].toSorted()).toEqual(['200 one', '200 two']);
  });

  test('lets a request under way finish on the old table', async () => {
    await using directory = twoVersions();
    directory.write('one/slow.play', '');
    directory.write('two/slow.play', '');
    const scripts: TableParts = {
      server: { cgiHandlers: [{ extension: 'play', program: '/bin/true' }] },
      hosts: [
        { executeCgi: true, accessLogfile: { path: `${directory.path}/old.log`, rotation: null } },
      ],
    };
    const started = Promise.withResolvers<() => void>();
    await using server = await startServer(partsOf(version(directory, 'one', scripts)), {
      gateway: fakeGateway(({ request: call, observer }) => {
        const root = new Map(call.variables).get('DOCUMENT_ROOT') ?? '';
        started.resolve(() => observer.onAnswer(fakeHead(), Buffer.from(root)));
      }),
    });
    const text = 'GET /slow.play HTTP/1.1\r\nHost: h.test\r\n\r\n';
    const slow = exchangeRaw(text, { port: server.port, answers: 1 });
    const answer = await started.promise;
    await server.server.reload(version(directory, 'two'), '/');
    answer();
    expect((await slow).answers[0]?.body).toBe(`${directory.path}/one`);
    await server.server.close(100);
    expect(readFileSync(`${directory.path}/old.log`, 'utf8')).toContain('GET /slow.play');
  });

  test('opens new ports and closes those that are gone', async () => {
    await using directory = twoVersions();
    const [first, second, third] = [await freePort(), await freePort(), await freePort()];
    const at = (...ports: number[]): TableParts => ({ bindings: ports.map((port) => ({ port })) });
    await using server = await startServer(partsOf(version(directory, 'one', at(first, second))), {
      portFor: ({ port }) => port,
    });
    await server.server.reload(version(directory, 'two', at(third, first)), '/');
    expect(server.server.addresses.map(({ port }) => port)).toEqual([third, first]);
    expect([await bodyFrom(third), await bodyFrom(first)]).toEqual(['two', 'two']);
    expect(await bodyFrom(second)).toBeUndefined();
  });

  test('changes nothing when a port is taken', async () => {
    await using directory = twoVersions();
    const [port, taken] = [await freePort(), await freePort()];
    const blocker = createServer().listen(taken, '127.0.0.1');
    const at = (...ports: number[]): TableParts => ({
      bindings: ports.map((each) => ({ port: each })),
    });
    await using server = await startServer(partsOf(version(directory, 'one', at(port))), {
      portFor: (binding) => binding.port,
    });
    await expect(
      server.server.reload(version(directory, 'two', at(port, taken)), '/'),
    ).rejects.toThrow('another program uses this port');
    blocker.close();
    expect(await bodyFrom(port)).toBe('one');
    await server.server.reload(version(directory, 'two', at(port)), '/');
    expect(await bodyFrom(port)).toBe('two');
  });

  test('changes nothing when a log cannot be opened', async () => {
    await using directory = twoVersions();
    await using server = await startServer(partsOf(version(directory, 'one')));
    const wrong = version(directory, 'two', { server: { systemLogfile: '/nowhere/system.log' } });
    await expect(server.server.reload(wrong, '/')).rejects.toThrow('/nowhere/system.log');
    expect(await bodyFrom(server.port)).toBe('one');
  });

  test('a port changes from plain to TLS, and stays plain when another one is taken', async () => {
    await using directory = twoVersions();
    const [port, taken] = [await freePort(), await freePort()];
    const tlsCertFile = join(import.meta.dirname, '../support/certificates/default.test.pem');
    const secure = { port, tlsCertFile };
    await using server = await startServer(
      partsOf(version(directory, 'one', { bindings: [{ port }] })),
      { portFor: (binding) => binding.port },
    );
    const blocker = createServer().listen(taken, '127.0.0.1');
    const both = version(directory, 'two', { bindings: [secure, { port: taken }] });
    await expect(server.server.reload(both, '/')).rejects.toThrow('another program uses this port');
    expect(await bodyFrom(port)).toBe('one');
    blocker.close();
    await server.server.reload(version(directory, 'two', { bindings: [secure] }), '/');
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    socket.destroy();
    expect(server.server.addresses.map(({ isTls }) => isTls)).toEqual([true]);
  });

  test('says what of the new table has no effect', async () => {
    await using directory = twoVersions();
    await using server = await startServer(partsOf(version(directory, 'one')));
    const notices = await server.server.reload(
      version(directory, 'two', { hosts: [{ preventXss: 'block' }] }),
      '/',
    );
    expect(notices).toEqual(['PreventXSS is set, and has no effect in this version']);
  });

  test('takes changed certificates, and those of hosts that are new', async () => {
    await using directory = twoVersions();
    const certificates = join(import.meta.dirname, '../support/certificates');
    const own = `${directory.path}/own.pem`;
    copyFileSync(`${certificates}/default.test.pem`, own);
    const secure: TableParts = { bindings: [{ tlsCertFile: own }] };
    await using server = await startServer(partsOf(version(directory, 'one', secure)));
    const nameShown = async (): Promise<string> => {
      const socket = connectTls({
        port: server.port,
        host: '127.0.0.1',
        servername: 'h.test',
        rejectUnauthorized: false,
      });
      await once(socket, 'secureConnect');
      const { CN } = socket.getPeerCertificate().subject;
      socket.destroy();
      return String(CN);
    };
    expect(await nameShown()).toBe('default.test');
    copyFileSync(`${certificates}/other.test.pem`, own);
    await server.server.reload(version(directory, 'two', secure), '/');
    expect(await nameShown()).toBe('other.test');
    const tlsCertFile = `${certificates}/default.test.pem`;
    const hosts = [{ tlsCertFile }];
    await server.server.reload(version(directory, 'two', { ...secure, hosts }), '/');
    expect(await nameShown()).toBe('default.test');
  });

  test('limits and bans go by the new table', async () => {
    await using directory = twoVersions();
    await using server = await startServer(partsOf(version(directory, 'one')));
    await server.server.reload(
      version(directory, 'two', { server: { banOnGarbageMs: 60_000 } }),
      '/',
    );
    await exchangeRaw('garbage\r\n\r\n', { port: server.port });
    expect(await bodyFrom(server.port)).toBeUndefined();
    expect(server.server.liftBans()).toBe(1);
    expect(await bodyFrom(server.port)).toBe('two');
  });
});

test('emptyCaches forgets nothing that counts', async () => {
  await using directory = twoVersions();
  await using server = await startServer(partsOf(version(directory, 'one')));
  expect(await bodyFrom(server.port)).toBe('one');
  server.server.emptyCaches();
  expect(await bodyFrom(server.port)).toBe('one');
});
