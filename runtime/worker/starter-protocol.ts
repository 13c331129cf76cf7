/**
 * What a lane and the process that starts programs as other users say to each other.
 *
 * Four connections for each program, to one Unix socket: `control`, and the three that become the standard input, output
 * and error of the program. The first line of each says which one it is; on `control`, lines follow both ways, on the
 * others nothing does before the program runs. Lines are JSON. Text is Latin-1: each character is one byte.
 */

/** Which program to start, and for whom. Whether it may be started is up to the other side. */
export interface StartOrder {
  /** The entry of cgi-wrapper.conf, or `~name`. */
  readonly wrapId: string;
  readonly isFollowingLinks: boolean;
  /** Null for a file that is executed itself. */
  readonly interpreter: string | null;
  readonly file: string;
  readonly variables: readonly (readonly [name: string, value: string])[];
}

export const STREAMS = ['stdin', 'stdout', 'stderr'] as const;
export type StreamName = (typeof STREAMS)[number];

/** The first line of a connection. */
export type Greeting = {
  readonly token: string;
  /** Of the program: the same on its four connections. */
  readonly id: string;
} & ({ readonly kind: 'control'; readonly order: StartOrder } | { readonly kind: StreamName });

/** Further lines to the starter. A connection that is closed means `end`. */
export type ToStarter =
  /** TERM to the group of the program, and KILL for what is left after a moment. */
  | 'end'
  /** KILL at once. */
  | 'kill'
  /** It may run on when the connection is closed. */
  | 'leave';

/** Lines from the starter. */
export type FromStarter =
  | { readonly kind: 'started'; readonly pid: number; readonly note: string | null }
  /** The program may not be started, or is not there. */
  | { readonly kind: 'refused'; readonly status: 403 | 404 | 500; readonly reason: string }
  /** The code of a system error. */
  | { readonly kind: 'failed'; readonly code: string }
  | {
      readonly kind: 'exit';
      readonly exitCode: number | null;
      readonly signal: NodeJS.Signals | null;
    }
  /** Its group has ended, or got its KILL. */
  | { readonly kind: 'ended' };

/** A line of either side. */
export function lineOf(message: Greeting | ToStarter | FromStarter): string {
  return `${JSON.stringify(message)}\n`;
}

/** Cuts what arrives into lines. */
export class LineReader {
  readonly #maxBytes: number;
  #rest = '';

  /** @param maxBytes - What a line may have; a longer one is an error. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @returns the lines that are complete now; null when one is too long. */
  push(bytes: Buffer): readonly string[] | null {
    const lines = (this.#rest + bytes.toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > this.#maxBytes) return null;
    return lines.map((line) => Buffer.from(line, 'latin1').toString('utf8'));
  }
}

/** Whether a value is an object, so that its members can be looked at. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A line as a value; null where it is no JSON. */
export function parseLine(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return null;
  }
}
