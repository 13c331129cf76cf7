import { closeSync, openSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { LOG_IDLE_MS, MAX_LOG_BACKLOG_BYTES } from '../limits.ts';

/** Mode of a log file that has to be made; the umask takes its part. */
const LOG_MODE = 0o660;

/** Throws what the disk says when a log cannot be appended to. For the start of the server. */
export function probeLogFile(path: string): void {
  closeSync(openSync(path, 'a', LOG_MODE));
}

/**
 * A log that lines are appended to. Never makes the caller wait: lines are gathered and written when the disk has time.
 *
 * The file is open only while it is used, so that many hosts may have logs of their own and a renamed file is let go.
 */
export class LogFile {
  readonly #path: string;
  readonly #onTrouble: (message: string) => void;
  #lines: string[] = [];
  #gatheredBytes = 0;
  #dropped = 0;
  #file: FileHandle | null = null;
  #isWriting = false;
  #isReopenWanted = false;
  /** Done while the file is closed. */
  #errand: (() => Promise<void>) | null = null;
  #idleTimer: NodeJS.Timeout | null = null;
  #isInTrouble = false;
  #whenIdle: (() => void)[] = [];

  constructor(path: string, onTrouble: (message: string) => void) {
    this.#path = path;
    this.#onTrouble = onTrouble;
  }

  /** Appends a line, a byte string without line end. Beyond the backlog lines are counted and dropped. */
  write(line: string): void {
    if (this.#gatheredBytes + line.length > MAX_LOG_BACKLOG_BYTES) {
      this.#dropped += 1;
      return;
    }
    this.#lines.push(line);
    this.#gatheredBytes += line.length + 1;
    if (this.#isWriting) return;
    this.#isWriting = true;
    setImmediate(() => void this.#flush());
  }

  /** Lets go of the file; the next line opens it anew. */
  reopen(): void {
    this.#isReopenWanted = true;
    this.#startFlush();
  }

  /**
   * Lets something be done with the file while nobody writes to it; lines that come meanwhile are gathered. Resolves when
   * it is done, and rejects as it does.
   */
  whileClosed(errand: () => Promise<void>): Promise<void> {
    const done = Promise.withResolvers<undefined>();
    const toDo = async (): Promise<void> => {
      await errand().then(() => done.resolve(undefined), done.reject);
    };
    this.#errand = toDo;
    this.#startFlush();
    return done.promise;
  }

  /** Resolves when everything is written, or lost to a disk in trouble. */
  async written(): Promise<void> {
    if (this.#isWriting) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  /** Writes what is gathered and closes the file. */
  async close(): Promise<void> {
    await this.written();
    await this.#closeFile();
  }

  #startFlush(): void {
    if (this.#isWriting) return;
    this.#isWriting = true;
    void this.#flush();
  }

  async #flush(): Promise<void> {
    do {
      if (this.#isReopenWanted) {
        this.#isReopenWanted = false;
        await this.#closeFile();
      }
      await this.#appendGathered();
      if (this.#errand === null) continue;
      const errand = this.#errand;
      this.#errand = null;
      await this.#closeFile();
      await errand();
    } while (this.#hasWork());
    this.#isWriting = false;
    this.#armIdleTimer();
    const waiting = this.#whenIdle;
    this.#whenIdle = [];
    for (const resolve of waiting) resolve();
  }

  #hasWork(): boolean {
    return this.#lines.length > 0 || this.#isReopenWanted || this.#errand !== null;
  }

  async #appendGathered(): Promise<void> {
    if (this.#lines.length === 0) return;
    const text = `${this.#lines.join('\n')}\n`;
    this.#lines = [];
    this.#gatheredBytes = 0;
    await this.#append(text);
  }

  async #append(text: string): Promise<void> {
    try {
      this.#file ??= await open(this.#path, 'a', LOG_MODE);
      await this.#file.appendFile(text, 'latin1');
      if (!this.#isInTrouble && this.#dropped === 0) return;
      this.#onTrouble(
        this.#isInTrouble
          ? `log ${this.#path} is written again; ${this.#dropped} lines were lost`
          : `log ${this.#path}: the disk is too slow; ${this.#dropped} lines were lost`,
      );
      this.#isInTrouble = false;
      this.#dropped = 0;
    } catch (error) {
      this.#dropped += text.split('\n').length - 1;
      if (this.#isInTrouble) return;
      this.#isInTrouble = true;
      const reason = error instanceof Error ? error.message : String(error);
      this.#onTrouble(`log ${this.#path} cannot be written: ${reason}`);
    }
  }

  async #closeFile(): Promise<void> {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    this.#idleTimer = null;
    const file = this.#file;
    this.#file = null;
    await file?.close().catch(() => undefined);
  }

  #armIdleTimer(): void {
    if (this.#file === null) return;
    if (this.#idleTimer !== null) {
      this.#idleTimer.refresh();
      return;
    }
    this.#idleTimer = setTimeout(() => {
      this.#idleTimer = null;
      if (!this.#isWriting) void this.#closeFile();
    }, LOG_IDLE_MS);
    this.#idleTimer.unref();
  }
}
