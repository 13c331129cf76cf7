/** The cookie by which a client asks for the member that it had (`sticky` in hiawatha-ts.json). */
import { createHash } from 'node:crypto';
import type { ByteString } from '../byte-string.ts';
import type { ResponseHead } from './messages.ts';

const TOKEN_DIGITS = 16;

/**
 * What stands for a member in a cookie: the same after a restart and in another order of members, and no address that
 * would tell of the network behind.
 */
export function memberToken(memberName: string): string {
  return createHash('sha256').update(memberName).digest('hex').slice(0, TOKEN_DIGITS);
}

/** The value of a cookie in the fields of a request; null where it is not there. */
export function cookieValue(
  fields: readonly (readonly [name: string, value: ByteString])[],
  cookie: string,
): ByteString | null {
  for (const [name, value] of fields) {
    if (name.toLowerCase() !== 'cookie') continue;
    for (const pair of value.split(';')) {
      const found = pairValue(pair, cookie);
      if (found !== null) return found;
    }
  }
  return null;
}

/** The value that an answer sets a cookie to; null where it does not, or deletes it. */
export function setCookieValue(head: ResponseHead, cookie: string): ByteString | null {
  let found: ByteString | null = null;
  for (const [name, value] of head.fields) {
    if (name.toLowerCase() !== 'set-cookie') continue;
    found = pairValue(value.split(';', 1)[0] ?? '', cookie) ?? found;
  }
  return found === '' ? null : found;
}

/** An answer that sets the cookie for a member. */
export function withStickyCookie(
  head: ResponseHead,
  cookie: string,
  token: string,
  isTls: boolean,
): ResponseHead {
  const value = `${cookie}=${token}; Path=/; HttpOnly; SameSite=Lax${isTls ? '; Secure' : ''}`;
  return { ...head, fields: [...head.fields, ['Set-Cookie', value]] };
}

function pairValue(pair: ByteString, cookie: string): ByteString | null {
  const at = pair.indexOf('=');
  return at !== -1 && pair.slice(0, at).trim() === cookie ? pair.slice(at + 1).trim() : null;
}
