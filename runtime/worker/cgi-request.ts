/** One run of a CGI program: three pipes served at once, a process group that does not outlive its time. */
import { CgiAnswer } from '../cgi/answer.ts';
import { INITIAL_CREDIT_BYTES, type CgiTask, type ResponseHead } from '../gateway/messages.ts';
import { freeBytes } from '../owned-bytes.ts';
import { RuntimeError, type RuntimeErrorCode } from '../runtime-error.ts';
import type { Deadlines } from '../deadlines.ts';
import { AnswerSender, type FlowControl } from './answer-sender.ts';
import type { ProgramEnd } from './libc.ts';
import type { Outbox } from './outbox.ts';
import type { OutputListener } from './output-pipe.ts';
import { PrivilegedProgram } from './privileged-program.ts';
import {
  describeSpawnError,
  spawnCgi,
  type CgiProcess,
  type SpawnOptions,
  type StartProblem,
} from './spawn.ts';
import { StderrText } from './stderr-text.ts';
import type { TaskRun } from './task-run.ts';

/** How long the end of an answer waits for the other of its two signs: output closed, program gone. */
const SETTLE_MS = 200;

/**
 * How long the beginning of an answer waits for its end. Most programs end right after they have said what they have to
 * say: one message, and one packet for the client, hold all of it.
 */
const HELD_MS = 20;

/** The answer of a program whose own nobody wants. */
const EMPTY_ANSWER: ResponseHead = {
  status: 204,
  fields: [],
  contentLength: null,
  isConnectionClosed: false,
  instructions: [],
};

/** Errors of the machine rather than of the program: they pass. */
const SHORTAGES: ReadonlySet<string> = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM']);

/** What the programs of a lane have in common. */
export interface CgiResources {
  readonly outbox: Outbox;
  readonly deadlines: Deadlines;
}

/** A CGI program that runs for one request. It is its own observer: objects of functions for each request are dear. */
export class CgiRequest implements TaskRun, FlowControl, OutputListener {
  readonly #task: CgiTask;
  readonly #outbox: Outbox;
  readonly #sender: AnswerSender;
  readonly #stderr: StderrText;
  readonly #answer: CgiAnswer;
  readonly #deadlines: Deadlines;
  readonly #deadline: number;
  readonly #startedAtMs = performance.now();
  readonly #options: SpawnOptions;
  readonly #process: CgiProcess;
  #isStarted = false;
  #exit: ProgramEnd | null = null;
  #isOutputEnded = false;
  #isErrorEnded = false;
  #settling: number | null = null;
  #lastWords: number | null = null;
  #nextLook: number | null = null;
  #held: NodeJS.Timeout | null = null;
  #isAnswered = false;
  #isPaused = false;
  #killNow: (() => void) | null = null;
  /** Its process group is gone, or has got its KILL. */
  #isKilled = false;
  #isReleased = false;

