/** What many idle clients, a huge upload and a huge answer cost a server of its own, and that it comes back. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { RecordDecoder } from '../../runtime/fastcgi/decode.ts';
import { decodeNameValuePairs } from '../../runtime/fastcgi/name-value.ts';
import { freePort } from '../support/free-port.ts';
import { startServer, type RunningServer } from '../support/running-server.ts';
import { end, stdout } from '../support/scripted-fcgi-server.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const MEGABYTE = 1024 * 1024;
const GIGABYTE = 1024 * MEGABYTE;
const MAX_GROWTH_BYTES = 64 * MEGABYTE;
/** For each idle client, with the garbage that its first request left; about 30 kB are its own. */
const MAX_BYTES_PER_CLIENT = 96 * 1024;

/** A gigabyte with its head, which counts as well. */
const UPLOAD_BLOCKS = 1023;

const BLOCK = stdout(Buffer.alloc(65_528, 'x'));
const ANSWER_BLOCKS = Math.ceil(GIGABYTE / 65_528);
const ANSWER_BYTES = ANSWER_BLOCKS * 65_528;

/** Answers with how much it was sent, or with a gigabyte for `/download.app`; keeps neither. */
function serveApplication(socket: Socket): void {
  const decoder = new RecordDecoder();
  let params: Buffer[] = [];
  let receivedBytes = 0;
  socket.on('error', () => undefined);
  socket.on('data', (bytes: Buffer) => {
    decoder.push(bytes);
    for (let record = decoder.next(); record !== null; record = decoder.next()) {
      if (record.type === 'params') params.push(Buffer.from(record.content));
      if (record.type !== 'stdin') continue;
      receivedBytes += record.content.length;
      if (record.content.length > 0) continue;
      const script = decodeNameValuePairs(Buffer.concat(params)).find(
        ([name]) => name === 'SCRIPT_NAME',
      )?.[1];
      if (script === '/download.app') sendGigabyte(socket);
      else socket.write(Buffer.concat([stdout(`X: y\r\n\r\n${receivedBytes}`), end()]));
      params = [];
      receivedBytes = 0;
    }
  });
}

function sendGigabyte(socket: Socket): void {
  let left = ANSWER_BLOCKS;
  const pump = (): void => {
    while (left > 0 && socket.writable) {
      left -= 1;
      if (socket.write(BLOCK)) continue;
      socket.once('drain', pump);
      return;
    }
    socket.write(end());
  };
  socket.write(stdout('X: y\r\n\r\n'));
  pump();
}

async function startApplicationAndServer(): Promise<{ server: RunningServer; port: number }> {
  const directory = createTemporaryDirectory();
  const application = createServer(serveApplication);
  const path = join(directory.path, 'app.sock');
  await new Promise<void>((resolve) => application.listen(path, resolve));
  mkdirSync(join(directory.path, 'www'));
  for (const name of ['count', 'download']) {
    writeFileSync(join(directory.path, 'www', `${name}.app`), '');
  }
  const port = await freePort();
  const configuration = join(directory.path, 'hiawatha.conf');
  // Started as root, the server becomes somebody else.
  chmodSync(directory.path, 0o777);
  chmodSync(path, 0o777);
  writeFileSync(join(directory.path, 'mimetype.conf'), 'text/html html\n');
  writeFileSync(
    configuration,
    `ConnectionsTotal = 2000
ConnectionsPerIP = 2000
SystemLogfile = ${directory.path}/system.log
PIDfile = ${directory.path}/pid
Binding {
  Port = ${port}
  Interface = 127.0.0.1
  MaxRequestSize = 1048576
  MaxKeepAlive = 100
  TimeForRequest = 60, 60
}
FastCGIserver {
  FastCGIid = APP
  ConnectTo = ${path}
  Extension = app
}
Hostname = 127.0.0.1
WebsiteRoot = ${directory.path}/www
AccessLogfile = ${directory.path}/access.log
ErrorLogfile = ${directory.path}/error.log
UseFastCGI = APP
TimeForCGI = 120
`,
  );
  const server = await startServer(configuration, port);
  onTestFinished(async () => {
    await server[Symbol.asyncDispose]();
    application.close();
    directory[Symbol.dispose]();
  });
  await (await fetch(`${server.url}/count.app`)).text();
  return { server, port };
}

