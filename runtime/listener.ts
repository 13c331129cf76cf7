/**
 * One HTTP or HTTPS server for a binding: accepting, counting, and Node's parser under our rules.
 */
import {
  createServer as createHttpServer,
  type Server as AnyHttpServer,
  type ServerOptions as AnyServerOptions,
} from 'node:http';
import { createServer as createHttpsServer, type Server as AnyHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { errorCode } from './error-code.ts';
import { Handshakes } from './http/handshakes.ts';
import { ClientConnection, rawHeadOf, type ConnectionRules } from './http/client-connection.ts';
import { Http2Connection } from './http/http2-connection.ts';
import { Http1Answer } from './http/http1-answer.ts';
import { Http1Request } from './http/http1-request.ts';
import { headOfRefusedPacket, statusOfParserError } from './http/parser-error.ts';
import type { OpenConnection } from './http/transport.ts';
import { KICK_GRACE_MS, MIN_BACKLOG } from './limits.ts';
import type { RequestContext } from './request-context.ts';
import { plainAddress } from './routing/ip-address.ts';
import { RuntimeError } from './runtime-error.ts';
import type { TlsMaterial } from './tls-material.ts';

/** Where to listen. */
export interface ListenerPlace {
  readonly address: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly backlog: number;
  /** A socket that listens there already; null: one is opened. */
  readonly descriptor: number | null;
  /** Where the binding was written, to stand behind its address in a message; empty when that is not known. */
  readonly writtenAt: string;
}

/** What a listener asks and tells; may be replaced while it listens. */
export interface ListenerRules {
  /** SocketSendTimeout; null: no limit. */
  readonly sendTimeoutMs: number | null;
  /** Largest head, and what answers a larger one. */
  readonly maxHeadBytes: number;
  readonly overflowStatus: 413 | 431;
  /** null: plain HTTP; a listener stays what it was at the start. */
  readonly tls: TlsMaterial | null;
  /** Whether clients of TLS may have HTTP/2. */
  readonly isHttp2Offered: boolean;
  /** Counts a connection; false closes it without an answer. */
  admit(remoteAddress: string): boolean;
  /** A connection that was admitted is closed. */
  onReleased(remoteAddress: string): void;
  readonly connectionRules: ConnectionRules;
}

/** A listening server. */
export interface Listener {
  readonly address: AddressInfo;
  readonly isTls: boolean;
  /** Goes by other rules from now on, for connections that are there as well. */
  use(rules: ListenerRules): void;
  /** Stops listening; connections go on until their answer is sent. */
  drain(): Promise<void>;
  /** Cuts what is left. */
  destroy(): void;
  /** Cuts the connections of an address. */
  kick(remoteAddress: string): void;
  /** Cuts connections whose clients take nothing of what is sent (SocketSendTimeout). */
  closeStalled(): void;
}

type Server = AnyHttpServer<typeof Http1Request, typeof Http1Answer>;
type HttpsServer = AnyHttpsServer<typeof Http1Request, typeof Http1Answer>;
type ServerOptions = AnyServerOptions<typeof Http1Request, typeof Http1Answer>;

/** Node checks deadlines of its own; ours are kept to the millisecond (client-connection.ts). */
const SERVER_OPTIONS: ServerOptions = {
  insecureHTTPParser: false,
  requireHostHeader: false,
  keepAliveTimeout: 0,
  headersTimeout: 0,
  requestTimeout: 0,
  noDelay: true,
  // A request without a body has no stream of it to be opened, read and closed, where this Node knows the option.
  optimizeEmptyRequests: true,
  IncomingMessage: Http1Request,
  ServerResponse: Http1Answer,
};

/** @throws {@link RuntimeError} `HWR_LISTEN` with what to do. */
export async function listen(place: ListenerPlace, first: ListenerRules): Promise<Listener> {
  const connections = new Map<Socket, OpenConnection>();
  const http1 = new WeakMap<Socket, ClientConnection>();
  let rules = first;
  // Connections outlive a change of the rules, and go by those of the moment.
  const currentRules: ConnectionRules = {
    get maxKeepAlive() {
      return rules.connectionRules.maxKeepAlive;
    },
    answer: (connection, arrived) => rules.connectionRules.answer(connection, arrived),
    refusal: (status) => rules.connectionRules.refusal(status),
    requestTimeMs: (address, isFirst) => rules.connectionRules.requestTimeMs(address, isFirst),
    onTimeout: (client, isFirst) => rules.connectionRules.onTimeout(client, isFirst),
    onSilentClose: (client) => rules.connectionRules.onSilentClose(client),
    onRefused: (connection, refused) => rules.connectionRules.onRefused(connection, refused),
  };
  const isTls = first.tls !== null;
  const serverOptions = { ...SERVER_OPTIONS, maxHeaderSize: first.maxHeadBytes };
  const tlsServer = isTls
    ? createTlsServer(
        serverOptions,
        () => rules.tls,
        () => rules.isHttp2Offered,
      )
    : null;
  const server = tlsServer ?? createHttpServer(serverOptions);
  const attachParser = takeListeners(server, isTls ? 'secureConnection' : 'connection');
  const applyTls = (): void => {
    if (rules.tls === null || tlsServer === null) return;
    tlsServer.setSecureContext(rules.tls.default);
    // Node reads these for each connection, and has no call to change them.
    Reflect.set(tlsServer, 'requestCert', rules.tls.isClientAsked);
    Reflect.set(tlsServer, 'rejectUnauthorized', rules.tls.isClientRequired);
  };
  applyTls();
  server.timeout = 0;
  // Half-closed clients get their answer. Node has the switch on every server, without an option for it.
  Reflect.set(server, 'httpAllowHalfOpen', true);
  server.maxHeadersCount = 0;

  const handshakes = new Handshakes(currentRules);
  const counted = new WeakMap<Socket, string>();
  server.on('connection', (socket: Socket) => {
    // For TLS this is the connection below; its encrypted side follows as `secureConnection`.
    if (socket instanceof TLSSocket) return;
    socket.on('error', ignore);
    const remoteAddress = plainAddress(socket.remoteAddress ?? '');
    if (remoteAddress === '' || !rules.admit(remoteAddress)) {
      socket.destroy();
      return;
    }
    counted.set(socket, remoteAddress);
    socket.on('close', () => rules.onReleased(remoteAddress));
    if (isTls) handshakes.begin(socket, remoteAddress);
    else track(socket, null);
  });
  if (tlsServer !== null) {
    tlsServer.on('secureConnection', (socket) => {
      handshakes.end(socket);
      const facts = tlsFacts(socket, rules.tls);
      if (socket.alpnProtocol === 'h2') {
        const ends = { ...endsOf(socket, facts), maxHeadBytes: rules.maxHeadBytes };
        keep(socket, new Http2Connection(socket, currentRules, ends));
      } else {
        track(socket, facts);
      }
    });
  }

  function track(socket: Socket, facts: RequestContext['tls']): void {
    const connection = new ClientConnection(socket, currentRules, endsOf(socket, facts), {
      get maxHeadBytes() {
        return rules.maxHeadBytes;
      },
      takeOver: () => attachParser(socket),
    });
    http1.set(socket, connection);
    keep(socket, connection);
  }

  function keep(socket: Socket, connection: OpenConnection): void {
    connections.set(socket, connection);
    socket.on('close', () => connections.delete(socket));
  }

  server.on('request', (message, response) => {
    http1.get(message.socket)?.receive(message, response);
  });
  server.on('checkContinue', (message, response) => {
    http1.get(message.socket)?.receive(message, response);
  });
  server.on('checkExpectation', (message, response) => {
    http1.get(message.socket)?.receive(message, response);
  });
  server.on('connect', (message, socket) => {
    if (isSocket(socket)) http1.get(socket)?.refuse(405, null, rawHeadOf(message));
  });
  server.on('clientError', (error: Error, socket) => {
    if (!isSocket(socket)) return;
    const connection = http1.get(socket);
    const raw: unknown = Reflect.get(error, 'rawPacket');
    const packet = Buffer.isBuffer(raw) ? raw : null;
    const reason: unknown = Reflect.get(error, 'reason');
    const bytesParsed: unknown = Reflect.get(error, 'bytesParsed');
    const problem = {
      code: errorCode(error),
      reason: typeof reason === 'string' ? reason : undefined,
      packet,
      bytesParsed: typeof bytesParsed === 'number' ? bytesParsed : 0,
    };
    const status = statusOfParserError(problem);
    if (connection === undefined || status === 0) socket.destroy();
    else if (status === 'end') connection.breakOff();
    else {
      const head = status === 501 || status === 505 ? headOfRefusedPacket(problem) : null;
      connection.refuse(status === 431 ? rules.overflowStatus : status, packet, head);
    }
  });
  server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
    // Who speaks something else was not silent.
    if (errorCode(error) !== 'ECONNRESET') handshakes.end(socket);
    socket.destroy();
  });

  await startListening(server, place);
  server.on('error', ignore);
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new RuntimeError('HWR_LISTEN', `no address for port ${place.port}`);
  }
  return {
    address,
    isTls,
    use: (next) => {
      rules = next;
      // As above: read for each connection.
      Reflect.set(server, 'maxHeaderSize', next.maxHeadBytes);
      applyTls();
    },
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
      const kicked = [...connections].filter(
        ([, connection]) => connection.remoteAddress === remoteAddress,
      );
      // The answer to the request that led to the ban goes out first.
      setImmediate(() => {
        for (const [, connection] of kicked) connection.drain();
      });
      setTimeout(() => {
        for (const [socket] of kicked) socket.destroy();
      }, KICK_GRACE_MS).unref();
    },
    closeStalled: () => {
      const { sendTimeoutMs } = rules;
      if (sendTimeoutMs === null) return;
      for (const [socket, connection] of connections) {
        if (connection.stalledMs() < sendTimeoutMs) continue;
        connection.noteSendTimeout();
        socket.destroy();
      }
    },
  };
}

