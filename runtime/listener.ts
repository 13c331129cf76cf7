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
import { headOfRefusedPacket, parserErrorOf, statusOfParserError } from './http/parser-error.ts';
import type { OpenConnection } from './http/transport.ts';
import { KICK_GRACE_MS } from './limits.ts';
import type { RequestContext } from './request-context.ts';
import { plainAddress } from './routing/ip-address.ts';
import { RuntimeError } from './runtime-error.ts';
import { startListening, type ListenerPlace } from './start-listening.ts';
import { tlsFacts } from './tls-facts.ts';
import type { TlsMaterial } from './tls-material.ts';

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
  const listener = new OpenListener(first);
  await listener.open(place);
  return listener;
}

class OpenListener implements Listener {
  readonly isTls: boolean;
  #rules: ListenerRules;
  /** Connections outlive a change of the rules, and go by those of the moment. */
  readonly #currentRules: ConnectionRules;
  readonly #connections = new Map<Socket, OpenConnection>();
  readonly #http1 = new WeakMap<Socket, ClientConnection>();
  readonly #handshakes: Handshakes;
  readonly #server: Server;
  /** The same one, where it speaks TLS. */
  readonly #tlsServer: HttpsServer | null;
  readonly #attachParser: (socket: Socket) => void;
  #address: AddressInfo | null = null;

  constructor(first: ListenerRules) {
    this.#rules = first;
    this.#currentRules = rulesOfTheMoment(() => this.#rules.connectionRules);
    this.#handshakes = new Handshakes(this.#currentRules);
    this.isTls = first.tls !== null;
    const serverOptions = { ...SERVER_OPTIONS, maxHeaderSize: first.maxHeadBytes };
    this.#tlsServer = this.isTls ? createTlsServer(serverOptions, () => this.#rules) : null;
    const server = this.#tlsServer ?? createHttpServer(serverOptions);
    this.#server = server;
    this.#attachParser = takeListeners(server, this.isTls ? 'secureConnection' : 'connection');
    this.#applyTls();
    server.timeout = 0;
    server.maxHeadersCount = 0;
    // Half-closed clients get their answer. Node has the switch on every server, without an option for it.
    Reflect.set(server, 'httpAllowHalfOpen', true);
    this.#hearConnections();
    this.#hearParser();
  }

  async open(place: ListenerPlace): Promise<void> {
    await startListening(this.#server, place);
    this.#server.on('error', ignore);
    const address = this.#server.address();
    if (address === null || typeof address === 'string') {
      throw new RuntimeError('HWR_LISTEN', `no address for port ${place.port}`);
    }
    this.#address = address;
  }

  get address(): AddressInfo {
    if (this.#address === null) throw new Error('not open');
    return this.#address;
  }

  use(next: ListenerRules): void {
    this.#rules = next;
    // Node reads this for each connection, and has no call to change it.
    Reflect.set(this.#server, 'maxHeaderSize', next.maxHeadBytes);
    this.#applyTls();
  }

  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const connection of this.#connections.values()) connection.drain();
    });
  }

  destroy(): void {
    this.#server.closeAllConnections();
    for (const socket of this.#connections.keys()) socket.destroy();
  }

  kick(remoteAddress: string): void {
    const kicked = [...this.#connections].filter(
      ([, connection]) => connection.remoteAddress === remoteAddress,
    );
    // The answer to the request that led to the ban goes out first.
    setImmediate(() => {
      for (const [, connection] of kicked) connection.drain();
    });
    setTimeout(() => {
      for (const [socket] of kicked) socket.destroy();
    }, KICK_GRACE_MS).unref();
  }

  closeStalled(): void {
    const { sendTimeoutMs } = this.#rules;
    if (sendTimeoutMs === null) return;
    for (const [socket, connection] of this.#connections) {
      if (connection.stalledMs() < sendTimeoutMs) continue;
      connection.noteSendTimeout();
      socket.destroy();
    }
  }

  #applyTls(): void {
    const { tls } = this.#rules;
    const server = this.#tlsServer;
    if (tls === null || server === null) return;
    server.setSecureContext(tls.default);
    // As in `use`.
    Reflect.set(server, 'requestCert', tls.isClientAsked);
    Reflect.set(server, 'rejectUnauthorized', tls.isClientRequired);
  }

