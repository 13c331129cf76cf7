/**
 * What the main thread and a lane say to each other: the only file that both import for talking.
 *
 * Each `postMessage` carries an array: all that one turn of the event loop produced. Requests are told apart by a number
 * that the main thread chooses and uses again thousands of requests later at the earliest, when both sides are done with it:
 * messages keep their order, so that none can come late.
 *
 * Bodies cross in chunks under credit, both ways. Of an answer, a lane sends at most INITIAL_CREDIT_BYTES more than it was
 * granted; an answer that is complete in one turn goes as one `answer` message and needs no credit. Of a request body,
 * nothing crosses before the lane grants the first credit, which it does when it has a connection or a process: until
 * then the body is at hand for another attempt.
 *
 * Bytes in messages own their whole ArrayBuffer: a view of a larger one would be cloned with all of it.
 *
 * The two messages of nearly every request, a task without much of a body and a small answer, cross as flat tuples of
 * strings and numbers: cloning objects with names and typed arrays costs several times as much.
 */
import type { Endpoint } from '../../routing-table/schema.ts';
import { bytesOf, textOf, type ByteString } from '../byte-string.ts';
import type { PackedVariables } from '../cgi/packed-variables.ts';
import type { RuntimeErrorCode } from '../runtime-error.ts';

/** What either side may send for one request before the other grants more, in bytes. */
export const INITIAL_CREDIT_BYTES = 256 * 1024;

/** How a request body arrives at the lane. */
export type TaskBody =
  | { readonly kind: 'none' }
  /** The whole body, small enough to go with the task. */
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  /** `body-chunk` messages follow, `bytes` in all, then `body-end`. */
  | { readonly kind: 'stream'; readonly bytes: number };

interface TaskBase {
  readonly id: number;
  readonly variables: PackedVariables;
  readonly body: TaskBody;
  /** Milliseconds from now within which the answer must be complete: TimeForCGI less what has passed. */
  readonly timeoutMs: number;
  /** True for HEAD: the body of the answer is read and dropped in the lane. */
  readonly isBodyWanted: boolean;
}

/** CGI variables in the order to send, as Latin-1 strings: each character is one byte. */
export type Variables = readonly (readonly [name: string, value: string])[];

/** A request for a lane to send to a FastCGI application. */
export interface FastCgiTask extends TaskBase {
  readonly kind: 'fastcgi';
  readonly endpoint: Endpoint;
  /**
   * The main thread counts connections; a fresh one may be opened only when it says so. A single-use one is fresh, and closed
   * behind the answer. A shared one carries others, too.
   * `next`: the lane puts it into its line, and gives it the next connection to the endpoint that becomes free.
   */
  readonly connection: 'kept' | 'fresh' | 'single-use' | 'shared' | 'next';
  /** False for a request that must not be sent twice: no second try after a stale kept connection took bytes. */
  readonly isRepeatable: boolean;
  /** Whether it is to be told that it has connected, and how long that took. */
  readonly isTimed: boolean;
}

/** Where a process listens that starts programs, and what it wants to hear first. */
export interface ProgramStarterAddress {
  /** The path of its socket. */
  readonly socket: string;
  /** A secret of the server and that process: programs of the server's own user may reach the socket, too. */
  readonly token: string;
}

/** A program that another process starts, as the user that cgi-wrapper.conf names (hiawatha(1) WrapCGI). */
export interface AsUser {
  readonly starter: ProgramStarterAddress;
  /** WrapCGI. */
  readonly wrapId: ByteString;
  readonly isFollowingLinks: boolean;
  /** Null for a file that is executed itself. */
  readonly interpreter: ByteString | null;
  readonly file: ByteString;
}

/** A program for a lane to start. */
export interface CgiTask extends TaskBase {
  readonly kind: 'cgi';
  /** Null: the lane starts the program itself. */
  readonly asUser: AsUser | null;
  /** Absolute path of what to execute: the interpreter, or the program itself. */
  readonly program: string;
  /** argv[0]; null: the program. */
  readonly name: string | null;
  /** Whether it leads a session and a process group from the start. */
  readonly isOwnSession: boolean;
  /** Without argv[0]; the script for an interpreter, nothing for a program. Latin-1. */
  readonly arguments: readonly string[];
  readonly workingDirectory: string;
  /** KillTimedoutCGI. */
  readonly isKilledAtTimeout: boolean;
  /** Whether its start is to be told. */
  readonly isTimed: boolean;
  /** False where only the end of the program counts: what it prints is thrown away, and the answer is an empty 204. */
  readonly isAnswerWanted: boolean;
}

