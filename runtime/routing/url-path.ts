/**
 * From a request target to a path: the query cut off, decoded once as bytes, checked (hiawatha(1) SecureURL,
 * AllowDotFiles).
 */
import type { VirtualHost } from '../../routing-table/schema.ts';
import type { ByteString } from '../byte-string.ts';

/** A request target in parts. */
export interface UrlPath {
  /** Decoded; begins with a slash. */
  readonly path: ByteString;
  /** Behind the first `?`, as sent; null without one. */
  readonly query: ByteString | null;
  /** True when a `%` stands without two hexadecimal digits; it is kept as it is. */
  readonly isMalformed: boolean;
}

/** Cuts and decodes a target. */
export function splitTarget(target: ByteString): UrlPath {
  const mark = target.indexOf('?');
  const raw = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? null : target.slice(mark + 1);
  if (!raw.includes('%')) return { path: raw, query, isMalformed: false };
  return {
    path: percentDecode(raw),
    query,
    isMalformed: /%(?![0-9a-f]{2})/i.test(raw),
  };
}

/** Whether a path as sent has a slash that decoding makes the same as those between its parts. */
export function hasEncodedSlash(target: ByteString): boolean {
  return target.includes('%') && /^[^?]*%2f/i.test(target);
}

/** Decodes `%XX` once; each pair becomes the character of that byte. */
export function percentDecode(text: ByteString): ByteString {
  return text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

/** Why a path is refused. */
export type PathProblem = 'nul' | 'control' | 'hidden' | 'query-control' | 'relative';

const ENCODED_CONTROL = /%[01][0-9a-f]/i;

// eslint-disable-next-line no-control-regex -- control bytes are what is looked for
const CONTROL = /[\0-\x1f]/;

/** What every path has in it that is refused, but for one that is relative. */
// eslint-disable-next-line no-control-regex -- as above
const IS_LOOKED_AT = /[\0-\x1f]|\/\./;

/** What Hiawatha would refuse in a decoded path or its query, or null. */
export function findPathProblem(
  target: ByteString,
  url: UrlPath,
  rules: Pick<VirtualHost, 'secureUrl' | 'allowDotFiles'>,
): PathProblem | null {
  const { path, query } = url;
  if (rules.secureUrl && query !== null && (ENCODED_CONTROL.test(query) || CONTROL.test(query))) {
    return 'query-control';
  }
  if (rules.secureUrl && target.includes('%00')) return 'nul';
  if (!IS_LOOKED_AT.test(path) && path.startsWith('/')) return null;
  if (CONTROL.test(path)) return path.includes('\0') ? 'nul' : 'control';
  // Only a rewritten one can be.
  if (!path.startsWith('/')) return 'relative';
  const dotted =
    path.startsWith('/.well-known/') || path === '/.well-known' ? path.slice(12) : path;
  if (rules.allowDotFiles ? dotted.includes('/..') : dotted.includes('/.')) return 'hidden';
  // Hiawatha looks at the end of the path only; a directory of that name holds nothing to serve either.
  if (/\/\.hiawatha(?:\/|$)/.test(path)) return 'hidden';
  return null;
}

/** The path with runs of slashes as one: what Directory records are compared with. */
export function collapseSlashes(path: ByteString): ByteString {
  return path.includes('//') ? path.replace(/\/{2,}/g, '/') : path;
}

const NEEDS_SPELLING = /%|\/\//;

/**
 * The one spelling among all that lead to the same path: no slash twice, and encoded only what cannot stand for itself
 * (RFC 3986 §6.2.2). The query stays as it is.
 */
export function plainSpelling(target: ByteString): ByteString {
  const mark = target.indexOf('?');
  const raw = mark === -1 ? target : target.slice(0, mark);
  if (!NEEDS_SPELLING.test(raw)) return target;
  const path = encodePath(collapseSlashes(percentDecode(raw)));
  return mark === -1 ? path : path + target.slice(mark);
}

/** Encodes what cannot stand for itself in a path (RFC 3986 §3.3). */
export function encodePath(path: ByteString): ByteString {
  return path.replace(
    /[^!$&'()*+,./0-9:;=@A-Z_a-z~-]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

const SLASH = 0x2f;
const DOT = 0x2e;

/** What follows the last dot of the last segment; null without a dot. */
export function extensionOf(path: ByteString): string | null {
  // Not `lastIndexOf`, which leaves the compiled code for each call.
  for (let at = path.length - 1; at >= 0; at -= 1) {
    const code = path.charCodeAt(at);
    if (code === SLASH) return null;
    if (code === DOT) return path.slice(at + 1);
  }
  return null;
}
