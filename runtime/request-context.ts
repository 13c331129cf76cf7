import type { Binding } from '../routing-table/schema.ts';
import type { ByteString } from './byte-string.ts';

/** As programs and logs write it. */
export type HttpVersion = '1.0' | '1.1' | '2.0';

/** How the body of a request is framed. */
export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  /** Its end shows how long it is: chunks, or the frames of HTTP/2. */
  | { readonly kind: 'chunked' };

/** A request as plain data: what routing works on. Knows no socket. */
export interface RequestContext {
  readonly method: string;
  /** The request target as sent, in origin form: path and query, still percent-encoded. */
  readonly target: ByteString;
  readonly httpVersion: HttpVersion;
  /** Fields in the order they came, names as written. */
  readonly fields: readonly (readonly [name: string, value: ByteString])[];
  /** The Host field in lower case, without port, brackets kept; null where there is none. */
  readonly hostname: string | null;
  /** The port of the Host field, or null. */
  readonly hostPort: number | null;
  readonly body: BodyFraming;
  readonly binding: Binding;
  /** TLS on this connection. */
  readonly isTls: boolean;
  /** TLS on the client's own connection: to us, or to a trusted proxy that says so. */
  readonly isSecure: boolean;
  /** What was agreed on: `TLSv1.3`, and the name of the suite as Hiawatha writes it. Null on a plain connection. */
  readonly tls: {
    readonly version: string;
    /** The name that the client asked for (SNI), in lower case; null: none. */
    readonly servername: string | null;
    readonly cipher: string;
    /** A certificate of the client that its authority vouches for; `authority` is the file that RequiredCA names. */
    readonly client: {
      readonly authority: string;
      readonly subject: string;
      readonly issuer: string;
      readonly serial: string;
    } | null;
  } | null;
  /** Address of the client after HideProxy, without zone or IPv4-mapping. */
  readonly remoteAddress: string;
  /** True when a trusted proxy gave that address. */
  readonly isForwarded: boolean;
  readonly localAddress: string;
  /** When the request was complete enough to answer, on the clock of `performance.now()`. */
  readonly receivedAtMs: number;
}

/** The value of the first field with a name (in lower case), or null. */
export function fieldValue(request: RequestContext, lowerCaseName: string): ByteString | null {
  for (const [name, value] of request.fields) {
    if (name.length === lowerCaseName.length && name.toLowerCase() === lowerCaseName) return value;
  }
  return null;
}
