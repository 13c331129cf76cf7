/**
 * The header block of a CGI answer (RFC 3875 §6.2, §6.3), from bytes cut anywhere.
 *
 * Lines may end in LF or CRLF, mixed. What would be ambiguous or illegal in HTTP is refused, never repaired: the fields
 * of a head can be written to a client as they are. Framing is left to the server. Left out: local redirects (a
 * `Location` with a path goes to the client, as in Hiawatha) and NPH beyond its status line.
 */
import type { ResponseHead } from '../gateway/messages.ts';
import { TOKEN } from '../http/token.ts';
import { RuntimeError } from '../runtime-error.ts';
import { withoutOuterBlanks } from '../outer-blanks.ts';

/** Limits of a header block, the empty line that ends it included. */
export const MAX_HEAD_BYTES = 64 * 1024;
const MAX_HEAD_FIELDS = 256;

const LF = 0x0a;
const CR = 0x0d;

/** Names longer than this are cut in messages. */
const MAX_QUOTED_LENGTH = 60;

const STATUS_LINE = /^HTTP\/1\.[01] +([^ ]*)/;
const STATUS_CODE = /^\d{1,3}$/;
/** Control characters but the tab; what a client may take for a line end is among them. */
// eslint-disable-next-line no-control-regex -- Control characters are what this looks for.
const FORBIDDEN_IN_VALUE = /[\u0000-\u0008\u000a-\u001f\u007f]/;
const CONTENT_LENGTH = /^\d{1,15}$/;

/** Fields about the connection, or the server's own: never passed on. Lower case. */
const DROPPED_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Fields that speak to the server. Lower case. `x-hiawatha-…` are too. */
const INSTRUCTIONS: ReadonlySet<string> = new Set(['x-sendfile', 'x-accel-redirect', 'server']);
const INSTRUCTION_PREFIX = 'x-hiawatha-';
/** Fields of which a client takes one, and not every client the same (RFC 3875 §6.3). Lower case. */
const SINGLE_FIELDS: ReadonlySet<string> = new Set(['content-type', 'location']);
const PASSED_ON_INSTRUCTION = 'x-accel-buffering';

/** A header block read to its end. */
export interface ReadHead {
  readonly head: ResponseHead;
  /** Oddities that did not prevent an answer, for the error log. */
  readonly notes: readonly string[];
}

/** Collects the header block of one answer and parses it. */
export class ResponseHeadReader {
  /** What came so far, when the block did not fit in one push. */
  #collected: Buffer | null = null;
  #length = 0;
  /** Where the line begins that is not known to be complete. */
  #lineStart = 0;