/** What a lane is told to do. */
export type GatewayTask = FastCgiTask | CgiTask;

/** Programs that a lane can have written down at once; it may run more. */
export const PROGRAM_PLACES = 16_384;

/** Numbers in a place: the program's own, and six ends of its three pipes. */
export const PLACE_NUMBERS = 7;

/**
 * The first message to a lane, shared with it: the numbers of the programs that it, and those before it, have started and
 * not waited for, each with the descriptors that were opened for it and are no stream's yet; 0 where there is none. The
 * system itself writes them in the calls that make them: whenever the thread goes away, none is missing.
 */
export type Programs = Int32Array<SharedArrayBuffer>;

/** Main thread to lane. */
export type ToLane =
  | { readonly type: 'task'; readonly task: GatewayTask }
  | { readonly type: 'body-chunk'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly type: 'body-end'; readonly id: number }
  /** The client took this many more bytes of the answer. */
  | { readonly type: 'credit'; readonly id: number; readonly bytes: number }
  /** Take a task out of the line of the lane. Answered by `returned`; by nothing, when it is not there any more. */
  | { readonly type: 'recall'; readonly id: number }
  /** The client is gone, or the answer is no longer wanted: close the connection, end the process group. */
  | { readonly type: 'abort'; readonly id: number }
  /** The same, but for a request that an application has been sent: `abort` follows when a process has accepted it. */
  | { readonly type: 'abort-connecting'; readonly id: number }
  /** Close idle kept connections to this endpoint: the application is short of processes, or goes away. */
  | { readonly type: 'close-idle'; readonly endpoint: Endpoint; readonly atMost: number }
  /** Ask an application what it can do, on a connection of its own. Answered by `values`. */
  | { readonly type: 'ask-values'; readonly endpoint: Endpoint }
  | { readonly type: 'shutdown' };

/** Status and fields of an answer, already parsed, checked and cleaned of hop-by-hop fields. Latin-1 strings. */
export interface ResponseHead {
  /** 200 to 599. */
  readonly status: number;
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** The application's Content-Length where it gave a valid one. Not among `fields`. */
  readonly contentLength: number | null;
  /** The application sent `Connection: close`. The field itself is not among `fields`. */
  readonly isConnectionClosed: boolean;
  /**
   * Fields that speak to the server, names in lower case, in the order they came: `x-sendfile`, `x-accel-redirect`,
   * `server` and every `x-hiawatha-…`, none of which is among `fields`, and `x-accel-buffering`, which is passed on as
   * well. Whether they are obeyed is up to whoever started the request.
   */
  readonly instructions: readonly (readonly [name: string, value: string])[];
}

/** What became of the question what an application can do (GET_VALUES of FastCGI 1.0 §4.1). */
export type ValuesAnswer =
  /** Values by name; empty when it knows none of those that were asked for. */
  | { readonly kind: 'answered'; readonly values: Variables }
  /** It took the connection, and said nothing in time or closed it. Many applications know no such question. */
  | { readonly kind: 'silent' }
  /** It speaks another protocol. */
  | { readonly kind: 'foreign' }
  /** There is no connection to it. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Why a request failed in the lane. */
export interface TaskFailure {
  readonly code: RuntimeErrorCode;
  /** For the error log: what happened, to whom, why, what to look at. */
  readonly message: string;
  /** True when no byte of the request reached the application, so that another member may get it. */
  readonly isUnsent: boolean;
  /**
   * What failed. `connect`: the member is down. `saturated`: the member is there, and its waiting line was full until the
   * limit. `sharing`: the member takes one request at a time on a connection. `request`: this request alone.
   */
  readonly scope: 'connect' | 'saturated' | 'sharing' | 'request';
}

/** `kept`: it is idle in the lane. `passed`: the next in the line of the lane has it. */
export type ReleasedConnection = 'kept' | 'closed' | 'passed';

