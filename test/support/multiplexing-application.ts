/** A FastCGI application that can have several requests on a connection. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Endpoint } from '../../routing-table/schema.ts';
import { RecordDecoder } from '../../runtime/fastcgi/decode.ts';
import { encodeRecord } from '../../runtime/fastcgi/encode.ts';
import { decodeNameValuePairs, encodeNameValuePairs } from '../../runtime/fastcgi/name-value.ts';
import type { FcgiRecord } from '../../runtime/fastcgi/record.ts';

/** One request, whole. */
export interface MultiplexedRequest {
  readonly id: number;
  /** Counts from 1. */
  readonly connection: number;
  readonly variables: ReadonlyMap<string, string>;
  readonly stdin: Buffer;
  /** Sends records; their id is that of the request. */
  readonly send: (...records: Uint8Array[]) => void;
  /** Sends output and a clean end. */
  readonly answer: (output: string) => void;
  /** Ends it with a protocol status. */
  readonly end: (protocolStatus?: number) => void;
  readonly closeConnection: () => void;
}

export interface MultiplexingApplication extends AsyncDisposable {
  readonly endpoint: Endpoint;
  /** Connections that carried requests. */
  readonly connections: () => number;
  /** Requests that have been received whole and not been ended. */
  readonly open: ReadonlyMap<string, MultiplexedRequest>;
  /** Ids of requests that were asked to be aborted, in order. */
  readonly aborted: readonly number[];
  /** How often it was asked for its values. */
  readonly asked: () => number;
}

export interface ApplicationOptions {
  /** The answer to GET_VALUES. */
  readonly values: readonly (readonly [string, string])[];
  /** Called with each whole request; without it they stay open. */
  readonly onRequest?: (request: MultiplexedRequest) => void;
}

interface Begun {
  readonly params: Buffer[];
  readonly stdin: Buffer[];
}

export async function startMultiplexingApplication({
  values,
  onRequest = () => undefined,
}: ApplicationOptions): Promise<MultiplexingApplication> {
  const directory = mkdtempSync(join(tmpdir(), 'multiplex-'));
  const path = join(directory, 'app.sock');
  const sockets = new Set<Socket>();
  const open = new Map<string, MultiplexedRequest>();
  const aborted: number[] = [];
  let carrying = 0;
  let asked = 0;

  const serve = (socket: Socket): void => {
    const decoder = new RecordDecoder();
    const begun = new Map<number, Begun>();
    let number = 0;
    const complete = (id: number, { params, stdin }: Begun): void => {
      const key = `${number}:${id}`;
      const end = (protocolStatus = 0): void => {
        open.delete(key);
        socket.write(
          encodeRecord({ type: 'end-request', requestId: id, appStatus: 0, protocolStatus }),
        );
      };
      const request: MultiplexedRequest = {
        id,
        connection: number,
        variables: new Map(decodeNameValuePairs(Buffer.concat(params))),
        stdin: Buffer.concat(stdin),
        send: (...records) => void socket.write(Buffer.concat(records)),
        answer: (output) => {
          const content = Buffer.from(output, 'latin1');
          socket.write(encodeRecord({ type: 'stdout', requestId: id, content }));
          end();
        },
        end,
        closeConnection: () => void socket.destroy(),
      };
      open.set(key, request);
      onRequest(request);
    };
    const accept = (record: FcgiRecord): void => {
      switch (record.type) {
        case 'get-values':
          asked += 1;
          socket.write(
            encodeRecord({
              type: 'get-values-result',
              requestId: 0,
              content: encodeNameValuePairs(values),
            }),
          );
          break;
        case 'begin-request':
          if (number === 0) number = carrying += 1;
          begun.set(record.requestId, { params: [], stdin: [] });
          break;
        case 'params':
          begun.get(record.requestId)?.params.push(Buffer.from(record.content));
          break;
        case 'stdin': {
          const request = begun.get(record.requestId);
          if (record.content.length > 0) request?.stdin.push(Buffer.from(record.content));
          else if (request !== undefined) complete(record.requestId, request);
          break;
        }
        case 'abort-request':
          aborted.push(record.requestId);
          open.get(`${number}:${record.requestId}`)?.end();
          break;
        case 'data':
        case 'end-request':
        case 'foreign':
        case 'get-values-result':
        case 'stderr':
        case 'stdout':
        case 'unknown-type':
          break;
      }
    };
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      for (const [key, request] of open) if (request.connection === number) open.delete(key);
    });
    socket.on('data', (bytes: Buffer) => {
      decoder.push(bytes);
      for (let record = decoder.next(); record !== null; record = decoder.next()) accept(record);
    });
  };

  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    endpoint: { kind: 'unix', path },
    connections: () => carrying,
    open,
    aborted,
    asked: () => asked,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => {
          rmSync(directory, { recursive: true, force: true });
          resolve();
        });
      }),
  };
}
