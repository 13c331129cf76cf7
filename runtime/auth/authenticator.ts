/**
 * Who a client is (hiawatha(1) PasswordFile, RequiredGroup, LoginMessage; RFC 7617, RFC 7616).
 *
 * Differs from Hiawatha: groups are judged after the password; nonces of Digest are made by the server, used up, and
 * qop=auth is offered; the files of htpasswd are read as well.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { ByteString } from '../byte-string.ts';
import { MAX_REMEMBERED_LOGINS } from '../limits.ts';
import { fieldValue, type RequestContext } from '../request-context.ts';
import {
  AccountFiles,
  parseDigestLine,
  parseGroupLine,
  parsePasswordLine,
  type Accounts,
} from './account-files.ts';
import { DigestNonces } from './digest-nonces.ts';
import { algorithmOf, isResponseRight, parseDigestFields } from './digest.ts';
import { verifyPassword } from './verify-password.ts';

/** A client that has shown who it is. */
export interface Login {
  readonly scheme: 'Basic' | 'Digest';
  readonly user: ByteString;
}

/** What has to be shown for a path. */
export interface LoginRules {
  readonly scheme: 'basic' | 'digest';
  /** Absolute names, the first that can be read counts; none: nobody can log in. */
  readonly passwordFiles: readonly ByteString[];
  readonly groupFiles: readonly ByteString[];
  /** Empty: no group is asked for. */
  readonly requiredGroups: readonly string[];
  /** LoginMessage. */
  readonly realm: ByteString;
}

/** What a login came to. */
export type LoginVerdict =
  | { readonly kind: 'granted'; readonly login: Login }
  /** The password is right, and the user is in none of the groups. */
  | { readonly kind: 'wrong-group'; readonly login: Login }
  | {
      readonly kind: 'refused';
      /** False when the client has not tried yet. */
      readonly isAttempt: boolean;
      /** Values of WWW-Authenticate. */
      readonly challenges: readonly ByteString[];
      /** A file that cannot be read, for the error log. */
      readonly unreadable: ByteString | null;
    };

/** Asks for logins and judges them. */
export interface Authenticator {
  authenticate(request: RequestContext, rules: LoginRules): Promise<LoginVerdict>;
  /** Whether somebody who has shown who it is belongs to one of the groups, or none is asked for. */
  isMember(user: ByteString, rules: LoginRules): Promise<boolean>;
}

/** What a client offers, as far as it can be told from right or wrong. */
type Proof =
  | { readonly kind: 'login'; readonly login: Login }
  | { readonly kind: 'none' | 'wrong' | 'stale' }
  | { readonly kind: 'unreadable'; readonly file: ByteString };

/** Basic and Digest authentication against password and group files. */
export class FileAuthenticator implements Authenticator {
  readonly #passwords = new AccountFiles(parsePasswordLine);
  readonly #digests = new AccountFiles(parseDigestLine);
  readonly #groups = new AccountFiles(parseGroupLine);
  readonly #nonces = new DigestNonces();
  readonly #secret = randomBytes(32);
  /** Proofs that were right, so that the slow hash is made once; least recently used first. */
  readonly #known = new Set<string>();

  async authenticate(request: RequestContext, rules: LoginRules): Promise<LoginVerdict> {
    const field = fieldValue(request, 'authorization');
    const proof = await this.#proofIn(request, rules, field);
    if (proof.kind !== 'login') {
      return {
        kind: 'refused',
        isAttempt: proof.kind === 'wrong' || proof.kind === 'unreadable',
        challenges: await this.#challenges(rules, proof.kind === 'stale'),
        unreadable: proof.kind === 'unreadable' ? proof.file : null,
      };
    }
    const isMember = await this.isMember(proof.login.user, rules);
    return { kind: isMember ? 'granted' : 'wrong-group', login: proof.login };
  }

  async isMember(user: ByteString, { requiredGroups, groupFiles }: LoginRules): Promise<boolean> {
    if (requiredGroups.length === 0) return true;
    const groups = await this.#readFirst(this.#groups, groupFiles);
    return requiredGroups.some((group) =>
      (groups?.get(group) ?? '').split(/[\s,]+/).includes(user),
    );
  }

