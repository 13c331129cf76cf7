/** A deliberately literal HTTP/1 client: sends exact bytes, keeps exact bytes, then reads them as answers by the letter. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { setTimeout as wait } from 'node:timers/promises';
import type { Connection, SendStep } from './case-format.ts';

/** One answer as it stood on the wire. All text is Latin-1. */
export interface WireResponse {
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly (readonly [name: string, value: string | null])[];
  /** How the body was framed, or how the framing was broken. */
  readonly framing:
    | 'none'
    | 'content-length'
    | 'chunked'
    | 'close'
    | 'content-length-truncated'
    | 'chunked-truncated'
    | 'chunked-invalid'
    | 'bad-length';
  readonly body: string;
}

/** What a connection brought. */
export interface WireExchange {
  readonly responses: readonly WireResponse[];
  /** Bytes behind the last answer that are no answer. */
  readonly rest: string;
  readonly after: string;
}

type Taken = { readonly response: WireResponse; readonly end: number } | 'incomplete' | 'not-http';

function isFinal(response: WireResponse): boolean {
  return response.status >= 200 || response.status === 101;
}

/** Reads one answer at `start`. `isEnded`: the connection is closed, so what is missing will not come. */
function takeResponse(text: string, start: number, method: string, isEnded: boolean): Taken {
  const headEnd = text.indexOf('\r\n\r\n', start);
  if (headEnd < 0) return isEnded && text.length > start ? 'not-http' : 'incomplete';
  const [statusLine = '', ...lines] = text.slice(start, headEnd).split('\r\n');
  const found = /^(HTTP\/\d\.\d) (\d{3}) ?(.*)$/s.exec(statusLine);
  if (found === null) return 'not-http';
  const headers = lines.map((line): readonly [string, string | null] => {
    const colon = line.indexOf(':');
    return colon < 0
      ? [line, null]
      : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
  });
  const values = (name: string): string[] =>
    headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => (value ?? '').trim());
  const status = Number(found[2]);
  const bodyStart = headEnd + 4;
  const make = (framing: WireResponse['framing'], body: string, end: number): Taken => ({
    response: {
      version: found[1] ?? '',
      status,
      reason: found[3] ?? '',
      headers,
      framing,
      body,
    },
    end,
  });

  if ((status >= 100 && status < 200) || method === 'HEAD') return make('none', '', bodyStart);
  if (values('transfer-encoding').some((value) => value.toLowerCase() === 'chunked')) {
    return takeChunks(text, bodyStart, isEnded, make);
  }
  const [length] = values('content-length');
  if (length !== undefined) {
    const size = Number(length);
    const rest = text.slice(bodyStart);
    if (!Number.isFinite(size))
      return isEnded ? make('bad-length', rest, text.length) : 'incomplete';
    if (rest.length < size) {
      return isEnded ? make('content-length-truncated', rest, text.length) : 'incomplete';
    }
    return make('content-length', rest.slice(0, size), bodyStart + size);
  }
  if (status === 204 || status === 304) return make('none', '', bodyStart);
  return isEnded ? make('close', text.slice(bodyStart), text.length) : 'incomplete';
}

function takeChunks(
  text: string,
  start: number,
  isEnded: boolean,
  make: (framing: WireResponse['framing'], body: string, end: number) => Taken,
): Taken {
  let body = '';
  let at = start;
  const cut = (): Taken => (isEnded ? make('chunked-truncated', body, text.length) : 'incomplete');
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return cut();
    const [digits = ''] = text.slice(at, lineEnd).split(';');
    if (!/^[0-9a-fA-F]+$/.test(digits)) {
      return make('chunked-invalid', body + text.slice(at), text.length);
    }
    const size = Number.parseInt(digits, 16);
    if (size === 0) {
      return text.length < lineEnd + 4 ? cut() : make('chunked', body, lineEnd + 4);
    }
    if (text.length < lineEnd + 2 + size + 2) {
      if (isEnded) body += text.slice(lineEnd + 2);
      return cut();
    }
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
}

/** Splits what came into answers. `methods`: those of the requests, in order; the last one repeats. */
function splitResponses(
  text: string,
  methods: readonly string[],
  isEnded: boolean,
): { readonly responses: readonly WireResponse[]; readonly rest: string } {
  const responses: WireResponse[] = [];
  let at = 0;
  let finals = 0;
  while (at < text.length) {
    const method = methods[Math.min(finals, methods.length - 1)] ?? 'GET';
    const taken = takeResponse(text, at, method, isEnded);
    if (typeof taken === 'string') break;
    responses.push(taken.response);
    if (isFinal(taken.response)) finals += 1;
    at = taken.end;
  }
  return { responses, rest: text.slice(at) };
}

