/**
 * What Node's strict parser leaves to check of a request head (RFC 9112 §2–§6, RFC 9110 §7.2), without I/O.
 *
 * Node has refused bare CR and LF, folded fields, bad names and values, conflicting and repeated lengths already.
 */
import type { ByteString } from '../byte-string.ts';
import {
  MAX_FIELD_NAME_BYTES,
  MAX_FIELD_VALUE_BYTES,
  MAX_FIELDS,
  MAX_HEAD_BYTES,
} from '../limits.ts';
import type { BodyFraming, HttpVersion } from '../request-context.ts';
import { withoutOuterBlanks } from '../outer-blanks.ts';

/** A request head as Node hands it over, that of HTTP/2 in the form of HTTP/1.1 (http2-head.ts); field names and values alternate in `rawFields`. */
export interface RawHead {
  readonly method: string;
  readonly target: string;
  readonly httpVersion: string;
  readonly rawFields: readonly string[];
  /** Given for HTTP/2 alone: whether a body follows, also where no field says how long it is. */
  readonly isBodyToCome?: boolean;
}

/** What the bytes of a head mean. */
export interface RequestHead {
  readonly method: string;
  /** Origin form; `*` for OPTIONS. */
  readonly target: ByteString;
  readonly httpVersion: HttpVersion;
  readonly fields: readonly (readonly [name: string, value: ByteString])[];
  /** In lower case, without port and final dot; null when no Host was given. */
  readonly hostname: string | null;
  /** Port of the Host field, or null. */
  readonly hostPort: number | null;
  readonly body: BodyFraming;
  /** Size of the head on the wire, give or take optional white space. */
  readonly headBytes: number;
  readonly isKeepAlive: boolean;
  readonly expectation: 'none' | 'continue' | 'unknown';
}

/** A head that is answered without looking further. */
export interface HeadRefusal {
  readonly status: 400 | 405 | 414 | 417 | 431 | 501 | 505;
  /** For the garbage log. */
  readonly reason: string;
}

/** A head that may be served, or the status that refuses it. */
export type HeadResult =
  { readonly ok: true; readonly head: RequestHead } | ({ readonly ok: false } & HeadRefusal);

/** What a request line has beside method and target, with the empty line at the end: two spaces, `HTTP/1.1`, CRLF twice. */
const REQUEST_LINE_REST_BYTES = 14;

/** What a field line has beside name and value: a colon, a space, CRLF. */
const FIELD_LINE_REST_BYTES = 4;