/** A client with a connection that stays. */
async function idleClient(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  socket.write('GET /count.app HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  await new Promise((resolve) => socket.once('data', resolve));
  return socket;
}

describe('the server', () => {
  test('keeps 1,000 idle clients for little, and lets go of all of it', async () => {
    const { server, port } = await startApplicationAndServer();
    // What is needed once is there before it is measured.
    for (const socket of await Promise.all(Array.from({ length: 100 }, () => idleClient(port))))
      socket.destroy();
    await waitFor(() => expect(server.openDescriptors()).toBeLessThan(100));
    const descriptors = server.openDescriptors();
    const before = server.resetPeakMemory();

    const clients: Socket[] = [];
    while (clients.length < 1000) {
      clients.push(...(await Promise.all(Array.from({ length: 50 }, () => idleClient(port)))));
    }
    expect(server.openDescriptors()).toBeGreaterThanOrEqual(1000);
    expect(server.peakMemoryBytes() - before).toBeLessThan(1000 * MAX_BYTES_PER_CLIENT);
    // They are served as well as ever.
    expect(await (await fetch(`${server.url}/count.app`)).text()).toBe('0');

    for (const socket of clients) socket.destroy();
    await waitFor(() => expect(server.openDescriptors()).toBeLessThanOrEqual(descriptors + 6));
  });

  test('passes on an upload of 1 GB in constant memory', async () => {
    const { server, port } = await startApplicationAndServer();
    const before = server.resetPeakMemory();
    const descriptors = server.openDescriptors();
    expect(await upload(port)).toBe(String(UPLOAD_BLOCKS * MEGABYTE));
    expect(server.peakMemoryBytes() - before).toBeLessThan(MAX_GROWTH_BYTES);
    await waitFor(() => expect(server.openDescriptors()).toBeLessThanOrEqual(descriptors + 6));
  });

  test('passes on an answer of 1 GB to a slow client in constant memory', async () => {
    const { server, port } = await startApplicationAndServer();
    const before = server.resetPeakMemory();
    const descriptors = server.openDescriptors();
    // 10 MB a second for the first 100 MB, when it would run ahead, and then as fast as it goes.
    const received = await download(port, {
      slowBytes: 100 * MEGABYTE,
      bytesPerTick: MEGABYTE / 4,
    });
    expect(received).toBe(ANSWER_BYTES);
    expect(server.peakMemoryBytes() - before).toBeLessThan(MAX_GROWTH_BYTES);
    await waitFor(() => expect(server.openDescriptors()).toBeLessThanOrEqual(descriptors + 6));
  });
});

/** Sends a gigabyte, waiting whenever the server takes no more. @returns the body of the answer. */
function upload(port: number): Promise<string> {
  const block = Buffer.alloc(MEGABYTE, 'u');
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let text = '';
    let sent = 0;
    const pump = (): void => {
      while (sent < UPLOAD_BLOCKS) {
        sent += 1;
        if (!socket.write(block)) {
          socket.once('drain', pump);
          return;
        }
      }
    };
    socket.on('error', reject);
    socket.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')));
    socket.on('end', () => resolve(/\r\n(\d{5,})\r\n/.exec(text)?.[1] ?? text));
    socket.write(
      `POST /count.app HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: ${UPLOAD_BLOCKS * MEGABYTE}\r\n\r\n`,
    );
    pump();
  });
}

/** Reads the answer, slowly at first. @returns how long its body is, chunks taken apart. */
function download(
  port: number,
  { slowBytes, bytesPerTick }: { slowBytes: number; bytesPerTick: number },
): Promise<number> {
  const TICK_MS = 25;
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let received = 0;
    let allowed = bytesPerTick;
    const ticker = setInterval(() => {
      allowed = received >= slowBytes ? Number.POSITIVE_INFINITY : received + bytesPerTick;
      socket.resume();
    }, TICK_MS);
    socket.on('error', reject);
    socket.on('data', (bytes: Buffer) => {
      received += bytes.length;
      if (received >= allowed) socket.pause();
    });
    socket.on('end', () => {
      clearInterval(ticker);
      resolve(received - head);
    });
    let head = 0;
    // HTTP/1.0: the body as it is, until the end of the connection.
    socket.once('data', (bytes: Buffer) => {
      head = bytes.indexOf('\r\n\r\n') + 4;
    });
    socket.write('GET /download.app HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n');
  });
}