/** Lane to main thread. */
export type FromLane =
  /** A complete small answer. */
  | {
      readonly type: 'answer';
      readonly id: number;
      readonly head: ResponseHead;
      readonly body: Uint8Array | ByteString;
      /** When the task is over with it: what has become of its connection. Then no `released` follows. */
      readonly released: ReleasedConnection | null;
      /** With a connection that was `passed`: the task that has it now, unless that was said before; else 0. */
      readonly next: number;
    }
  | { readonly type: 'head'; readonly id: number; readonly head: ResponseHead }
  | { readonly type: 'chunk'; readonly id: number; readonly bytes: Uint8Array }
  /** The answer is complete. */
  | { readonly type: 'end'; readonly id: number }
  /** Before `head`: answer with an error page. After it: cut the connection to the client. */
  | { readonly type: 'fail'; readonly id: number; readonly failure: TaskFailure }
  /**
   * Standard error of the application, Latin-1, and how many bytes of it were too many. Sent before `released`; after `end`
   * and for aborted tasks too.
   */
  | {
      readonly type: 'stderr';
      readonly id: number;
      readonly text: string;
      readonly droppedBytes: number;
    }
  /** Something odd about an answer that is delivered all the same, in words, for the error log. */
  | { readonly type: 'note'; readonly id: number; readonly text: string }
  /** The application took this many more bytes of the body. */
  | { readonly type: 'body-credit'; readonly id: number; readonly bytes: number }
  /** A connection was made for the task. Only for tasks that are to tell. */
  | { readonly type: 'connected'; readonly id: number; readonly tookMs: number }
  /**
   * A CGI program runs; its process group has the same number. Only for tasks whose time is to be told, and for programs that
   * are not among {@link Programs}.
   */
  | { readonly type: 'spawned'; readonly id: number; readonly pid: number }
  /**
   * The task is over and everything it held in the lane is released; sent once, after `answer`, `end` or `fail`, for
   * aborted tasks too. `next`: as in `answer`.
   */
  | {
      readonly type: 'released';
      readonly id: number;
      readonly connection: ReleasedConnection;
      readonly next: number;
    }
  /** A task needs its connection no more, though not all of its answer is delivered; the next in the line has it. */
  | { readonly type: 'passed'; readonly id: number; readonly next: number }
  /** A task for the line of the lane did not have to wait there: it has a connection that was idle. */
  | { readonly type: 'took'; readonly id: number }
  /** A task was to have a connection that is kept, and there is none any more: one is opened for it. */
  | { readonly type: 'opened'; readonly id: number }
  /** A task that was recalled is out of the line. Nothing of it is left in the lane. */
  | { readonly type: 'returned'; readonly id: number }
  | { readonly type: 'values'; readonly endpoint: Endpoint; readonly answer: ValuesAnswer }
  /** Idle kept connections to an endpoint were closed: by the application, by age, or because of `close-idle`. */
  | {
      readonly type: 'idle-closed';
      readonly endpoint: Endpoint;
      readonly count: number;
      /** The `atMost` of the `close-idle` that this answers, also when nothing was left to close; else 0. */
      readonly asked: number;
    };

/** Posted by itself to ask whether a lane's event loop still turns. The answer, too, is by itself: the id of the thread. */
export const PING = 'ping';

/** Bodies up to this cross as Latin-1 strings. */
export const MAX_TEXT_BODY_BYTES = 4096;

const TASK_FLAG = {
  isBodyWanted: 1,
  isFresh: 2,
  isRepeatable: 4,
  isShared: 8,
  isTimed: 16,
  isNext: 32,
  isOwnSession: 64,
  isKilledAtTimeout: 128,
  isAnswerWanted: 256,
  isSingleUse: 512,
} as const;
const ANSWER_FLAG = { isReleased: 1, isKept: 2, isConnectionClosed: 4, isPassed: 8 } as const;

/** A FastCGI task with at most a small body. */
type PackedTask = readonly [
  id: number,
  /** The path of a socket, or the address of a TCP endpoint. */
  endpoint: string,
  /** 0 for a socket. */
  port: number,
  variables: PackedVariables,
  body: string,
  timeoutMs: number,
  flags: number,
];

