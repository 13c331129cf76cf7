/** Transforms documents by style sheets (XSLT 1.0) in a thread of their own, which is there only while it is needed. */
import { Worker } from 'node:worker_threads';
import {
  MAX_WAITING_TRANSFORMATIONS,
  MAX_XSLT_DOCUMENT_BYTES,
  XSLT_IDLE_MS,
  XSLT_START_MS,
  XSLT_TIME_MS,
} from '../limits.ts';
import { XSLT_READY, type TransformResult, type TransformTask } from './messages.ts';

interface Waiting {
  readonly task: TransformTask;
  readonly settle: (result: TransformResult) => void;
}

/** Transforms documents in a thread of its own, which is replaced when it takes too long. */
export class StyleSheets {
  readonly #timeMs: number;
  readonly #makeThread: () => Worker;
  readonly #waiting: Waiting[] = [];
  #thread: Worker | null = null;
  /** Has loaded what it needs. */
  #isReady = false;
  #current: Waiting | null = null;
  #timer: NodeJS.Timeout | null = null;

  /**
   * @param timeMs - How long one transformation may take.
   * @param makeThread - For tests.
   */
  constructor(timeMs: number = XSLT_TIME_MS, makeThread = startThread) {
    this.#timeMs = timeMs;
    this.#makeThread = makeThread;
  }

  transform(task: TransformTask): Promise<TransformResult> {
    if (task.xml.length > MAX_XSLT_DOCUMENT_BYTES) {
      return Promise.resolve(failed('the document is too large to be transformed'));
    }
    if (this.#waiting.length >= MAX_WAITING_TRANSFORMATIONS) {
      return Promise.resolve(failed('too many documents wait for a style sheet'));
    }
    return new Promise((settle) => {
      this.#waiting.push({ task, settle });
      this.#next();
    });
  }

  #next(): void {
    if (this.#current !== null) return;
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#rest();
      return;
    }
    this.#current = next;
    this.#thread ??= this.#start();
    this.#thread.ref();
    this.#thread.postMessage(next.task);
    if (this.#isReady) this.#limitTime();
    else {
      this.#arm(XSLT_START_MS, () => {
        this.#end(failed('the thread of the style sheets does not start'));
      });
    }
  }

  #limitTime(): void {
    this.#arm(this.#timeMs, () => {
      this.#end(failed(`the style sheet takes longer than ${this.#timeMs / 1000} seconds`));
    });
  }

  #start(): Worker {
    this.#isReady = false;
    const thread = this.#makeThread();
    thread.on('message', (result: TransformResult | typeof XSLT_READY) => {
      if (this.#thread !== thread) return;
      if (result === XSLT_READY) {
        this.#isReady = true;
        if (this.#current !== null) this.#limitTime();
        return;
      }
      if (!result.ok && result.isBroken) this.#end(result);
      else this.#settle(result);
    });
    thread.on('error', (error) => {
      if (this.#thread === thread) this.#end(failed(String(error)));
    });
    thread.on('exit', () => {
      if (this.#thread === thread) this.#end(failed('the thread of the style sheets ended'));
    });
    return thread;
  }

  /** The thread is of no more use. */
  #end(result: TransformResult): void {
    void this.#thread?.terminate();
    this.#thread = null;
    this.#settle(result);
  }

  #settle(result: TransformResult): void {
    const done = this.#current;
    this.#current = null;
    done?.settle(result);
    this.#next();
  }

  /** Keeps nobody from ending, and lets go of its memory after a while. */
  #rest(): void {
    this.#thread?.unref();
    this.#arm(XSLT_IDLE_MS, () => {
      void this.#thread?.terminate();
      this.#thread = null;
    });
    this.#timer?.unref();
  }

  #arm(ms: number, run: () => void): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(run, ms);
  }
}

function failed(problem: string): TransformResult {
  return { ok: false, problem, isBroken: false };
}

function startThread(): Worker {
  return new Worker(threadFile(), { resourceLimits: { maxOldGenerationSizeMb: 128 } });
}

/** Where the code of the thread is: beside this file in the sources, in a bundle of its own in the package. */
function threadFile(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('./xslt-thread.ts', import.meta.url)
    : new URL(import.meta.resolve('#xslt-thread'));
}
