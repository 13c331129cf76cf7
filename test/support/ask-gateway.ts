/** Starts requests on a gateway and collects what is observed. */
import type { CallOwner } from '../../runtime/gateway/call.ts';
import type {
  CgiRequest,
  FastCgiRequest,
  Gateway,
  GatewayCall,
  GatewayFailure,
  GatewayObserver,
  GatewayRequest,
} from '../../runtime/gateway/gateway.ts';
import type { ResponseHead } from '../../runtime/gateway/messages.ts';
import type { Endpoint } from '../../routing-table/schema.ts';
import { makeFastCgiServer } from './routing-table.ts';

/** Time for a request where time is not what a test is about: longer than the test may take. */
const NO_HURRY_MS = 120_000;

/** Everything that was observed of one request. */
export interface Outcome {
  readonly head: ResponseHead | null;
  readonly body: Buffer;
  readonly failure: GatewayFailure | null;
  readonly stderr: readonly string[];
  readonly notes: readonly string[];
  /** The answer came as one piece. */
  readonly isWhole: boolean;
}

/** A request under way. */
export interface Asked {
  readonly call: GatewayCall;
  readonly outcome: Promise<Outcome>;
  /** Resolves with the head. */
  readonly head: Promise<ResponseHead>;
  /** Resolves when at least so many bytes of the body have come. */
  received(bytes: number): Promise<void>;
  /** Sends a body in pieces as fast as it is taken, and ends it. Stops when the request is over. */
  sendBody(pieces: Iterable<Uint8Array>): Promise<void>;
  /** Bytes of the body so far. */
  receivedBytes(): number;
  /** The body so far, as Latin-1. */
  bodyText(): string;
}

/** Hears of nothing. */
export const DEAF: GatewayObserver = {
  onAnswer: () => undefined,
  onHead: () => undefined,
  onChunk: () => undefined,
  onEnd: () => undefined,
  onFailure: () => undefined,
  onStandardError: () => undefined,
  onNote: () => undefined,
  onBodyDrain: () => undefined,
};

/** Owns calls, and minds nothing that they do. */
export const INDIFFERENT: CallOwner = {
  onAborted: () => undefined,
  onWithoutClient: () => undefined,
  onOver: () => undefined,
};

/** How the bytes of an answer are granted: as they come, or never. */
export type Granting = 'at once' | 'never';

export function ask(
  gateway: Gateway,
  request: GatewayRequest,
  granting: Granting = 'at once',
  onStandardError: (text: string) => void = () => undefined,
): Asked {
  const chunks: Uint8Array[] = [];
  const stderr: string[] = [];
  const notes: string[] = [];
  let bytes = 0;
  let head: ResponseHead | null = null;
  const waiting: { bytes: number; resolve: () => void }[] = [];
  const draining: (() => void)[] = [];
  let resolveOutcome: (outcome: Outcome) => void = () => undefined;
  let resolveHead: (head: ResponseHead) => void = () => undefined;
  const outcome = new Promise<Outcome>((resolve) => (resolveOutcome = resolve));
  const headPromise = new Promise<ResponseHead>((resolve) => (resolveHead = resolve));
  const finish = (failure: GatewayFailure | null, isWhole: boolean): void => {
    resolveOutcome({ head, body: Buffer.concat(chunks), failure, stderr, notes, isWhole });
  };
  const take = (piece: Uint8Array): void => {
    chunks.push(piece);
    bytes += piece.length;
    for (const waiter of waiting) if (bytes >= waiter.bytes) waiter.resolve();
  };
  const call = gateway.start(request, {
    onAnswer: (answerHead, body) => {
      head = answerHead;
      resolveHead(answerHead);
      take(typeof body === 'string' ? Buffer.from(body, 'latin1') : body);
      finish(null, true);
    },
    onHead: (answerHead) => {
      head = answerHead;
      resolveHead(answerHead);
    },
    onChunk: (piece) => {
      take(piece);
      if (granting === 'at once') call.grant(piece.length);
    },
    onEnd: () => finish(null, false),
    onFailure: (failure) => finish(failure, false),
    onStandardError: ({ text, droppedBytes }) => {
      stderr.push(text);
      onStandardError(text);
      if (droppedBytes > 0) stderr.push(`${droppedBytes} dropped`);
    },
    onNote: (text) => notes.push(text),
    onBodyDrain: () => {
      for (const resolve of draining.splice(0)) resolve();
    },
  });
  return {
    call,
    outcome,
    head: headPromise,
    received: (wanted) =>
      new Promise((resolve) => {
        if (bytes >= wanted) resolve();
        else waiting.push({ bytes: wanted, resolve });
      }),
    sendBody: async (pieces) => {
      for (const piece of pieces) {
        if (call.writeBody(new Uint8Array(piece))) continue;
        await Promise.race([new Promise<void>((resolve) => draining.push(resolve)), outcome]);
      }
      call.endBody();
    },
    receivedBytes: () => bytes,
    bodyText: () => Buffer.concat(chunks).toString('latin1'),
  };
}

/** A GET to an application with the given members. */
export function fastCgi(
  connectTo: Endpoint | Endpoint[],
  overrides: Partial<FastCgiRequest> = {},
): FastCgiRequest {
  return {
    kind: 'fastcgi',
    server: makeFastCgiServer({
      id: 'APP',
      connectTo: Array.isArray(connectTo) ? [...connectTo] : [connectTo],
      extensions: [],
      sessionTimeoutMs: 0,
    }),
    clientAddress: '192.0.2.1',
    stickyCookie: null,
    isTls: false,
    variables: [
      ['REQUEST_METHOD', 'GET'],
      ['SCRIPT_FILENAME', '/srv/index.php'],
    ],
    body: { kind: 'none' },
    timeoutMs: NO_HURRY_MS,
    isBodyWanted: true,
    isIdempotent: true,
    trace: null,
    ...overrides,
  };
}

/** A GET to a program. */
export function cgi(program: string, overrides: Partial<CgiRequest> = {}): CgiRequest {
  return {
    kind: 'cgi',
    program,
    name: null,
    asUser: null,
    isOwnSession: true,
    arguments: [],
    workingDirectory: '/',
    isKilledAtTimeout: true,
    isAnswerWanted: true,
    limits: { processes: 4, queue: { length: 1024, deadlineMs: null } },
    variables: [['REQUEST_METHOD', 'GET']],
    body: { kind: 'none' },
    timeoutMs: NO_HURRY_MS,
    isBodyWanted: true,
    isIdempotent: true,
    trace: null,
    ...overrides,
  };
}