/** A program without another name, of this server's user, with at most one argument and a small body. */
type PackedProgram = readonly [
  id: number,
  program: string,
  argument: string | null,
  workingDirectory: string,
  variables: PackedVariables,
  body: string,
  timeoutMs: number,
  flags: number,
];

/** An answer without instructions, with at most a small body. */
type PackedAnswer = readonly [
  id: number,
  status: number,
  /** Names and values in turn, each ended by a line feed, which neither can hold. */
  fields: string,
  contentLength: number | null,
  body: string,
  flags: number,
  next: number,
];

/** By this a program is told from a FastCGI task. */
const PROGRAM_PARTS = 8;

/** What is posted for one {@link ToLane}. */
export type PackedToLane = ToLane | PackedTask | PackedProgram;

/** What is posted for one {@link FromLane}. */
export type PackedFromLane = FromLane | PackedAnswer;

/** Packs a message where that pays. */
export function packToLane(message: ToLane): PackedToLane {
  if (message.type !== 'task') return message;
  const { task } = message;
  const { body } = task;
  if (body.kind === 'stream') return message;
  if (body.kind === 'inline' && body.bytes.length > MAX_TEXT_BODY_BYTES) return message;
  const text = body.kind === 'none' ? '' : textOf(body.bytes);
  if (task.kind === 'cgi') return packProgram(task, text) ?? message;
  const { endpoint } = task;
  return [
    task.id,
    endpoint.kind === 'unix' ? endpoint.path : endpoint.host,
    endpoint.kind === 'unix' ? 0 : endpoint.port,
    task.variables,
    text,
    task.timeoutMs,
    (task.isBodyWanted ? TASK_FLAG.isBodyWanted : 0) |
      (task.connection === 'fresh' ? TASK_FLAG.isFresh : 0) |
      (task.connection === 'single-use' ? TASK_FLAG.isSingleUse : 0) |
      (task.connection === 'shared' ? TASK_FLAG.isShared : 0) |
      (task.connection === 'next' ? TASK_FLAG.isNext : 0) |
      (task.isRepeatable ? TASK_FLAG.isRepeatable : 0) |
      (task.isTimed ? TASK_FLAG.isTimed : 0),
  ];
}

function packProgram(task: CgiTask, body: string): PackedProgram | null {
  if (task.name !== null || task.asUser !== null || task.arguments.length > 1) return null;
  return [
    task.id,
    task.program,
    task.arguments[0] ?? null,
    task.workingDirectory,
    task.variables,
    body,
    task.timeoutMs,
    (task.isBodyWanted ? TASK_FLAG.isBodyWanted : 0) |
      (task.isTimed ? TASK_FLAG.isTimed : 0) |
      (task.isOwnSession ? TASK_FLAG.isOwnSession : 0) |
      (task.isKilledAtTimeout ? TASK_FLAG.isKilledAtTimeout : 0) |
      (task.isAnswerWanted ? TASK_FLAG.isAnswerWanted : 0),
  ];
}

function unpackProgram(packed: PackedProgram): ToLane {
  const [id, program, argument, workingDirectory, variables, body, timeoutMs, flags] = packed;
  return {
    type: 'task',
    task: {
      kind: 'cgi',
      id,
      asUser: null,
      program,
      name: null,
      arguments: argument === null ? [] : [argument],
      workingDirectory,
      variables,
      body: bodyOf(body),
      timeoutMs,
      isBodyWanted: (flags & TASK_FLAG.isBodyWanted) !== 0,
      isTimed: (flags & TASK_FLAG.isTimed) !== 0,
      isOwnSession: (flags & TASK_FLAG.isOwnSession) !== 0,
      isKilledAtTimeout: (flags & TASK_FLAG.isKilledAtTimeout) !== 0,
      isAnswerWanted: (flags & TASK_FLAG.isAnswerWanted) !== 0,
    },
  };
}

function bodyOf(text: string): TaskBody {
  return text === '' ? { kind: 'none' } : { kind: 'inline', bytes: bytesOf(text) };
}