  /** True when nothing at all has come. */
  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /**
   * Takes the next bytes.
   *
   * @returns null when the block goes on; else the head and how many of these bytes belonged to it.
   * @throws {@link RuntimeError} `HWR_CGI_HEADER_TOO_LARGE`, `HWR_CGI_HEADER_EMPTY` or `HWR_CGI_HEADER_MALFORMED`.
   */
  push(bytes: Uint8Array): (ReadHead & { readonly usedBytes: number }) | null {
    const before = this.#length;
    const block = this.#append(bytes);
    const end = this.#findEnd(block);
    if (end === null) {
      if (this.#length > MAX_HEAD_BYTES) throw tooLong(block, this.#length);
      if (this.#collected === null) this.#keep(block);
      return null;
    }
    if (end > MAX_HEAD_BYTES) throw tooLong(block, end);
    const read = parseHead(block.toString('latin1', 0, end));
    return { ...read, usedBytes: end - before };
  }

  /**
   * The error for output that ended before the block did.
   *
   * @returns `HWR_CGI_NO_OUTPUT` or `HWR_CGI_HEADER_ONLY`.
   */
  endError(): RuntimeError {
    if (this.isEmpty) return new RuntimeError('HWR_CGI_NO_OUTPUT', 'no output');
    const start = this.#collected?.toString('latin1', 0, Math.min(this.#length, 200)) ?? '';
    return new RuntimeError(
      'HWR_CGI_HEADER_ONLY',
      `the output of ${this.#length} bytes has no empty line that ends its header; it begins with ${quote(firstLine(start))}`,
    );
  }

  #append(bytes: Uint8Array): Buffer {
    if (this.#collected === null) {
      this.#length = bytes.length;
      return Buffer.isBuffer(bytes)
        ? bytes
        : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    const needed = this.#length + bytes.length;
    if (needed > this.#collected.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#collected.length * 2));
      this.#collected.copy(grown, 0, 0, this.#length);
      this.#collected = grown;
    }
    this.#collected.set(bytes, this.#length);
    this.#length = needed;
    return this.#collected;
  }

  #keep(block: Buffer): void {
    this.#collected = Buffer.from(block);
  }

  /** Offset behind the first empty line, or null. Each byte is looked at once, whatever the cuts. */
  #findEnd(block: Buffer): number | null {
    for (;;) {
      const lineEnd = block.indexOf(LF, this.#lineStart);
      if (lineEnd === -1 || lineEnd >= this.#length) return null;
      const length = lineEnd - this.#lineStart;
      if (length === 0 || (length === 1 && block[this.#lineStart] === CR)) return lineEnd + 1;
      this.#lineStart = lineEnd + 1;
    }
  }
}

/** Names the field that is at fault: the longest one. */
function tooLong(block: Buffer, length: number): RuntimeError {
  const lines = block.toString('latin1', 0, length).split('\n');
  const longest = lines.reduce((found, line) => (line.length > found.length ? line : found), '');
  return new RuntimeError(
    'HWR_CGI_HEADER_TOO_LARGE',
    `the header is larger than ${MAX_HEAD_BYTES} bytes; its longest line is ${quote(nameOf(longest))} with ${longest.length} bytes`,
  );
}

/** The last block that had nothing odd, and what it says: most programs begin one answer as they began the last. */
let lastBlock = '';
let lastHead: ReadHead | null = null;

function parseHead(block: string): ReadHead {
  if (lastHead !== null && block === lastBlock) return lastHead;
  const read = parseBlock(block);
  if (read.notes.length === 0) {
    lastBlock = block;
    lastHead = read;
  }
  return read;
}

function parseBlock(block: string): ReadHead {
  const reading = new HeadParser();
  const lines = block.split('\n');
  for (let number = 0; number < lines.length; number += 1) {
    const raw = lines[number] ?? '';
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line === '') break;
    if (number === 0 && STATUS_LINE.test(line)) reading.statusLine(line);
    else if (line.startsWith(' ') || line.startsWith('\t')) reading.continuation(line);
    else reading.field(line);
  }
  return reading.finish();
}

/** Gathers the lines of one block. */
class HeadParser {
  readonly #lines: [name: string, value: string][] = [];
  readonly #notes: string[] = [];
  #statusLineCode: string | null = null;

  statusLine(line: string): void {
    this.#statusLineCode = STATUS_LINE.exec(line)?.[1] ?? '';
  }

  /** A folded line belongs to the field before it (RFC 9112 §5.2). */
  continuation(line: string): void {
    const last = this.#lines.at(-1);
    if (last === undefined) {
      throw malformed(`its first line begins with white space: ${quote(line)}`);
    }
    last[1] = withoutOuterBlanks(`${last[1]} ${withoutOuterBlanks(line)}`);
  }

  field(line: string): void {
    const colon = line.indexOf(':');
    if (colon === -1) throw malformed(`a line without a colon: ${quote(line)}`);
    const name = line.slice(0, colon);
    if (!TOKEN.test(name)) throw malformed(`${quote(name)} is not a field name`);
    if (this.#lines.length === MAX_HEAD_FIELDS) {
      throw new RuntimeError(
        'HWR_CGI_HEADER_TOO_LARGE',
        `the header has more than ${MAX_HEAD_FIELDS} fields; ${quote(name)} is one too many`,
      );
    }
    this.#lines.push([name, withoutOuterBlanks(line.slice(colon + 1))]);
  }

  finish(): ReadHead {
    if (this.#lines.length === 0 && this.#statusLineCode === null) {
      throw new RuntimeError(
        'HWR_CGI_HEADER_EMPTY',
        'the output begins with an empty line: a header without fields',
      );
    }
    const fields: [string, string][] = [];
    const instructions: [string, string][] = [];
    const statusFields: string[] = [];
    const lengths: string[] = [];
    let isConnectionClosed = false;
    let hasLocation = false;
    for (const line of this.#lines) {
      const [name, value] = line;
      if (FORBIDDEN_IN_VALUE.test(value)) {
        throw malformed(`the value of ${quote(name)} holds a control character`);
      }
      const lowerCaseName = name.toLowerCase();
      if (lowerCaseName === 'status') {
        statusFields.push(value);
      } else if (lowerCaseName === 'content-length') {
        lengths.push(value);
      } else if (DROPPED_FIELDS.has(lowerCaseName)) {
        if (lowerCaseName === 'connection' && hasToken(value, 'close')) isConnectionClosed = true;
      } else if (INSTRUCTIONS.has(lowerCaseName) || lowerCaseName.startsWith(INSTRUCTION_PREFIX)) {
        instructions.push([lowerCaseName, value]);
      } else {
        if (lowerCaseName === PASSED_ON_INSTRUCTION) instructions.push([lowerCaseName, value]);
        if (lowerCaseName === 'location') hasLocation = true;
        if (SINGLE_FIELDS.has(lowerCaseName) && this.#isRepeated(line, lowerCaseName)) continue;
        fields.push(line);
      }
    }
    const status = this.#status(statusFields, hasLocation);
    const contentLength = this.#contentLength(lengths);
    return {
      head: {
        status,
        fields,
        contentLength: lengthFor(status, contentLength),
        isConnectionClosed,
        instructions,
      },
      notes: this.#notes,
    };
  }

  /** Whether another line of that name came first, and counts. What is lost with this one is noted. */
  #isRepeated(line: readonly [string, string], lowerCaseName: string): boolean {
    const first = this.#lines.find(([name]) => name.toLowerCase() === lowerCaseName);
    if (first === undefined || first === line) return false;
    const [name, value] = line;
    if (value !== first[1]) {
      this.#notes.push(
        `${name} ${quote(first[1])} is sent, and a second one left out: ${quote(value)}`,
      );
    }
    return true;
  }

  /** The status line counts first, a Status field while the code is 200, a Location last; all as in Hiawatha. */
  #status(statusFields: readonly string[], hasLocation: boolean): number {
    let status = this.#code(this.#statusLineCode);
    if (status === 200 && statusFields.length > 0) {
      const codes = new Set(statusFields.map((field) => this.#code(field.split(' ', 1)[0] ?? '')));
      if (codes.size > 1) {
        throw malformed(`it has Status fields that differ: ${statusFields.map(quote).join(', ')}`);
      }
      for (const code of codes) status = code;
    }
    return status === 200 && hasLocation ? 302 : status;
  }

  /** A code as a number; 200 for none and for one that cannot be read, which is noted. */
  #code(text: string | null): number {
    if (text === null) return 200;
    const code = STATUS_CODE.test(text) ? Number(text) : 0;
    if (code === 0) {
      this.#notes.push(`the status ${quote(text)} is not a number from 200 to 599; 200 is sent`);
      return 200;
    }
    if (code < 200 || code > 599) {
      throw malformed(`the status ${code} is not from 200 to 599`);
    }
    return code;
  }

  /** The length when it is said once, or in the same words twice; else none, and the server frames the body itself. */
  #contentLength(values: readonly string[]): number | null {
    const [first] = values;
    if (first === undefined) return null;
    if (values.every((value) => value === first) && CONTENT_LENGTH.test(first)) {
      return Number(first);
    }
    this.#notes.push(`Content-Length ${values.map(quote).join(' and ')} is no length; left out`);
    return null;
  }
}

function malformed(why: string): RuntimeError {
  return new RuntimeError('HWR_CGI_HEADER_MALFORMED', `the header is malformed: ${why}`);
}

function hasToken(value: string, token: string): boolean {
  return value.split(',').some((part) => part.trim().toLowerCase() === token);
}

function nameOf(line: string): string {
  const colon = line.indexOf(':');
  return colon === -1 ? line : line.slice(0, colon);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

/** Text for a message: quoted, control characters visible, cut when long. */
function quote(text: string): string {
  return JSON.stringify(
    text.length > MAX_QUOTED_LENGTH ? `${text.slice(0, MAX_QUOTED_LENGTH)}…` : text,
  );
}

/** A 204 has no body, and so no length either (RFC 9110 §8.6); a 205 has an empty one (§15.3.6). */
function lengthFor(status: number, contentLength: number | null): number | null {
  if (status === 204) return null;
  return status === 205 ? 0 : contentLength;
}
