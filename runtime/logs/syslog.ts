/**
 * Copies of log lines for the log of the system (hiawatha(1) Syslog), through logger(1): Node has no sockets of the kind
 * that syslog listens on.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { RoutingTable } from '../../routing-table/schema.ts';
import type { ByteString } from '../byte-string.ts';

/** The logs that can be copied. */
export type LogKind = NonNullable<RoutingTable['server']['syslog']>['logs'][number];

/** Where copies go. */
export interface SyslogSink {
  /** Lines that come before are kept until then: it is to run with the rights that requests are served with. */
  start(): void;
  write(kind: LogKind, line: ByteString): void;
  /** Hands on what is left. */
  close(): Promise<void>;
}

/** The name that lines have where the configuration gives none. */
const DEFAULT_IDENTIFIER = 'hiawatha';

/** RFC 5424 §6.2.1: the facility of daemons. */
const FACILITY = 3;
const SEVERITY: Readonly<Record<LogKind, number>> = {
  system: 5,
  error: 4,
  exploit: 4,
  garbage: 4,
  access: 6,
};

/** Longer lines are cut by logger; more than that a log line never has. */
const MAX_LINE_BYTES = 16_384;

/** What waits for a system that takes nothing; lines beyond it are lost. */
const MAX_WAITING_BYTES = 1024 * 1024;

const RESTART_PAUSE_MS = 1_000;
const END_DEADLINE_MS = 2_000;

/** Writes to syslog by a program that reads lines. */
export class Syslog implements SyslogSink {
  readonly #command: readonly [program: string, ...parameters: string[]];
  readonly #onTrouble: (message: string) => void;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #isStarted = false;
  #isInTrouble = false;
  #child: ChildProcess | null = null;
  #startedAtMs = Number.NEGATIVE_INFINITY;

  /** @param program - In the place of `logger`, with parameters that come first; for tests. */
  constructor(
    identifier: string | null,
    onTrouble: (message: string) => void,
    program: readonly [string, ...string[]] = ['logger'],
  ) {
    this.#command = [
      ...program,
      '--prio-prefix',
      '--socket-errors=on',
      `--id=${process.pid}`,
      `--size=${MAX_LINE_BYTES}`,
      `--tag=${identifier ?? DEFAULT_IDENTIFIER}`,
    ];
    this.#onTrouble = onTrouble;
  }

  start(): void {
    this.#isStarted = true;
    this.#handOn();
  }

  write(kind: LogKind, line: ByteString): void {
    const text = `<${FACILITY * 8 + SEVERITY[kind]}>${line}\n`;
    const held = this.#waitingBytes + (this.#child?.stdin?.writableLength ?? 0);
    if (held + text.length > MAX_WAITING_BYTES) {
      this.#report('the system takes no lines');
      return;
    }
    this.#waiting.push(text);
    this.#waitingBytes += text.length;
    this.#handOn();
  }

  async close(): Promise<void> {
    this.#isStarted = false;
    const child = this.#child;
    if (child === null) return;
    this.#child = null;
    const ended = new Promise<void>((resolve) => {
      child.once('close', () => resolve());
    });
    const deadline = setTimeout(() => child.kill('SIGKILL'), END_DEADLINE_MS);
    child.stdin?.end();
    await ended;
    clearTimeout(deadline);
  }

  #handOn(): void {
    if (!this.#isStarted || this.#waiting.length === 0) return;
    this.#child ??= this.#startProgram();
    if (this.#child === null) return;
    const text = this.#waiting.join('');
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#child.stdin?.write(text, 'latin1');
  }

  #startProgram(): ChildProcess | null {
    const now = performance.now();
    if (now - this.#startedAtMs < RESTART_PAUSE_MS) return null;
    this.#startedAtMs = now;
    const [program, ...parameters] = this.#command;
    // In a group of its own: what ends the server from a terminal leaves it the last lines.
    const child = spawn(program, parameters, {
      stdio: ['pipe', 'ignore', 'pipe'],
      detached: true,
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stdin.on('error', () => undefined);
    child.once('error', (error) => (said = error.message));
    child.once('close', (code, signal) => {
      if (this.#child !== child) return;
      this.#child = null;
      this.#report(
        said.trim() === '' ? `logger ended with ${code ?? signal ?? 'an error'}` : said.trim(),
      );
    });
    return child;
  }

  #report(reason: string): void {
    if (this.#isInTrouble) return;
    this.#isInTrouble = true;
    this.#onTrouble(`Syslog: lines are lost: ${reason}`);
  }
}