  #hearConnections(): void {
    this.#server.on('connection', (socket: Socket) => this.#accept(socket));
    const tlsServer = this.#tlsServer;
    if (tlsServer === null) return;
    tlsServer.on('secureConnection', (socket) => this.#acceptSecure(socket));
    tlsServer.on('tlsClientError', (error: Error, socket: TLSSocket) => {
      // Who speaks something else was not silent.
      if (errorCode(error) !== 'ECONNRESET') this.#handshakes.end(socket);
      socket.destroy();
    });
  }

  #accept(socket: Socket): void {
    // For TLS this is the connection below; its encrypted side follows as `secureConnection`.
    if (socket instanceof TLSSocket) return;
    socket.on('error', ignore);
    const remoteAddress = plainAddress(socket.remoteAddress ?? '');
    if (remoteAddress === '' || !this.#rules.admit(remoteAddress)) {
      socket.destroy();
      return;
    }
    socket.on('close', () => this.#rules.onReleased(remoteAddress));
    if (this.isTls) this.#handshakes.begin(socket, remoteAddress);
    else this.#serve(socket, null);
  }

  #acceptSecure(socket: TLSSocket): void {
    this.#handshakes.end(socket);
    const facts = tlsFacts(socket, this.#rules.tls);
    if (socket.alpnProtocol !== 'h2') {
      this.#serve(socket, facts);
      return;
    }
    const ends = { ...endsOf(socket, facts), maxHeadBytes: this.#rules.maxHeadBytes };
    this.#keep(socket, new Http2Connection(socket, this.#currentRules, ends));
  }

  #serve(socket: Socket, facts: RequestContext['tls']): void {
    const rules = (): ListenerRules => this.#rules;
    const connection = new ClientConnection(socket, this.#currentRules, endsOf(socket, facts), {
      get maxHeadBytes() {
        return rules().maxHeadBytes;
      },
      takeOver: () => this.#attachParser(socket),
    });
    this.#http1.set(socket, connection);
    this.#keep(socket, connection);
  }

  #keep(socket: Socket, connection: OpenConnection): void {
    this.#connections.set(socket, connection);
    socket.on('close', () => this.#connections.delete(socket));
  }

  #hearParser(): void {
    const http1 = this.#http1;
    const receive = (message: Http1Request, response: Http1Answer): void =>
      http1.get(message.socket)?.receive(message, response);
    const server = this.#server;
    server.on('request', receive);
    server.on('checkContinue', receive);
    server.on('checkExpectation', receive);
    server.on('connect', (message, socket) => {
      if (isSocket(socket)) http1.get(socket)?.refuse(405, null, rawHeadOf(message));
    });
    server.on('clientError', (error: Error, socket) => {
      if (isSocket(socket)) this.#onParserError(error, socket);
    });
  }

  #onParserError(error: Error, socket: Socket): void {
    const connection = this.#http1.get(socket);
    const problem = parserErrorOf(error);
    const status = statusOfParserError(problem);
    if (connection === undefined || status === 0) socket.destroy();
    else if (status === 'end') connection.breakOff();
    else {
      const head = status === 501 || status === 505 ? headOfRefusedPacket(problem) : null;
      const shown = status === 431 ? this.#rules.overflowStatus : status;
      connection.refuse(shown, problem.packet, head);
    }
  }
}

function rulesOfTheMoment(rules: () => ConnectionRules): ConnectionRules {
  return {
    get maxKeepAlive() {
      return rules().maxKeepAlive;
    },
    answer: (connection, arrived) => rules().answer(connection, arrived),
    refusal: (status) => rules().refusal(status),
    requestTimeMs: (address, isFirst) => rules().requestTimeMs(address, isFirst),
    onTimeout: (client, isFirst) => rules().onTimeout(client, isFirst),
    onSilentClose: (client) => rules().onSilentClose(client),
    onRefused: (connection, refused) => rules().onRefused(connection, refused),
  };
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
  rules: () => Pick<ListenerRules, 'tls' | 'isHttp2Offered'>,
): HttpsServer {
  return createHttpsServer({
    ...serverOptions,
    ALPNCallback: ({ protocols }) => {
      const spoken = rules().isHttp2Offered ? ['h2', 'http/1.1'] : ['http/1.1'];
      return spoken.find((protocol) => protocols.includes(protocol));
    },
    SNICallback: (servername, callback) => {
      callback(null, rules().tls?.contextFor(servername.toLowerCase()) ?? undefined);
    },
  });
}

function isSocket(value: object): value is Socket {
  return 'destroySoon' in value;
}

function ignore(): void {
  // A connection that fails is dealt with when it closes.
}