function tlsFacts(socket: TLSSocket, material: TlsMaterial | null): RequestContext['tls'] {
  const name: unknown = Reflect.get(socket, 'servername');
  const servername = typeof name === 'string' && name !== '' ? name.toLowerCase() : null;
  return {
    servername,
    version: socket.getProtocol() ?? '',
    cipher: socket.getCipher().standardName.replaceAll('_', '-'),
    client: socket.authorized ? clientCertificate(socket, material, servername) : null,
  };
}

/** The certificate that a client has shown, and which authorities it was held against. */
function clientCertificate(
  socket: TLSSocket,
  material: TlsMaterial | null,
  servername: string | null,
): NonNullable<RequestContext['tls']>['client'] {
  const authority = material?.authorityFor(servername) ?? null;
  const certificate = socket.getPeerX509Certificate();
  if (authority === null || certificate === undefined) return null;
  return {
    authority,
    subject: distinguishedName(certificate.subject),
    issuer: distinguishedName(certificate.issuer),
    serial: certificate.serialNumber,
  };
}

/** `C=NL, O=Example, CN=anna`: Node has a line for each part. */
function distinguishedName(text: string): string {
  return text.trim().split('\n').join(', ');
}

/**
 * Takes the place of Node's HTTP/1.1, which would take every connection for its own.
 *
 * @returns what hands a connection to it.
 */
