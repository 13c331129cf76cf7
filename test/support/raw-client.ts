import { connect } from 'node:net';

/** One answer, taken apart by the letter of RFC 9112. */
export interface RawAnswer {
  readonly statusLine: string;
  readonly status: number;
  readonly fields: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface RawResult {
  readonly answers: readonly RawAnswer[];
  /** Bytes behind the last whole answer: nothing, unless an answer was cut. */
  readonly rest: string;
  /** True when the server closed the connection before the client did. */
  readonly isClosed: boolean;
  /** True when it did so by a reset. */
  readonly isReset: boolean;
}

export interface RawOptions {
  readonly port: number;
  /** Stop when this many final answers are there; otherwise wait for the close. */
  readonly answers?: number;
  /** Answers to a HEAD request have no body. */
  readonly isHead?: boolean;
  /** Send FIN after the last byte. */
  readonly isHalfClosed?: boolean;
  /** Send each byte on its own. */
  readonly isByteWise?: boolean;
  readonly onFirstBytes?: () => void;
  /** Sent once the first answer is there. */
  readonly afterFirstAnswer?: string;
}

/** Sends bytes (Latin-1) and reads answers; ends at the wanted number of them or when the server closes. */
export function exchangeRaw(text: string, options: RawOptions): Promise<RawResult> {
  return new Promise((resolve) => {
    const socket = connect({ port: options.port, host: '127.0.0.1', noDelay: true });
    let received = '';
    let isReset = false;
    let isRestSent = options.afterFirstAnswer === undefined;
    const finish = (isClosed: boolean): void => {
      socket.destroy();
      resolve({ ...parseAnswers(received, options.isHead === true), isClosed, isReset });
    };
    socket.on('error', (error) => {
      isReset = 'code' in error && error.code === 'ECONNRESET';
    });
    socket.on('connect', () => {
      if (options.isByteWise === true) {
        for (const character of text) socket.write(character, 'latin1');
      } else {
        socket.write(text, 'latin1');
      }
      if (options.isHalfClosed === true) socket.end();
    });
    socket.on('data', (bytes) => {
      if (received === '') options.onFirstBytes?.();
      received += bytes.toString('latin1');
      if (!isRestSent && parseAnswers(received, options.isHead === true).answers.length > 0) {
        isRestSent = true;
        socket.write(options.afterFirstAnswer ?? '', 'latin1');
      }
      if (options.answers === undefined) return;
      const { answers } = parseAnswers(received, options.isHead === true);
      if (answers.filter(({ status }) => status >= 200).length >= options.answers) finish(false);
    });
    socket.on('close', () => finish(true));
  });
}

function parseAnswers(
  text: string,
  isHead: boolean,
): { readonly answers: RawAnswer[]; readonly rest: string } {
  const answers: RawAnswer[] = [];
  let rest = text;
  for (;;) {
    const parsed = parseAnswer(rest, isHead);
    if (parsed === null) return { answers, rest };
    answers.push(parsed.answer);
    rest = parsed.rest;
  }
}

function parseAnswer(
  text: string,
  isHead: boolean,
): { readonly answer: RawAnswer; readonly rest: string } | null {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3}) /.exec(statusLine)?.[1] ?? Number.NaN);
  if (Number.isNaN(status)) return null;
  const fields = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  let rest = text.slice(end + 4);
  let body = '';
  if (!isHead && status >= 200 && status !== 204 && status !== 304) {
    if (fields.get('transfer-encoding') === 'chunked') {
      for (;;) {
        const size = /^([0-9a-f]+)\r\n/.exec(rest);
        if (size === null) return null;
        const length = Number.parseInt(size[1] ?? '', 16);
        const at = size[0].length;
        if (rest.length < at + length + 2) return null;
        body += rest.slice(at, at + length);
        rest = rest.slice(at + length + 2);
        if (length === 0) break;
      }
    } else if (fields.has('content-length')) {
      const length = Number(fields.get('content-length'));
      if (rest.length < length) return null;
      body = rest.slice(0, length);
      rest = rest.slice(length);
    } else {
      body = rest;
      rest = '';
    }
  }
  return { answer: { statusLine, status, fields, body }, rest };
}
