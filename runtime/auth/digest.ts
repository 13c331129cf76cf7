/** The arithmetic of Digest authentication (RFC 7616 §3.4, and the form without qop of RFC 2069). */
import { createHash } from 'node:crypto';
import { isSameText } from './verify-password.ts';

/** What an Authorization field of the scheme says; names in lower case. */
export type DigestFields = ReadonlyMap<string, string>;

/** Reads the parameters behind `Digest `; null when they are none. */
export function parseDigestFields(text: string): DigestFields | null {
  const fields = new Map<string, string>();
  const parameter = /\s*([a-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(?:,|$)/iy;
  while (parameter.lastIndex < text.length) {
    const found = parameter.exec(text);
    if (found === null) return null;
    const [, name = '', quoted, token] = found;
    const value = quoted === undefined ? (token ?? '') : quoted.replace(/\\(.)/g, '$1');
    if (fields.has(name.toLowerCase())) return null;
    fields.set(name.toLowerCase(), value);
  }
  return fields;
}

/** The hash that makes the HA1 of a file, by its length; null when it is none. */
export function algorithmOf(ha1: string): 'MD5' | 'SHA-256' | null {
  if (/^[0-9a-f]{32}$/.test(ha1)) return 'MD5';
  return /^[0-9a-f]{64}$/.test(ha1) ? 'SHA-256' : null;
}

/** True when the response of a client proves that it knows the password behind an HA1. */
export function isResponseRight(
  fields: DigestFields,
  ha1: string,
  request: { readonly method: string; readonly target: string },
): boolean {
  const algorithm = algorithmOf(ha1);
  if (algorithm === null) return false;
  if ((fields.get('algorithm') ?? 'MD5').toUpperCase() !== algorithm) return false;
  const hash = (text: string): string =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text, 'latin1')
      .digest('hex');
  const uri = fields.get('uri') ?? '';
  if (uri !== request.target) return false;
  const ha2 = hash(`${request.method}:${uri}`);
  const nonce = fields.get('nonce') ?? '';
  const qop = fields.get('qop');
  const middle =
    qop === undefined
      ? nonce
      : `${nonce}:${fields.get('nc') ?? ''}:${fields.get('cnonce') ?? ''}:${qop}`;
  return isSameText(hash(`${ha1}:${middle}:${ha2}`), (fields.get('response') ?? '').toLowerCase());
}
