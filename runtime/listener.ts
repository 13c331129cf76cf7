/**
 * One HTTP or HTTPS server for a binding: accepting, counting, and Node's parser under our rules.
 */
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { Binding } from '../routing-table/schema.ts';
import { errorCode } from './disk.ts';
import { ClientConnection, type ConnectionRules } from './http/client-connection.ts';
import { statusOfParserError } from './http/parser-error.ts';
import { MIN_BACKLOG } from './limits.ts';
import type { RequestContext } from './request-context.ts';
import { plainAddress } from './routing/ip-address.ts';
import { RuntimeError } from './runtime-error.ts';

/** What a listener asks and tells. */
export interface ListenerOptions {
  readonly binding: Binding;
  /** Where the binding was written, to stand behind its address in a message; empty when that is not known. */
  readonly writtenAt: string;
  /** In the place of the port of the binding; 0 for any free one. */
  readonly port: number;
  readonly backlog: number;
  /** SocketSendTimeout; null: no limit. */
  readonly sendTimeoutMs: number | null;
  /** Largest head, and what answers a larger one. */
  readonly maxHeadBytes: number;
  readonly overflowStatus: 413 | 431;
  /** null: plain HTTP. */
  readonly tls: TlsMaterial | null;
  /** Counts a connection; false closes it without an answer. */
  admit(remoteAddress: string): boolean;
  /** A connection that was admitted is closed. */
  onReleased(remoteAddress: string): void;
  rulesFor(onClosed: (connection: ClientConnection) => void): ConnectionRules;
}

/** Certificates of a TLS binding. */
export interface TlsMaterial {
  /** PEM text with key and chain. */
  readonly default: string;
  /** The certificate for a name, or null for the default one. */
  contextFor(servername: string): SecureContext | null;
}

/** A listening server. */
export interface Listener {
  readonly address: AddressInfo;
  readonly isTls: boolean;
  /** Stops listening; connections go on until their answer is sent. */
  drain(): Promise<void>;
  /** Cuts what is left. */
  destroy(): void;
  /** Cuts the connections of an address. */
  kick(remoteAddress: string): void;
  /** Cuts connections whose clients take nothing of what is sent (SocketSendTimeout). */
  closeStalled(): void;
}

/** Node checks deadlines of its own; ours are kept to the millisecond (client-connection.ts). */
const SERVER_OPTIONS: ServerOptions = {
  insecureHTTPParser: false,
  requireHostHeader: false,
  keepAliveTimeout: 0,
  headersTimeout: 0,
  requestTimeout: 0,
  noDelay: true,
};