/** The message that {@link packToLane} has packed. */
export function unpackToLane(packed: PackedToLane): ToLane {
  if (!isTuple(packed)) return packed;
  if (packed.length === PROGRAM_PARTS) return unpackProgram(packed);
  const [id, endpoint, port, variables, body, timeoutMs, flags] = packed;
  return {
    type: 'task',
    task: {
      kind: 'fastcgi',
      id,
      endpoint:
        port === 0 ? { kind: 'unix', path: endpoint } : { kind: 'tcp', host: endpoint, port },
      variables,
      body: bodyOf(body),
      timeoutMs,
      isBodyWanted: (flags & TASK_FLAG.isBodyWanted) !== 0,
      connection: connectionOf(flags),
      isRepeatable: (flags & TASK_FLAG.isRepeatable) !== 0,
      isTimed: (flags & TASK_FLAG.isTimed) !== 0,
    },
  };
}

function connectionOf(flags: number): FastCgiTask['connection'] {
  if ((flags & TASK_FLAG.isSingleUse) !== 0) return 'single-use';
  if ((flags & TASK_FLAG.isShared) !== 0) return 'shared';
  if ((flags & TASK_FLAG.isNext) !== 0) return 'next';
  return (flags & TASK_FLAG.isFresh) !== 0 ? 'fresh' : 'kept';
}

/** Packs a message where that pays. */
export function packFromLane(message: FromLane): PackedFromLane {
  if (message.type !== 'answer' || message.body.length > MAX_TEXT_BODY_BYTES) return message;
  const { head } = message;
  if (head.instructions.length > 0) return message;
  return [
    message.id,
    head.status,
    packFields(head),
    head.contentLength,
    typeof message.body === 'string' ? message.body : textOf(message.body),
    (message.released === null ? 0 : ANSWER_FLAG.isReleased) |
      (message.released === 'kept' ? ANSWER_FLAG.isKept : 0) |
      (message.released === 'passed' ? ANSWER_FLAG.isPassed : 0) |
      (head.isConnectionClosed ? ANSWER_FLAG.isConnectionClosed : 0),
    message.next,
  ];
}

/** The last head that was packed: answers that begin alike have the same. */
let lastPacked: { readonly head: ResponseHead; readonly fields: string } | null = null;

function packFields(head: ResponseHead): string {
  if (lastPacked?.head === head) return lastPacked.fields;
  let fields = '';
  for (const [name, value] of head.fields) fields += `${name}\n${value}\n`;
  lastPacked = { head, fields };
  return fields;
}

/** The message that {@link packFromLane} has packed. */
export function unpackFromLane(packed: PackedFromLane): FromLane {
  if (!isTuple(packed)) return packed;
  const [id, status, fields, contentLength, body, flags, next] = packed;
  return {
    type: 'answer',
    id,
    head: {
      status,
      fields: unpackFields(fields),
      contentLength,
      isConnectionClosed: (flags & ANSWER_FLAG.isConnectionClosed) !== 0,
      instructions: [],
    },
    body,
    released: releasedOf(flags),
    next,
  };
}

function releasedOf(flags: number): ReleasedConnection | null {
  if ((flags & ANSWER_FLAG.isReleased) === 0) return null;
  if ((flags & ANSWER_FLAG.isPassed) !== 0) return 'passed';
  return (flags & ANSWER_FLAG.isKept) !== 0 ? 'kept' : 'closed';
}

/** The last fields that were unpacked, which often are those of the next answer. */
let lastUnpacked: { readonly text: string; readonly fields: ResponseHead['fields'] } = {
  text: '',
  fields: [],
};

function unpackFields(text: string): ResponseHead['fields'] {
  if (text === lastUnpacked.text) return lastUnpacked.fields;
  const fields: [string, string][] = [];
  for (let at = 0; at < text.length;) {
    const nameEnd = text.indexOf('\n', at);
    const valueEnd = text.indexOf('\n', nameEnd + 1);
    fields.push([text.slice(at, nameEnd), text.slice(nameEnd + 1, valueEnd)]);
    at = valueEnd + 1;
  }
  lastUnpacked = { text, fields };
  return fields;
}

/** `Array.isArray` loses what a readonly tuple holds. */
function isTuple<Tuple extends readonly unknown[]>(packed: object | Tuple): packed is Tuple {
  return Array.isArray(packed);
}
