import { connect, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';

/** An answer over HTTP/2. */
export interface Http2Answer {
  readonly status: number;
  readonly fields: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
  /** How the stream was closed; 0: whole. */
  readonly resetCode: number;
}

export interface Http2Asked {
  readonly method?: string;
  readonly host?: string;
  readonly fields?: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
}

/** A connection that takes whatever certificate there is and never throws. */
export function openHttp2(port: number, servername = 'h.test'): ClientHttp2Session {
  const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false, servername });
  session.on('error', () => undefined);
  return session;
}

/** One request on a connection; resolves when its stream is closed. */
export function askHttp2(
  session: ClientHttp2Session,
  path: string,
  { method = 'GET', host = 'h.test', fields = {}, body = '' }: Http2Asked = {},
): Promise<Http2Answer> {
  const stream = session.request(
    { ':method': method, ':path': path, ':authority': host, ...fields },
    { endStream: body === '' },
  );
  if (body !== '') stream.end(body, 'latin1');
  return answerOn(stream);
}

/** What comes on a stream. */
export function answerOn(stream: ClientHttp2Stream): Promise<Http2Answer> {
  return new Promise((resolve) => {
    let fields: Http2Answer['fields'] = {};
    let body = '';
    stream.setEncoding('latin1');
    stream.on('error', () => undefined);
    stream.on('response', (headers) => {
      fields = headers;
    });
    stream.on('data', (text: string) => {
      body += text;
    });
    stream.on('close', () =>
      resolve({ status: Number(fields[':status'] ?? 0), fields, body, resetCode: stream.rstCode }),
    );
  });
}
