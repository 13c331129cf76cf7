/** A FastCGI application that does what a test says, byte by byte: late, split, rude. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Endpoint } from '../../routing-table/schema.ts';
import { RecordDecoder } from '../../runtime/fastcgi/decode.ts';
import { decodeNameValuePairs } from '../../runtime/fastcgi/name-value.ts';
import { encodeRecord } from '../../runtime/fastcgi/encode.ts';

/** What the application got of one request, up to the end of STDIN. */
export interface ReceivedRequest {
  readonly flags: number;
  readonly variables: readonly (readonly [string, string])[];
  readonly stdin: Buffer;
}

/** One connection, seen by a script. */
export class ScriptedConnection {
  /** 1 for the first connection of the server. */
  readonly number: number;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #decoder = new RecordDecoder();
  readonly #requests: ReceivedRequest[] = [];
  readonly #waiters: ((request: ReceivedRequest | null) => void)[] = [];
  #params: Buffer[] = [];
  #stdin: Buffer[] = [];
  #flags = 0;
  #isClosed = false;
  /** True once it was asked to abort a request. */
  isAborted = false;
  /** Bytes of STDIN so far, over all requests. */
  receivedStdinBytes = 0;

  constructor(socket: Socket, number: number) {
    this.#socket = socket;
    this.number = number;
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#isClosed = true;
        for (const waiter of this.#waiters.splice(0)) waiter(null);
        resolve();
      });
    });
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      this.#onData(bytes);
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The next whole request, or null when the connection closes before. */
  request(): Promise<ReceivedRequest | null> {
    const next = this.#requests.shift();
    if (next !== undefined) return Promise.resolve(next);
    if (this.#isClosed) return Promise.resolve(null);
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Sends bytes. @returns when the system has them, or the connection is closed. */
  send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isClosed) resolve();
      // In a turn of its own: a script that writes in a loop leaves room for the end of the connection.
      else this.#socket.write(bytes, () => setImmediate(resolve));
    });
  }

  /** Sends output and a clean end. */
  async answer(output: string): Promise<void> {
    await this.send(Buffer.concat([stdout(output), end()]));
  }

  /** Closes after what was sent. */
  close(): void {
    this.#socket.end();
    this.#socket.destroySoon();
  }

  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** Stops reading. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  #onData(bytes: Buffer): void {
    this.#decoder.push(bytes);
    for (let record = this.#decoder.next(); record !== null; record = this.#decoder.next()) {
      if (record.type === 'begin-request') this.#flags = record.flags;
      if (record.type === 'abort-request') this.isAborted = true;
      if (record.type === 'params') this.#params.push(Buffer.from(record.content));
      if (record.type !== 'stdin') continue;
      this.receivedStdinBytes += record.content.length;
      this.#stdin.push(Buffer.from(record.content));
      if (record.content.length === 0) this.#complete();
    }
  }

  #complete(): void {
    const request: ReceivedRequest = {
      flags: this.#flags,
      variables: decodeNameValuePairs(Buffer.concat(this.#params)),
      stdin: Buffer.concat(this.#stdin),
    };
    this.#params = [];
    this.#stdin = [];
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#requests.push(request);
    else waiter(request);
  }
}

/** What an application does with each connection. */
export type ConnectionScript = (connection: ScriptedConnection) => Promise<void> | void;

export interface ScriptedServer {
  readonly endpoint: Endpoint;
  /** All connections so far. */
  readonly connections: readonly ScriptedConnection[];
  close(): Promise<void>;
}

/** Starts an application on a Unix socket, or on a free port of 127.0.0.1. */
export async function startScriptedServer(
  script: ConnectionScript,
  kind: Endpoint['kind'] = 'unix',
  path?: string,
): Promise<ScriptedServer> {
  const directory = mkdtempSync(join(tmpdir(), 'fcgi-'));
  const connections: ScriptedConnection[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    // A web server that closes is gone for good, unless the script wants to write nevertheless.
    socket.on('end', () => socket.end());
    socket.on('close', () => sockets.delete(socket));
    const connection = new ScriptedConnection(socket, connections.length + 1);
    connections.push(connection);
    void script(connection);
  });
  const socketPath = path ?? join(directory, 'app.sock');
  await listen(server, kind === 'unix' ? socketPath : null);
  const address = server.address();
  const endpoint: Endpoint =
    address === null || typeof address === 'string'
      ? { kind: 'unix', path: socketPath }
      : { kind: 'tcp', host: '127.0.0.1', port: address.port };
  return {
    endpoint,
    connections,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => {
          rmSync(directory, { recursive: true, force: true });
          resolve();
        });
      }),
  };
}

function listen(server: Server, path: string | null): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    if (path === null) server.listen(0, '127.0.0.1', resolve);
    else server.listen(path, resolve);
  });
}

/** An application that gives the same output to every request. */
export function alwaysAnswer(output: string): ConnectionScript {
  return async (connection) => {
    while ((await connection.request()) !== null) await connection.answer(output);
  };
}

/** Output in STDOUT records. */
export function stdout(output: string | Uint8Array, requestId = 1): Buffer {
  const content = typeof output === 'string' ? Buffer.from(output, 'latin1') : output;
  const records: Buffer[] = [];
  for (let at = 0; at < content.length; at += 65_528) {
    records.push(
      encodeRecord({ type: 'stdout', requestId, content: content.subarray(at, at + 65_528) }),
    );
  }
  return Buffer.concat(records);
}

/** A STDERR record. */
export function stderr(text: string): Buffer {
  return encodeRecord({ type: 'stderr', requestId: 1, content: Buffer.from(text, 'latin1') });
}

/** END_REQUEST. */
export function end(appStatus = 0, protocolStatus = 0): Buffer {
  return encodeRecord({ type: 'end-request', requestId: 1, appStatus, protocolStatus });
}
