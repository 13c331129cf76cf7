/**
 * How many connections an application of this machine has not accepted yet: Linux tells in /proc/net.
 *
 * A connection stands, and takes bytes, before any process has it. That is the only way to tell a request that waits for a
 * process from one that a process works on.
 */
import { readFile, realpath } from 'node:fs/promises';
import { isIPv4, isIPv6 } from 'node:net';
import { endianness } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import type { Endpoint } from '../../routing-table/schema.ts';

/** The least time between two looks, and how many times as long as a look took: few sockets are looked through quickly. */
const MIN_PAUSE_MS = 20;
const PAUSE_FACTOR = 10;

/** In /proc/net/unix: of a socket that listens, and of a connection that is not accepted. */
const LISTENS = '0001 01';
const IS_NOT_ACCEPTED = /0001 02 +0$/;

/** In /proc/net/tcp: what stands behind the address of a socket that listens. */
const LISTENS_V4 = ' 00000000:0000 0A ';
const LISTENS_V6 = ` ${'0'.repeat(32)}:0000 0A `;

const NOBODY_V4 = '0'.repeat(8);
const NOBODY_V6 = '0'.repeat(32);

interface Look {
  readonly text: Promise<string>;
  readonly beganAtMs: number;
  /** When it may be looked again; null while it is being looked. */
  againAtMs: number | null;
}

/** Looks into the tables of the system; what is asked for at about the same time is one look. */
export class ApplicationBacklogs {
  readonly #looks = new Map<string, Look>();
  readonly #read: (file: string) => Promise<string>;

  /** @param read - Reads a file, for tests. */
  constructor(read = (file: string): Promise<string> => readFile(file, 'utf8')) {
    this.#read = read;
  }

  /**
   * @param sinceMs - A look that began before will not do, on the clock of `performance.now()`.
   * @returns null where the system does not tell: an application on another machine, in another network namespace.
   */
  async waitingAt(endpoint: Endpoint, sinceMs = 0): Promise<number | null> {
    try {
      return endpoint.kind === 'unix'
        ? await this.#waitingAtPath(endpoint.path, sinceMs)
        : await this.#waitingAtPort(endpoint.host, endpoint.port, sinceMs);
    } catch {
      // No Linux, or no /proc.
      return null;
    }
  }

  async #waitingAtPath(path: string, sinceMs: number): Promise<number | null> {
    const text = await this.#look('/proc/net/unix', sinceMs);
    return waitingAtPath(text, path) ?? waitingAtPath(text, await realpath(path));
  }

  async #waitingAtPort(host: string, port: number, sinceMs: number): Promise<number | null> {
    if (!isLoopback(host)) return null;
    const six = await this.#look('/proc/net/tcp6', sinceMs);
    if (isIPv6(host)) return waitingAtAddress(six, LISTENS_V6, [addressOf(host), NOBODY_V6], port);
    const four = await this.#look('/proc/net/tcp', sinceMs);
    return (
      waitingAtAddress(four, LISTENS_V4, [addressOf(host), NOBODY_V4], port) ??
      waitingAtAddress(six, LISTENS_V6, [NOBODY_V6], port)
    );
  }

  async #look(file: string, sinceMs: number): Promise<string> {
    const known = this.#looks.get(file);
    const nowMs = performance.now();
    if (known !== undefined && (known.againAtMs === null || known.againAtMs > nowMs)) {
      if (known.beganAtMs >= sinceMs) return await known.text;
      // Whoever needs a later one has to wait for it.
      await known.text;
      await setTimeout(Math.max(0, (known.againAtMs ?? 0) - performance.now()));
      return await this.#look(file, sinceMs);
    }
    const look: Look = { text: this.#read(file), beganAtMs: nowMs, againAtMs: null };
    this.#looks.set(file, look);
    const onLooked = (): void => {
      const tookMs = performance.now() - look.beganAtMs;
      look.againAtMs = look.beganAtMs + Math.max(MIN_PAUSE_MS, tookMs * PAUSE_FACTOR);
    };
    look.text.then(onLooked, onLooked);
    return await look.text;
  }
}

/**
 * Connections that wait at a Unix socket.
 *
 * @param text - What is in /proc/net/unix.
 * @returns null when nobody listens there.
 */
export function waitingAtPath(text: string, path: string): number | null {
  const lineEnd = ` ${path}\n`;
  let isThere = false;
  let waiting = 0;
  for (let at = text.indexOf(lineEnd); at !== -1; at = text.indexOf(lineEnd, at + 1)) {
    const line = text.slice(text.lastIndexOf('\n', at) + 1, at);
    if (line.includes(LISTENS)) isThere = true;
    else if (IS_NOT_ACCEPTED.test(line)) waiting += 1;
  }
  return isThere ? waiting : null;
}

/** The same of a port: the first of the addresses that somebody listens at counts. */
function waitingAtAddress(
  text: string,
  listens: string,
  addresses: readonly string[],
  port: number,
): number | null {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  for (const address of addresses) {
    const mark = `${address}:${hexPort}${listens}`;
    let waiting: number | null = null;
    // Several sockets may listen at one address.
    for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) {
      const queues = text.slice(at + mark.length, text.indexOf(' ', at + mark.length));
      waiting = (waiting ?? 0) + Number.parseInt(queues.split(':')[1] ?? '0', 16);
    }
    if (waiting !== null) return waiting;
  }
  return null;
}

/** Whether an address cannot be that of another machine, on which another application has the same port. */
function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1';
}

/** An address as /proc/net has it: words of four bytes as numbers of this machine. */
function addressOf(host: string): string {
  const bytes = isIPv4(host) ? host.split('.').map(Number) : [...new Array<number>(15).fill(0), 1];
  let text = '';
  for (let word = 0; word < bytes.length; word += 4) {
    const inOrder = bytes.slice(word, word + 4);
    if (endianness() === 'LE') inOrder.reverse();
    for (const byte of inOrder) text += byte.toString(16).toUpperCase().padStart(2, '0');
  }
  return text;
}
