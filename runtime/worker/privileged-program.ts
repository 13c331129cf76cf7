/** A CGI program that another process starts for this one, as the user that it is to run as. */
import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';

import type { AsUser } from '../gateway/messages.ts';
import type { RuntimeErrorCode } from '../runtime-error.ts';
import type { ProgramEnd } from './libc.ts';
import { unpackVariables, type PackedVariables } from '../cgi/packed-variables.ts';
import { StreamPipe, type OutputPipe } from './output-pipe.ts';
import { isThere, type CgiProcess, type StartProblem } from './spawn.ts';
import {
  isRecord,
  LineReader,
  lineOf,
  parseLine,
  type FromStarter,
  type StreamName,
} from './starter-protocol.ts';

const MAX_LINE_BYTES = 64 * 1024;

/** What a refusal is to a client. */
const REFUSALS: ReadonlyMap<number, RuntimeErrorCode> = new Map([
  [403, 'HWR_CGI_REFUSED'],
  [404, 'HWR_CGI_NOT_FOUND'],
]);

const UNREACHABLE =
  'the process that starts programs as other users cannot be reached; it is started again where it was killed, or the server has said that it has ended for good';

const LOST =
  'the process that starts programs as other users was killed while the program ran; the program is ended';

export class PrivilegedProgram implements CgiProcess {
  readonly isWrittenDown = false;
  readonly stdin: Socket;
  readonly stdout: OutputPipe;
  readonly stderr: OutputPipe;
  readonly #control: Socket;
  readonly #lines = new LineReader(MAX_LINE_BYTES);
  #pid: number | null = null;
  #isStartOver = false;
  #isLeft = false;
  #end: ProgramEnd | null = null;
  #onStarted: ((pid: number, note: string | null) => void) | null = null;
  #onExit: ((end: ProgramEnd) => void) | null = null;
  #onStartError: ((problem: StartProblem) => void) | null = null;
  #onEnded: (() => void) | null = null;

  constructor(
    { starter, wrapId, isFollowingLinks, interpreter, file }: AsUser,
    packed: PackedVariables,
  ) {
    const { token } = starter;
    const id = randomUUID();
    const stream = (kind: StreamName): Socket => {
      const socket = connect(starter.socket);
      socket.write(lineOf({ token, id, kind }));
      return socket;
    };
    this.#control = connect(starter.socket);
    const variables = unpackVariables(packed) ?? [];
    const order = { wrapId, isFollowingLinks, interpreter, file, variables };
    this.#control.write(lineOf({ token, id, kind: 'control', order }));
    this.stdin = stream('stdin');
    this.stdout = new StreamPipe(stream('stdout'));
    this.stderr = new StreamPipe(stream('stderr'));
    // Nothing comes from there but its end.
    this.stdin.resume();
    this.#control.on('error', () => undefined);
    this.#control.on('data', (bytes: Buffer) => {
      for (const line of this.#lines.push(bytes) ?? []) this.#accept(parseLine(line));
    });
    this.#control.on('close', () => {
      this.#lost();
    });
  }

  onStarted(listener: (pid: number, note: string | null) => void): void {
    this.#onStarted = listener;
  }

  onExit(listener: (end: ProgramEnd) => void): void {
    this.#onExit = listener;
  }

  onStartError(listener: (problem: StartProblem) => void): void {
    this.#onStartError = listener;
  }

  isGroupThere(): boolean {
    return this.#pid !== null && isThere(-this.#pid);
  }

  end(onEnded: () => void): () => void {
    this.#onEnded = onEnded;
    if (!this.#isStartOver) {
      // Whatever is started now is ended, because nobody listens.
      this.#control.destroy();
      return () => undefined;
    }
    this.#control.write(lineOf('end'));
    return () => {
      if (this.#control.writable) this.#control.write(lineOf('kill'));
    };
  }

  leave(): void {
    this.#isLeft = true;
    this.#control.end(lineOf('leave'));
  }

  #accept(message: unknown): void {
    if (!isFromStarter(message)) return;
    switch (message.kind) {
      case 'started':
        this.#pid = message.pid;
        this.#isStartOver = true;
        this.#onStarted?.(message.pid, message.note);
        break;
      case 'refused':
        this.#fail({
          kind: 'refused',
          code: REFUSALS.get(message.status) ?? 'HWR_CGI_SPAWN',
          message: message.reason,
        });
        break;
      case 'failed':
        this.#fail({ kind: 'system', code: message.code });
        break;
      case 'exit':
        this.#ended(message);
        break;
      case 'ended':
        this.#hasEnded();
        break;
    }
  }

  #fail(problem: StartProblem): void {
    if (this.#isStartOver) return;
    this.#isStartOver = true;
    this.#control.destroy();
    this.#onStartError?.(problem);
  }

  #ended({ exitCode, signal }: ProgramEnd): void {
    if (this.#end !== null) return;
    this.#end = { exitCode, signal };
    this.#onExit?.(this.#end);
  }

  #hasEnded(): void {
    const onEnded = this.#onEnded;
    this.#onEnded = null;
    onEnded?.();
  }

  /** The other side is gone, and ends what it has started; or this one has hung up. */
  #lost(): void {
    if (this.#pid === null && this.#onEnded === null) {
      this.#fail({ kind: 'refused', code: 'HWR_CGI_NO_STARTER', message: UNREACHABLE });
      return;
    }
    this.#isStartOver = true;
    // Asked to end, or left, by this side: then nobody has to hear of it.
    if (this.#onEnded === null && this.#end === null && !this.#isLeft) {
      this.#end = { exitCode: null, signal: 'SIGKILL' };
      this.#onStartError?.({ kind: 'refused', code: 'HWR_CGI_KILLED', message: LOST });
      return;
    }
    this.#hasEnded();
    this.#ended({ exitCode: null, signal: 'SIGKILL' });
  }
}

/** The other side is ours too: a line has the shape that it was written with. */
function isFromStarter(message: unknown): message is FromStarter {
  return isRecord(message) && typeof message['kind'] === 'string';
}