  constructor(task: CgiTask, { outbox, deadlines }: CgiResources, onReleased: () => void) {
    this.#task = task;
    this.#outbox = outbox;
    this.#deadlines = deadlines;
    this.#sender = new AnswerSender(task.id, outbox, this, onReleased);
    this.#sender.hold();
    this.#stderr = new StderrText((said) => {
      this.#sender.onStderr(said);
    });
    this.#answer = new CgiAnswer(this.#sender, task.isBodyWanted);
    this.#deadline = deadlines.add(task.timeoutMs, () => {
      this.#onDeadline();
    });
    this.#options = {
      program: task.program,
      name: task.name,
      isOwnSession: task.isOwnSession,
      arguments: task.arguments,
      workingDirectory: task.workingDirectory,
      hasInput: task.body.kind !== 'none',
      input: task.body.kind === 'inline' ? task.body.bytes : null,
      variables: task.variables,
    };
    this.#process =
      task.asUser === null
        ? spawnCgi(this.#options)
        : new PrivilegedProgram(task.asUser, this.#options.variables);
    this.#listen();
    this.#process.onStarted((pid, note) => {
      this.#isStarted = true;
      if (note !== null) outbox.add({ type: 'note', id: task.id, text: note });
      if (task.isTimed || !this.#process.isWrittenDown) {
        outbox.add({ type: 'spawned', id: task.id, pid });
        // At once: should this thread go away in this turn, somebody has to know of the program.
        outbox.flush();
      }
      this.#startBody();
    });
  }

  writeBody(bytes: Uint8Array): void {
    const { stdin } = this.#process;
    if (stdin === null || stdin.destroyed || !stdin.writable) {
      // The program closed its input: the rest of the body is of no interest to anybody.
      this.#grantBody(bytes.length);
      return;
    }
    stdin.write(bytes, () => {
      this.#grantBody(bytes.length);
      freeBytes(bytes);
    });
  }

  endBody(): void {
    this.#process.stdin?.end();
  }

  pause(): void {
    this.#isPaused = true;
    this.#process.stdout.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#process.stdout.resume();
  }

  grant(bytes: number): void {
    this.#sender.grant(bytes);
  }

  abort(): void {
    this.#isAnswered = true;
    this.#sender.drop();
    this.#endProcess();
  }

  /** Ends the whole group at once: the lane goes away. */
  kill(): void {
    this.abort();
    this.#killNow?.();
  }

  #listen(): void {
    const { stdin, stdout, stderr } = this.#process;
    // A program need not read its input.
    stdin?.on('error', () => undefined);
    this.#process.onStartError((problem) => {
      this.#onStartError(problem);
    });
    this.#process.onExit((end) => {
      this.#exit = end;
      this.#settle();
      this.#releaseWhenGone();
      if (this.#isKilled) this.#release();
    });
    stdout.read(this);
    stderr.read({
      onBytes: (bytes) => {
        this.#stderr.push(bytes);
      },
      onEnd: () => {
        this.#isErrorEnded = true;
        this.#stderr.end();
        this.#releaseWhenGone();
      },
    });
  }

  onEnd(): void {
    this.#isOutputEnded = true;
    this.#settle();
    this.#releaseWhenGone();
  }

  #startBody(): void {
    const { body } = this.#task;
    switch (body.kind) {
      case 'none':
        this.#process.stdin?.end();
        break;
      case 'inline':
        this.#process.stdin?.end(body.bytes);
        break;
      case 'stream':
        this.#grantBody(INITIAL_CREDIT_BYTES);
        break;
    }
  }

  #grantBody(bytes: number): void {
    this.#outbox.add({ type: 'body-credit', id: this.#task.id, bytes });
  }

  onBytes(bytes: Uint8Array): void {
    if (this.#isAnswered || !this.#task.isAnswerWanted) return;
    try {
      this.#answer.push(bytes);
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      this.#fail(error.code, error.message);
      this.#endProcess();
      return;
    }
    this.#held ??= setTimeout(() => {
      this.#sender.letGo();
    }, HELD_MS);
    // Output after the program is gone comes from a child of it: as long as it talks, it is listened to.
    if (this.#settling !== null) this.#settleLater();
  }

  /**
   * The answer ends when the output is closed and the program is gone. Where only one of the two happens, the other is
   * waited for a moment: a program that lives on, or a child of it that keeps the output open, does not hold the answer.
   */
  #settle(): void {
    if (this.#isAnswered || !this.#isStarted) return;
    if (this.#isOutputEnded && this.#exit !== null) {
      this.#finish();
      return;
    }
    if (this.#settling === null) this.#settleLater();
  }

  #settleLater(): void {
    if (this.#settling !== null) this.#deadlines.cancel(this.#settling);
    this.#settling = this.#deadlines.add(SETTLE_MS, () => {
      // While the client is slow, output may wait in the pipe.
      if (this.#isPaused) this.#settleLater();
      else this.#finish();
    });
  }

  #finish(): void {
    if (this.#isAnswered) return;
    const signal = this.#exit?.signal ?? null;
    if (signal !== null && !this.#answer.isBodyComplete) {
      this.#fail('HWR_CGI_KILLED', `the program was ended by ${signal}`);
    } else {
      if (!this.#task.isAnswerWanted) this.#sender.onHead(EMPTY_ANSWER);
      const wrong = this.#task.isAnswerWanted ? this.#answer.end() : null;
      if (wrong !== null) {
        this.#fail(wrong.code, wrong.message);
      } else {
        this.#isAnswered = true;
        this.#sender.end();
      }
    }
    this.#releaseWhenGone();
  }

  #fail(code: RuntimeErrorCode, message: string): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    this.#sender.fail({
      code,
      message,
      isUnsent: false,
      scope: 'request',
    });
  }

  #onStartError(problem: StartProblem): void {
    if (problem.kind === 'refused') {
      this.#fail(problem.code, problem.message);
      this.#release();
      return;
    }
    const { code } = problem;
    void describeSpawnError(this.#options, code).then((message) => {
      this.#fail(SHORTAGES.has(code) ? 'HWR_CGI_NO_ROOM' : 'HWR_CGI_SPAWN', message);
      this.#release();
    });
  }

  #onDeadline(): void {
    this.#fail(
      'HWR_CGI_TIMEOUT',
      `the time for the program (TimeForCGI) was over after ${Math.round(performance.now() - this.#startedAtMs)} ms`,
    );
    if (this.#task.isKilledAtTimeout) {
      this.#endProcess(true);
      return;
    }
    this.#process.leave();
    this.#release();
  }

  /** TERM, then KILL, for everything that the program started. */
  #endProcess(isThorough = false): void {
    if (this.#killNow !== null || this.#isReleased) return;
    this.#killNow = this.#process.end(() => {
      this.#isKilled = true;
      // Not before it has been waited for: the main thread must know of it if this thread goes away.
      if (this.#exit !== null) this.#release();
    }, isThorough);
  }

  /** After the answer: what is left of the group may run until the deadline. */
  #releaseWhenGone(): void {
    if (this.#isReleased || !this.#isAnswered || this.#exit === null) return;
    if (this.#process.isGroupThere()) {
      // Nobody tells when the last of them ends, and what has just closed the output may not be buried yet.
      this.#nextLook ??= this.#deadlines.add(SETTLE_MS, () => {
        this.#nextLook = null;
        this.#releaseWhenGone();
      });
      return;
    }
    this.#killNow?.();
    // What the program said last may still be in the pipe.
    if (this.#isErrorEnded) this.#release();
    else this.#lastWords ??= this.#deadlines.add(SETTLE_MS, () => this.#release());
  }

  #release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#deadlines.cancel(this.#deadline);
    if (this.#settling !== null) this.#deadlines.cancel(this.#settling);
    if (this.#lastWords !== null) this.#deadlines.cancel(this.#lastWords);
    if (this.#nextLook !== null) this.#deadlines.cancel(this.#nextLook);
    if (this.#held !== null) clearTimeout(this.#held);
    this.#stderr.end();
    const { stdin, stdout, stderr } = this.#process;
    stdin?.destroy();
    stdout.destroy();
    stderr.destroy();
    this.#sender.release('closed', 0);
  }
}
