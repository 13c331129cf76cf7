/** A server that runs out of descriptors: it refuses in words, does not die, and serves everybody when they are back. */
import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { haveAll } from '../support/installed-programs.ts';
import { PHP_FPM, startPhpFpm } from '../support/php-fpm.ts';
import { copySample, giveToApplication } from '../support/sample.ts';
import { openInspector } from '../support/worker-inspector.ts';
import { waitFor } from '../support/wait-for.ts';

const MAX_DESCRIPTORS = 100;

/** A client whose connection is there already. */
interface Client {
  /** @returns the status; 0 when the connection was cut. */
  ask(path: string): Promise<number>;
}

function connectedClient(port: number): Client {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return {
    ask: (path) =>
      new Promise((resolve) => {
        const answered = (bytes: Buffer): void => {
          socket.off('close', cut);
          resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(bytes.toString('latin1'))?.[1]));
        };
        const cut = (): void => {
          socket.off('data', answered);
          resolve(0);
        };
        socket.once('data', answered);
        socket.once('close', cut);
        socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
      }),
  };
}

/** Takes every descriptor that a server has left, and each that it gets back. @returns a function that gives all back. */
function takeDescriptors(port: number): () => void {
  const sockets = new Set<Socket>();
  let isOver = false;
  const take = (): void => {
    if (isOver) return;
    const socket = connect({ port, host: '127.0.0.1' });
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      setImmediate(take);
    });
  };
  for (let count = 0; count < MAX_DESCRIPTORS; count += 1) take();
  return () => {
    isOver = true;
    for (const socket of sockets) socket.destroy();
  };
}

describe.runIf(haveAll([PHP_FPM, 'prlimit']))('a server without descriptors', () => {
  test('refuses what needs one, and serves everything when they are back', async () => {
    using sample = await copySample('php-fpm');
    sample.edit(
      'hiawatha.conf',
      'ServerId =',
      'CGIextension = cgi\nConnectionsPerIP = 200\nServerId =',
    );
    sample.edit('hiawatha.conf', 'UseFastCGI = php', 'UseFastCGI = php\nExecuteCGI = yes');
    writeFileSync(
      join(sample.directory, 'www/program.cgi'),
      "#!/bin/sh\nprintf 'X: y\\n\\nprogram'\n",
      { mode: 0o755 },
    );
    giveToApplication(sample.directory);
    await using _php = await startPhpFpm(sample.directory, 'pool.conf');
    await using server = await sample.serve({
      nodeArguments: ['--inspect=127.0.0.1:0'],
      maxDescriptors: MAX_DESCRIPTORS,
    });
    const line = await server.program.waitForLine(/ws:\/\/\S+/);
    const inspector = await openInspector(/ws:\/\/\S+/.exec(line)?.[0] ?? '');
    const clients = Array.from({ length: 6 }, () => connectedClient(sample.port));
    for (const client of clients) expect(await client.ask('/index.php')).toBe(200);
    expect(await clients[0]?.ask('/program.cgi')).toBe(200);

    const giveBack = takeDescriptors(sample.port);
    await waitFor(() => expect(server.openDescriptors()).toBeGreaterThan(MAX_DESCRIPTORS - 5));
    for (const path of ['/index.php', '/program.cgi']) {
      const statuses = await Promise.all(clients.map((client) => client.ask(path)));
      for (const status of statuses) expect([200, 503]).toContain(status);
    }
    giveBack();
    await waitFor(() => expect(server.openDescriptors()).toBeLessThan(MAX_DESCRIPTORS - 20));

    // A worker thread that ends now cannot be started again.
    const giveBackAgain = takeDescriptors(sample.port);
    await waitFor(() => expect(server.openDescriptors()).toBeGreaterThan(MAX_DESCRIPTORS - 5));
    expect(await inspector.endWorkerThreads()).toBeGreaterThan(0);
    await Promise.all(clients.map((client) => client.ask('/index.php')));
    giveBackAgain();

    await waitFor(async () => {
      expect((await fetch(`${server.url}/index.php`)).status).toBe(200);
      expect((await fetch(`${server.url}/program.cgi`)).status).toBe(200);
    });
  });
});