  async #proofIn(
    request: RequestContext,
    rules: LoginRules,
    field: ByteString | null,
  ): Promise<Proof> {
    const found = /^(basic|digest) +(.*)$/is.exec(field ?? '');
    if (found?.[1]?.toLowerCase() !== rules.scheme) return { kind: 'none' };
    const text = found[2] ?? '';
    return rules.scheme === 'basic'
      ? this.#basicProof(text, rules)
      : this.#digestProof(request, text, rules);
  }

  async #basicProof(text: string, rules: LoginRules): Promise<Proof> {
    const plain = Buffer.from(text, 'base64');
    const colon = plain.indexOf(':');
    if (colon <= 0) return { kind: 'wrong' };
    const user = plain.toString('latin1', 0, colon);
    const accounts = await this.#readFirst(this.#passwords, rules.passwordFiles);
    if (accounts === null) return unreadable(rules);
    // An unknown user takes as long as a known one.
    const hash = accounts.get(user) ?? firstOf(accounts);
    if (hash === null) return { kind: 'wrong' };
    const isRight = await this.#isRight(plain, plain.subarray(colon + 1), hash);
    if (!isRight || !accounts.has(user)) return { kind: 'wrong' };
    return { kind: 'login', login: { scheme: 'Basic', user } };
  }

  /** @param whole - Name and password; with the hash they are what is remembered, and only as a MAC. */
  async #isRight(whole: Buffer, password: Buffer, hash: string): Promise<boolean> {
    const mark = createHmac('sha256', this.#secret)
      .update(`${hash.length}:${hash}:`, 'latin1')
      .update(whole)
      .digest('base64');
    if (this.#known.delete(mark)) {
      this.#known.add(mark);
      return true;
    }
    if (!(await verifyPassword(password, hash))) return false;
    this.#known.add(mark);
    for (const oldest of this.#known) {
      if (this.#known.size <= MAX_REMEMBERED_LOGINS) break;
      this.#known.delete(oldest);
    }
    return true;
  }

  async #digestProof(request: RequestContext, text: string, rules: LoginRules): Promise<Proof> {
    const fields = parseDigestFields(text);
    const user = fields?.get('username');
    if (fields === null || user === undefined || user === '') return { kind: 'wrong' };
    const accounts = await this.#readFirst(this.#digests, rules.passwordFiles);
    if (accounts === null) return unreadable(rules);
    const ha1 = accounts.get(`${user}:${rules.realm}`);
    if (ha1 === undefined || fields.get('realm') !== rules.realm) return { kind: 'wrong' };
    const qop = fields.get('qop');
    const count = fields.get('nc') ?? '';
    if (qop !== undefined && (qop !== 'auth' || !/^[0-9a-f]{1,8}$/i.test(count))) {
      return { kind: 'wrong' };
    }
    if (!isResponseRight(fields, ha1, request)) return { kind: 'wrong' };
    const nonce = fields.get('nonce') ?? '';
    // Who knows the password and has a nonce of another time may try again at once.
    if (this.#nonces.judge(nonce) !== 'fresh') return { kind: 'stale' };
    if (qop !== undefined && !this.#nonces.use(nonce, count)) return { kind: 'stale' };
    return { kind: 'login', login: { scheme: 'Digest', user } };
  }

  async #readFirst(files: AccountFiles, paths: readonly ByteString[]): Promise<Accounts | null> {
    for (const path of paths) {
      const accounts = await files.read(path);
      if (accounts !== null) return accounts;
    }
    return null;
  }

  async #challenges(rules: LoginRules, isStale: boolean): Promise<ByteString[]> {
    const realm = rules.realm.replace(/["\\]/g, '\\$&');
    if (rules.scheme === 'basic') return [`Basic realm="${realm}"`];
    const accounts = await this.#readFirst(this.#digests, rules.passwordFiles);
    const algorithms = new Set([...(accounts?.values() ?? [])].map(algorithmOf));
    const offered = (['SHA-256', 'MD5'] as const).filter((name) => algorithms.has(name));
    return (offered.length === 0 ? ['MD5'] : offered).map(
      (algorithm) =>
        `Digest realm="${realm}", nonce="${this.#nonces.make()}", algorithm=${algorithm}, qop="auth"${isStale ? ', stale=true' : ''}`,
    );
  }
}

function unreadable({ passwordFiles: [file] }: LoginRules): Proof {
  return file === undefined ? { kind: 'wrong' } : { kind: 'unreadable', file };
}

function firstOf(accounts: Accounts): string | null {
  for (const hash of accounts.values()) return hash;
  return null;
}
