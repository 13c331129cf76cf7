/**
 * What the main thread and a lane say to each other: the only file that both import for talking.
 *
 * Each `postMessage` carries an array: all that one turn of the event loop produced. Requests are told apart by a number
 * that the main thread chooses and does not reuse while a lane lives.
 *
 * Bodies cross in chunks under credit, both ways. Of an answer, a lane sends at most INITIAL_CREDIT_BYTES more than it was
 * granted; an answer that is complete in one turn goes as one `answer` message and needs no credit. Of a request body,
 * nothing crosses before the lane grants the first credit, which it does when it has a connection or a process: until
 * then the body is at hand for another attempt.
 *
 * Bytes in messages own their whole ArrayBuffer: a view of a larger one would be cloned with all of it.
 */
import type { Endpoint } from '../../routing-table/schema.ts';
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

export interface FastCgiTask extends TaskBase {
  readonly kind: 'fastcgi';
  readonly endpoint: Endpoint;
  /** The main thread counts connections; a fresh one may be opened only when it says so. */
  readonly connection: 'kept' | 'fresh';
  /** False for a request that must not be sent twice: no second try after a stale kept connection took bytes. */
  readonly isRepeatable: boolean;
}

export interface CgiTask extends TaskBase {
  readonly kind: 'cgi';
  /** Absolute path of what to execute: the interpreter, or the program itself. */
  readonly program: string;
  /** Without argv[0]; the script for an interpreter, nothing for a program. Latin-1. */
  readonly arguments: readonly string[];
  readonly workingDirectory: string;
  /** KillTimedoutCGI. */
  readonly isKilledAtTimeout: boolean;
}

export type GatewayTask = FastCgiTask | CgiTask;

/** Main thread to lane. */
export type ToLane =
  | { readonly type: 'task'; readonly task: GatewayTask }
  | { readonly type: 'body-chunk'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly type: 'body-end'; readonly id: number }
  /** The client took this many more bytes of the answer. */
  | { readonly type: 'credit'; readonly id: number; readonly bytes: number }
  /** The client is gone, or the answer is no longer wanted: close the connection, end the process group. */
  | { readonly type: 'abort'; readonly id: number }
  /** Close idle kept connections to this endpoint: the application is short of processes, or goes away. */
  | { readonly type: 'close-idle'; readonly endpoint: Endpoint; readonly atMost: number }
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

/** Why a request failed in the lane. */
export interface TaskFailure {
  readonly code: RuntimeErrorCode;
  /** For the error log: what happened, to whom, why, what to look at. */
  readonly message: string;
  /** True when no byte of the request reached the application, so that another member may get it. */
  readonly isUnsent: boolean;
  /**
   * What failed. `connect`: the member is down. `saturated`: the member is there, and its waiting line was full until the
   * limit. `request`: this request alone.
   */
  readonly scope: 'connect' | 'saturated' | 'request';
}

/** Lane to main thread. */
export type FromLane =
  /** A complete small answer. */
  | {
      readonly type: 'answer';
      readonly id: number;
      readonly head: ResponseHead;
      readonly body: Uint8Array;
    }
  | { readonly type: 'head'; readonly id: number; readonly head: ResponseHead }
  | { readonly type: 'chunk'; readonly id: number; readonly bytes: Uint8Array }
  /** The answer is complete. */
  | { readonly type: 'end'; readonly id: number }
  /** Before `head`: answer with an error page. After it: cut the connection to the client. */
  | { readonly type: 'fail'; readonly id: number; readonly failure: TaskFailure }
  /** Text for the error log: standard error of the application, whole lines where possible. Latin-1. */
  | { readonly type: 'stderr'; readonly id: number; readonly text: string }
  /** Something odd about an answer that is delivered all the same, in words, for the error log. */
  | { readonly type: 'note'; readonly id: number; readonly text: string }
  /** The application took this many more bytes of the body. */
  | { readonly type: 'body-credit'; readonly id: number; readonly bytes: number }
  /** A CGI program runs; its process group has the same number. */
  | { readonly type: 'spawned'; readonly id: number; readonly pid: number }
  /**
   * The task is over and everything it held in the lane is released; sent once, after `answer`, `end` or `fail`, for
   * aborted tasks too. `isConnectionKept`: its FastCGI connection is now idle in the lane.
   */
  | { readonly type: 'released'; readonly id: number; readonly isConnectionKept: boolean }
  /** Idle kept connections to an endpoint were closed: by the application, by age, or because of `close-idle`. */
  | {
      readonly type: 'idle-closed';
      readonly endpoint: Endpoint;
      readonly count: number;
      /** The `atMost` of the `close-idle` that this answers, also when nothing was left to close; else 0. */
      readonly asked: number;
    };
