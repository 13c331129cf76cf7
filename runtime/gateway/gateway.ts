/**
 * What handlers see of the gateway: start a CGI or FastCGI request, feed its body, receive its answer.
 *
 * Behind it: the balancer chooses a member, the connection count queues what the application has no room for, a lane does
 * the work. Everything here happens on the main thread.
 */
import type { ByteString } from '../byte-string.ts';
import type { FastCgiServer, RoutingTable } from '../../routing-table/schema.ts';
import type { RuntimeErrorCode } from '../runtime-error.ts';
import type { AsUser, ResponseHead, TaskBody, Variables } from './messages.ts';

/** What a log wants to know of the way of a request; filled in by the gateway. */
export interface CallTrace {
  /** The member that has the request, as in the configuration; null for a program, and while none has it. */
  member: string | null;
  /** When the gateway was asked, and when a member or a place for a program was found; on the clock of `performance.now()`. */
  readonly startedAtMs: number;
  placedAtMs: number | null;
  /** How long connecting took, or starting the program; null where neither was done. */
  connectMs: number | null;
}

interface GatewayRequestBase {
  readonly variables: Variables;
  readonly body: TaskBody;
  /** TimeForCGI: for everything, waiting and connecting included. */
  readonly timeoutMs: number;
  readonly isBodyWanted: boolean;
  /** True for methods that may be sent twice (RFC 9110 §9.2.2). */
  readonly isIdempotent: boolean;
  /** null where nobody wants to know. */
  readonly trace: CallTrace | null;
}

/** A request for a group of back ends. */
export interface FastCgiRequest extends GatewayRequestBase {
  readonly kind: 'fastcgi';
  readonly server: FastCgiServer;
  /** Decides which member a returning client gets (SessionTimeout). */
  readonly clientAddress: string;
  /** What the client sent in the cookie that `server.sticky` names; null for none. */
  readonly stickyCookie: ByteString | null;
  /** Whether the client came over TLS, so that a cookie for it must not go another way. */
  readonly isTls: boolean;
}

/** A request for a program that is started for it. */
export interface CgiRequest extends GatewayRequestBase {
  readonly kind: 'cgi';
  /** Another process starts the program, as another user; null: this one does. */
  readonly asUser: AsUser | null;
  readonly program: string;
  /** argv[0]; null: the program. */
  readonly name: string | null;
  readonly arguments: readonly string[];
  /** False for the CGI wrapper, which makes a session of its own when it has looked at ours. */
  readonly isOwnSession: boolean;
  readonly workingDirectory: string;
  readonly isKilledAtTimeout: boolean;
  /** False where only the end of the program counts: what it prints is thrown away, and the answer is an empty 204. */
  readonly isAnswerWanted: boolean;
  /** How many programs may run at the same time, and how many requests may wait for them. */
  readonly limits: Pick<RoutingTable['server']['cgi'], 'processes' | 'queue'>;
}

/** A request for an application. */
export type GatewayRequest = FastCgiRequest | CgiRequest;

/** How a request failed, for the error page and the log. */
export interface GatewayFailure {
  readonly code: RuntimeErrorCode;
  readonly message: string;
  /**
   * Refused or unreachable is 503, broken is 502, late is 504, not startable is 500; 403 and 404 for a program that is to
   * run as another user, and may not or is not there.
   */
  readonly status: 403 | 404 | 500 | 502 | 503 | 504;
  /** The type of error as RFC 9209 §2.3 has it. */
  readonly proxyError: string;
  /** Seconds for Retry-After, or null. */
  readonly retryAfterSeconds: number | null;
}

/** What an application wrote to standard error for one request. */
export interface MemberStandardError {
  /** Which member wrote it, as in the configuration; null for a program. */
  readonly member: string | null;
  /** Latin-1: each character is one byte. */
  readonly text: string;
  /** What came beyond the limit. */
  readonly droppedBytes: number;
}

/**
 * Receives one answer: either `onAnswer`, or `onHead`, any number of `onChunk` and `onEnd`; or `onFailure` at any time
 * before the end, after which nothing more comes but standard error. Never called before `start` has returned.
 */
export interface GatewayObserver {
  /** @param body - A small one is a byte string, as it crossed from the thread. */
  onAnswer(head: ResponseHead, body: Uint8Array | ByteString): void;
  onHead(head: ResponseHead): void;
  /** The bytes belong to the observer from here on. */
  onChunk(bytes: Uint8Array): void;
  onEnd(): void;
  onFailure(failure: GatewayFailure): void;
  /** Also after the end, and after `abort`: it may be what explains it. */
  onStandardError(said: MemberStandardError): void;
  /** Something odd about an answer that is delivered all the same (an exit status, a field left out), for the log. */
  onNote(text: string): void;
  /**
   * The application took body bytes: more may be written. Not called after the end; what is left of a body then is of no
   * interest.
   */
  onBodyDrain(): void;
}

/** A request under way. */
export interface GatewayCall {
  /**
   * Only with a `stream` body. The bytes belong to the gateway from here on.
   *
   * @returns false when no more should be written before `onBodyDrain`.
   */
  writeBody(bytes: Uint8Array): boolean;
  endBody(): void;
  /** The client took bytes of the answer; until then no more than INITIAL_CREDIT_BYTES come. */
  grant(bytes: number): void;
  /** Nothing more is wanted. Nothing but standard error is observed afterwards. */
  abort(): void;
  /**
   * The client is gone, and the application is to do its work all the same. It gets no second try from here on.
   *
   * @param observer - Observes what is still to come.
   * @returns false where it waits for its turn, so that nothing is begun: then it is aborted.
   */
  goOnWithoutClient(observer: GatewayObserver): boolean;
}

/** Something that happened to the gateway rather than to one request; for the system log. */
export interface GatewayNotice {
  readonly kind: 'lane-lost' | 'lane-back' | 'member-down' | 'member-up';
  /** The address of the member as in the configuration; null where it is not about one. */
  readonly member: string | null;
  /** A sentence: what happened, to whom, why. */
  readonly message: string;
}

/** What `createGateway` (create-gateway.ts) takes. */
export interface GatewayOptions {
  /** Worker threads, each with one lane. */
  readonly threads: number;
  /**
   * As many there are when the first program is started: a thread waits until the program that it starts runs. As many as
   * `threads` when left out.
   */
  readonly programThreads?: number;
  readonly onNotice: (notice: GatewayNotice) => void;
  /** How often worker threads are asked whether they still turn; every second when left out. */
  readonly pingIntervalMs?: number;
  /** From how many calls to an application in a second or two on connections are kept; 32 when left out, 0: always. */
  readonly keepFromCalls?: number;
}

/** What runs applications; the rest of the server sees nothing else of them. */
export interface Gateway {
  start(request: GatewayRequest, observer: GatewayObserver): GatewayCall;
  /**
   * Ends lanes and threads; what is still running is cut.
   *
   * @param withoutClientMs - How long what goes on without a client may take to end first; 0 when left out.
   */
  close(withoutClientMs?: number): Promise<void>;
}