/** Checks a head. `maxTargetBytes` is MaxUrlLength, null for no limit. */
export function readRequestHead(raw: RawHead, maxTargetBytes: number | null): HeadResult {
  const { method, httpVersion, rawFields } = raw;
  // A request line may claim any version; frames of HTTP/2 have none.
  if (!isSpoken(httpVersion) || (httpVersion === '2.0' && raw.isBodyToCome === undefined)) {
    return httpVersion === '0.9'
      ? refuse(400, 'a request without version')
      : refuse(505, `HTTP/${httpVersion} is not spoken here`);
  }
  if (rawFields.length > 2 * MAX_FIELDS) return refuse(431, 'too many fields');

  const fields: (readonly [string, ByteString])[] = [];
  let headBytes = method.length + raw.target.length + REQUEST_LINE_REST_BYTES;
  let host: string | null = null;
  let contentLength: string | null = null;
  let transferEncoding: string | null = null;
  let connection = '';
  let expect: string | null = null;
  for (let at = 0; at + 1 < rawFields.length; at += 2) {
    const name = rawFields[at] ?? '';
    let value = withoutOuterBlanks(rawFields[at + 1] ?? '');
    headBytes += name.length + value.length + FIELD_LINE_REST_BYTES;
    if (name.length > MAX_FIELD_NAME_BYTES) return refuse(431, 'the name of a field is too long');
    if (value.length > MAX_FIELD_VALUE_BYTES) return refuse(431, `the field ${name} is too long`);
    switch (name.length) {
      case 4:
        if (name.toLowerCase() === 'host') {
          if (host !== null) return refuse(400, 'two Host fields');
          // As in Hiawatha: programs and logs see what names are compared with.
          host = value.toLowerCase();
          value = host.endsWith('.') ? host.slice(0, -1) : host;
        }
        break;
      case 6:
        if (name.toLowerCase() === 'expect') expect = value;
        break;
      case 10:
        if (name.toLowerCase() === 'connection') {
          value = value.toLowerCase();
          connection = connection === '' ? value : `${connection},${value}`;
        }
        break;
      case 14:
        if (name.toLowerCase() === 'content-length') {
          if (contentLength !== null) return refuse(400, 'two Content-Length fields');
          contentLength = value;
        }
        break;
      case 17:
        if (name.toLowerCase() === 'transfer-encoding') {
          if (transferEncoding !== null) return refuse(400, 'two Transfer-Encoding fields');
          transferEncoding = value;
        }
        break;
      default:
    }
    fields.push([name, value]);
  }
  if (headBytes > MAX_HEAD_BYTES) return refuse(431, 'the head is too large');

  let target: ByteString = raw.target;
  if (maxTargetBytes !== null && target.length > maxTargetBytes) {
    return refuse(414, 'the request target is too long');
  }
  if (method === 'CONNECT') return refuse(405, 'CONNECT is not offered');
  if (!target.startsWith('/')) {
    const absolute = /^https?:\/\/([^/?#]*)(.*)$/is.exec(target);
    if (absolute !== null) {
      // RFC 9112 §3.2.2: the host of the target replaces what Host says, which has to be there all the same.
      if (httpVersion !== '1.0' && host === null) return refuse(400, 'no Host field');
      if (host !== null && parseAuthority(host) === null) return refuse(400, 'not a valid Host');
      host = (absolute[1] ?? '').toLowerCase();
      if (host === '') return refuse(400, 'a target without host');
      const rest = absolute[2] ?? '';
      target = rest.startsWith('/') ? rest : `/${rest}`;
      const newHost = host;
      const at = fields.findIndex(([name]) => name.toLowerCase() === 'host');
      if (at === -1) fields.push(['Host', newHost]);
      else fields[at] = ['Host', newHost];
    } else if (target !== '*' || method !== 'OPTIONS') {
      return refuse(400, 'the request target is no path');
    }
  }
  if (host === null && httpVersion !== '1.0') return refuse(400, 'no Host field');
  const authority = host === null ? { hostname: null, port: null } : parseAuthority(host);
  if (authority === null) return refuse(400, 'not a valid Host');

  let body: BodyFraming = { kind: 'none' };
  if (transferEncoding !== null) {
    if (httpVersion === '1.0') return refuse(400, 'Transfer-Encoding in HTTP/1.0');
    if (contentLength !== null) return refuse(400, 'Content-Length and Transfer-Encoding');
    if (transferEncoding.toLowerCase() !== 'chunked') {
      return refuse(501, `transfer coding ${transferEncoding}`);
    }
    body = { kind: 'chunked' };
  } else if (contentLength !== null) {
    if (!/^\d{1,15}$/.test(contentLength)) return refuse(400, 'not a valid Content-Length');
    const bytes = Number(contentLength);
    if (bytes > 0) body = { kind: 'length', bytes };
  } else if (raw.isBodyToCome === true) {
    body = { kind: 'chunked' };
  }

  return {
    ok: true,
    head: {
      method,
      target,
      httpVersion,
      fields,
      hostname: authority.hostname,
      hostPort: authority.port,
      body,
      headBytes,
      isKeepAlive: isKeepAliveWanted(httpVersion, connection),
      expectation:
        expect === null || httpVersion === '1.0'
          ? 'none'
          : expect.toLowerCase() === '100-continue'
            ? 'continue'
            : 'unknown',
    },
  };
}

function refuse(status: HeadRefusal['status'], reason: string): HeadResult {
  return { ok: false, status, reason };
}

function isSpoken(httpVersion: string): httpVersion is HttpVersion {
  return httpVersion === '1.1' || httpVersion === '2.0' || httpVersion === '1.0';
}

function isKeepAliveWanted(httpVersion: HttpVersion, connection: string): boolean {
  if (connection === '') return httpVersion !== '1.0';
  if (connection === 'keep-alive') return true;
  const options = connection
    .toLowerCase()
    .split(',')
    .map((option) => option.trim());
  // Node's parser loses what stands behind an offer to upgrade in the same packet; a client must not wait for it.
  if (options.includes('close') || options.includes('upgrade')) return false;
  return httpVersion !== '1.0' || options.includes('keep-alive');
}

/** `reg-name` without percent-encoding and the characters that no host name has, or an address in brackets. */
const AUTHORITY = /^(?:([a-z0-9._~-]*)|(\[[0-9a-f:.]+\]))(?::(\d*))?$/i;

/** What a Host field names. */
interface Authority {
  readonly hostname: string | null;
  readonly port: number | null;
}

/** The last Host field, which nearly always is that of the next request, and what it meant. */
let lastHost: ByteString = '';
let lastAuthority: Authority | null = { hostname: null, port: null };

/** Splits a Host field; null when it is none (RFC 9110 §7.2). An empty one is valid and names nothing. */
export function parseAuthority(text: ByteString): Authority | null {
  if (text === lastHost) return lastAuthority;
  const authority = splitAuthority(text);
  lastHost = text;
  lastAuthority = authority;
  return authority;
}

/** A name of 255 bytes (RFC 1035 §2.3.4) and `:65535`. */
const MAX_AUTHORITY_BYTES = 255 + 6;

const MAX_PORT = 65_535;

function splitAuthority(text: ByteString): Authority | null {
  if (text.length > MAX_AUTHORITY_BYTES) return null;
  const found = AUTHORITY.exec(text);
  if (found === null) return null;
  const digits = found[3] ?? '';
  const port = digits === '' ? null : Number(digits);
  if (port !== null && (port < 1 || port > MAX_PORT)) return null;
  const name = (found[1] ?? found[2] ?? '').toLowerCase();
  const hostname = name.endsWith('.') ? name.slice(0, -1) : name;
  return { hostname: hostname === '' ? null : hostname, port };
}