/** Plays one connection and watches it until its answers are there and nothing more comes. */
export async function exchange(connection: Connection, port: number): Promise<WireExchange> {
  if (connection.delay_ms > 0) await wait(connection.delay_ms);
  return new Promise((resolve) => {
    new Player(connection, port, resolve).start();
  });
}

class Player {
  readonly #connection: Connection;
  readonly #socket: Socket;
  readonly #resolve: (exchange: WireExchange) => void;
  readonly #patience: NodeJS.Timeout;
  #text = '';
  #after = 'open';
  #isFinished = false;
  #isSent = false;
  #settling: NodeJS.Timeout | undefined;
  #awaited: { readonly responses: number; readonly resume: () => void } | null = null;

  constructor(connection: Connection, port: number, resolve: (exchange: WireExchange) => void) {
    this.#connection = connection;
    this.#resolve = resolve;
    this.#socket = connection.tls
      ? connectTls({
          host: '127.0.0.1',
          port,
          rejectUnauthorized: false,
          ...(connection.servername === undefined ? {} : { servername: connection.servername }),
        })
      : connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    this.#patience = setTimeout(() => {
      this.#finish('open-timeout');
    }, connection.max_ms);
  }

  start(): void {
    this.#socket.on('data', (data: Buffer) => {
      this.#text += data.toString('latin1');
      this.#look();
    });
    this.#socket.on('end', () => {
      this.#finish('closed');
    });
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      const isReset = error.code === 'ECONNRESET' || error.code === 'EPIPE';
      this.#finish(isReset ? 'reset' : `error:${error.code ?? error.message}`);
    });
    this.#socket.on('close', () => {
      this.#finish('closed');
    });
    this.#socket.once(this.#connection.tls ? 'secureConnect' : 'connect', () => {
      this.#socket.setNoDelay(true);
      void this.#send();
    });
  }

  #finals(): number {
    return splitResponses(this.#text, this.#connection.methods, false).responses.filter(isFinal)
      .length;
  }

  #look(): void {
    if (this.#awaited !== null && this.#finals() >= this.#awaited.responses) {
      const { resume } = this.#awaited;
      this.#awaited = null;
      resume();
    }
    if (this.#isSent && this.#finals() >= this.#connection.expect) this.#settle();
  }

  /** Nothing more is awaited: watch a little longer for what should not come. */
  #settle(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      this.#finish('open');
    }, this.#connection.settle_ms);
  }

  async #send(): Promise<void> {
    for (const step of this.#connection.send) {
      if (this.#isFinished) return;
      await this.#sendStep(step);
    }
    this.#isSent = true;
    if (this.#connection.expect === 0) this.#settle();
    else this.#look();
  }

  async #sendStep(step: SendStep): Promise<void> {
    if ('data' in step) {
      this.#socket.write(step.data, 'latin1');
    } else if ('repeat' in step) {
      const unit = Buffer.from(step.repeat, 'latin1');
      const perWrite = Math.max(1, Math.floor(65_536 / unit.length));
      for (let sent = 0; sent < step.times && !this.#isFinished; sent += perWrite) {
        const bytes = Buffer.alloc(Math.min(perWrite, step.times - sent) * unit.length, unit);
        if (!this.#socket.write(bytes)) {
          await Promise.race([once(this.#socket, 'drain'), once(this.#socket, 'close')]).catch(
            () => undefined,
          );
        }
      }
    } else if ('pause_ms' in step) {
      await wait(step.pause_ms);
    } else if ('expect_responses' in step) {
      if (this.#finals() >= step.expect_responses || this.#isFinished) return;
      await new Promise<void>((resume) => {
        this.#awaited = { responses: step.expect_responses, resume };
      });
    } else if ('shutdown' in step) {
      this.#socket.end();
    } else {
      if (step.abort === 'rst') this.#socket.resetAndDestroy();
      this.#finish('aborted-by-client');
    }
  }

  #finish(after: string): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#after = after;
    clearTimeout(this.#patience);
    clearTimeout(this.#settling);
    this.#awaited?.resume();
    this.#socket.destroy();
    const isEnded = this.#after !== 'open' && this.#after !== 'open-timeout';
    const { responses, rest } = splitResponses(this.#text, this.#connection.methods, isEnded);
    this.#resolve({ responses, rest, after: this.#after });
  }
}