function takeListeners(
  server: Server,
  event: 'connection' | 'secureConnection',
): (socket: Socket) => void {
  const listeners = server.listeners(event);
  server.removeAllListeners(event);
  return (socket) => {
    for (const listener of listeners) Reflect.apply(listener, server, [socket]);
  };
}

function endsOf(
  socket: Socket,
  tls: RequestContext['tls'],
): Pick<OpenConnection, 'remoteAddress' | 'localAddress' | 'tls'> {
  return {
    remoteAddress: plainAddress(socket.remoteAddress ?? ''),
    localAddress: plainAddress(socket.localAddress ?? ''),
    tls,
  };
}

function createTlsServer(
  serverOptions: ServerOptions,
  material: () => TlsMaterial | null,
  isHttp2Offered: () => boolean,
): HttpsServer {
  return createHttpsServer({
    ...serverOptions,
    ALPNCallback: ({ protocols }) => {
      const spoken = isHttp2Offered() ? ['h2', 'http/1.1'] : ['http/1.1'];
      return spoken.find((protocol) => protocols.includes(protocol));
    },
    SNICallback: (servername, callback) => {
      callback(null, material()?.contextFor(servername.toLowerCase()) ?? undefined);
    },
  });
}

function startListening(server: Server, place: ListenerPlace): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => {
      reject(new RuntimeError('HWR_LISTEN', listenProblem(error, place), { cause: error }));
    };
    server.once('error', onError);
    const where =
      place.descriptor === null
        ? { host: place.address, port: place.port, ipv6Only: place.address.includes(':') }
        : { fd: place.descriptor };
    server.listen({ ...where, backlog: Math.max(place.backlog, MIN_BACKLOG) }, () => {
      server.off('error', onError);
      resolve();
    });
  });
}

function listenProblem(error: Error, { address, port, writtenAt }: ListenerPlace): string {
  const host = address.includes(':') ? `[${address}]` : address;
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