/** @throws {@link RuntimeError} `HWR_LISTEN` with what to do. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { binding, tls } = options;
  const connections = new Map<Socket, ClientConnection>();
  const rules = options.rulesFor((connection) => {
    connections.delete(connection.socket);
  });
  const serverOptions = { ...SERVER_OPTIONS, maxHeaderSize: options.maxHeadBytes };
  const server =
    tls === null ? createHttpServer(serverOptions) : createTlsServer(tls, serverOptions);
  server.timeout = 0;
  // Half-closed clients get their answer. Node has the switch on every server, without an option for it.
  Reflect.set(server, 'httpAllowHalfOpen', true);
  server.maxHeadersCount = 0;

  const counted = new WeakMap<Socket, string>();
  server.on('connection', (socket: Socket) => {
    // For TLS this is the connection below; its encrypted side follows as `secureConnection`.
    if (socket instanceof TLSSocket) return;
    socket.on('error', ignore);
    const remoteAddress = plainAddress(socket.remoteAddress ?? '');
    if (remoteAddress === '' || !options.admit(remoteAddress)) {
      socket.destroy();
      return;
    }
    counted.set(socket, remoteAddress);
    socket.on('close', () => options.onReleased(remoteAddress));
    if (tls === null) track(socket, null);
  });
  if (tls !== null)
    server.on('secureConnection', (socket: TLSSocket) => track(socket, tlsFacts(socket)));

  function track(socket: Socket, facts: RequestContext['tls']): void {
    connections.set(
      socket,
      new ClientConnection(socket, rules, {
        remoteAddress: plainAddress(socket.remoteAddress ?? ''),
        localAddress: plainAddress(socket.localAddress ?? ''),
        tls: facts,
      }),
    );
  }

  server.on('request', (message, response) => {
    connections.get(message.socket)?.receive(message, response);
  });
  server.on('checkContinue', (message, response) => {
    connections.get(message.socket)?.receive(message, response);
  });
  server.on('checkExpectation', (message, response) => {
    connections.get(message.socket)?.receive(message, response);
  });
  server.on('connect', (_, socket) => {
    if (isSocket(socket)) connections.get(socket)?.refuse(405, null);
  });
  server.on('clientError', (error: Error, socket) => {
    if (!isSocket(socket)) return;
    const connection = connections.get(socket);
    const raw: unknown = Reflect.get(error, 'rawPacket');
    const packet = Buffer.isBuffer(raw) ? raw : null;
    const reason: unknown = Reflect.get(error, 'reason');
    const bytesParsed: unknown = Reflect.get(error, 'bytesParsed');
    const status = statusOfParserError({
      code: errorCode(error),
      reason: typeof reason === 'string' ? reason : undefined,
      packet,
      bytesParsed: typeof bytesParsed === 'number' ? bytesParsed : 0,
    });
    if (connection === undefined || status === 0) socket.destroy();
    else if (status === 'end') connection.breakOff();
    else connection.refuse(status === 431 ? options.overflowStatus : status, packet);
  });
  server.on('tlsClientError', (_: Error, socket: TLSSocket) => socket.destroy());

  await startListening(server, options);
  server.on('error', ignore);
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new RuntimeError('HWR_LISTEN', `no address for port ${binding.port}`);
  }
  return {
    address,
    isTls: tls !== null,
    drain: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const connection of connections.values()) connection.drain();
      }),
    destroy: () => {
      server.closeAllConnections();
      for (const socket of connections.keys()) socket.destroy();
    },
    kick: (remoteAddress) => {
      for (const [socket, connection] of connections) {
        if (connection.remoteAddress === remoteAddress) socket.destroy();
      }
    },
    closeStalled: () => {
      const { sendTimeoutMs } = options;
      if (sendTimeoutMs === null) return;
      for (const [socket, connection] of connections) {
        if (connection.stalledMs() < sendTimeoutMs) continue;
        connection.onSendTimeout();
        socket.destroy();
      }
    },
  };
}

function tlsFacts(socket: TLSSocket): RequestContext['tls'] {
  return {
    version: socket.getProtocol() ?? '',
    cipher: socket.getCipher().standardName.replaceAll('_', '-'),
  };
}

function createTlsServer(tls: TlsMaterial, serverOptions: ServerOptions): Server {
  return createHttpsServer({
    ...serverOptions,
    cert: tls.default,
    key: tls.default,
    minVersion: 'TLSv1.2',
    SNICallback: (servername, callback) => {
      callback(null, tls.contextFor(servername.toLowerCase()) ?? undefined);
    },
  });
}

/** Reads a PEM file with key and certificate. @throws {@link RuntimeError} `HWR_TLS`. */
export function readCertificate(
  path: string,
  directive: string,
): { pem: string; context: SecureContext } {
  try {
    const pem = readFileSync(path, 'utf8');
    return { pem, context: createSecureContext({ cert: pem, key: pem }) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RuntimeError(
      'HWR_TLS',
      `${directive} ${path} cannot be used: ${reason}; it has to be a PEM file with the private key and the certificate chain`,
      { cause: error },
    );
  }
}

function startListening(server: Server, options: ListenerOptions): Promise<void> {
  const { binding, port } = options;
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => {
      reject(new RuntimeError('HWR_LISTEN', listenProblem(error, options), { cause: error }));
    };
    server.once('error', onError);
    server.listen(
      {
        host: binding.address,
        port,
        backlog: Math.max(options.backlog, MIN_BACKLOG),
        ipv6Only: binding.address.includes(':'),
      },
      () => {
        server.off('error', onError);
        resolve();
      },
    );
  });
}

function listenProblem(error: Error, { binding, port, writtenAt }: ListenerOptions): string {
  const host = binding.address.includes(':') ? `[${binding.address}]` : binding.address;
  const where = `${host}:${port}${writtenAt}`;
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return `cannot listen on ${where}: another program uses this port; stop it, or give the Binding another Port`;
    case 'EACCES':
      return `cannot listen on ${where}: no permission; ports below 1024 need root or the capability CAP_NET_BIND_SERVICE`;
    case 'EADDRNOTAVAIL':
      return `cannot listen on ${where}: this machine has no such address; correct Interface of the Binding`;
    default:
      return `cannot listen on ${where}: ${error.message}`;
  }
}

function isSocket(value: object): value is Socket {
  return 'destroySoon' in value;
}

function ignore(): void {
  // A connection that fails is dealt with when it closes.
}
