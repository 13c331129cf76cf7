/** Compares a password with the hash that a password file has for it. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { compare } from 'bcryptjs';
import { desCrypt } from './des-crypt.ts';
import { md5Crypt } from './md5-crypt.ts';
import { shaCrypt } from './sha-crypt.ts';

/**
 * True when a hash is that of a password.
 *
 * Reads what crypt(3) of Linux writes (`$1$`, `$5$`, `$6$`, `$2a$` and its kin, DES) and what htpasswd writes besides
 * (`$apr1$`, `{SHA}`). Anything else fits no password; plain text least of all.
 */
export async function verifyPassword(password: Uint8Array, hash: string): Promise<boolean> {
  if (/^\$2[abxy]\$/.test(hash)) {
    const text = Buffer.from(password).toString('utf8');
    return compare(text, hash).catch(() => false);
  }
  const made = await hashLike(password, hash);
  return made !== null && isSameText(made, hash);
}

/** The text that a password file would have for a password, with the salt of a hash that is there. */
async function hashLike(password: Uint8Array, hash: string): Promise<string | null> {
  const md5 = /^(\$1\$|\$apr1\$)([^$]*)/.exec(hash);
  if (md5 !== null) return md5Crypt(password, md5[1] === '$1$' ? '$1$' : '$apr1$', md5[2] ?? '');
  if (/^\$[56]\$/.test(hash)) return shaCrypt(password, hash);
  if (hash.startsWith('{SHA}')) {
    return `{SHA}${createHash('sha1').update(password).digest('base64')}`;
  }
  return /^[./0-9A-Za-z]{13}$/.test(hash) ? desCrypt(password, hash) : null;
}

/** Compares without telling by the time taken how far two texts agree. */
export function isSameText(one: string, other: string): boolean {
  const bytes = Buffer.from(one, 'latin1');
  const otherBytes = Buffer.from(other, 'latin1');
  return bytes.length === otherBytes.length && timingSafeEqual(bytes, otherBytes);
}
