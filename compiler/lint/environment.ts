/**
 * What the machine is like on which a configuration is to run, as far as somebody looked.
 *
 * The compiler never looks itself: it would give other results on another machine. Whoever can look implements
 * {@link Environment}; rules that get null for an answer report nothing.
 */

import type { Account } from '../../grammar/values/account.ts';
import type { Endpoint } from '../../grammar/values/backend-list.ts';

/** A part of a path that is there, links followed. */
export interface PathElement {
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'socket' | 'other';
  /** Permission bits, as 0o755. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** What stands on the way to a path. */
export interface PathFacts {
  /** From `/` to the last part that is there, the path itself included. */
  readonly elements: readonly PathElement[];
  /** The first part that is not there; null: the path exists. */
  readonly missing: string | null;
}

/** Who the server runs as; numbers as the system knows them. */
export interface AccountFacts {
  readonly name: string;
  readonly uid: number;
  readonly gids: readonly number[];
}

/** What is in a file of certificates. `reason` completes "… cannot be used: ". */
export type CertificateFacts =
  | {
      readonly kind: 'certificate';
      /** Names the certificate is for, lower case, with `*.` wildcards; empty for a CA. */
      readonly names: readonly string[];
      /** Whole days until it expires; negative when it has. */
      readonly daysLeft: number;
      readonly hasKey: boolean;
      /** False: the key in the file belongs to another certificate. */
      readonly isKeyMatching: boolean;
    }
  | { readonly kind: 'unusable'; readonly reason: string };

/** What came of asking a FastCGI server for its values. */
export type FastCgiFacts =
  /** Values by name; empty when it knows none of those that were asked for. */
  | { readonly kind: 'answered'; readonly values: readonly (readonly [string, string])[] }
  /** It took the connection and said nothing. */
  | { readonly kind: 'silent' }
  /** It speaks another protocol. */
  | { readonly kind: 'foreign' }
  /** `reason` completes "nobody answers at …: ". */
  | { readonly kind: 'refused'; readonly reason: string };

/** Each answer is null when it is not known. Paths may be relative to the configuration directory. */
export interface Environment {
  path(path: string): PathFacts | null;
  /** The account of ServerId; null for its default. */
  account(serverId: Account | null): AccountFacts | null;
  certificate(path: string): CertificateFacts | null;
  /** Whether a host name has an address. */
  resolves(name: string): boolean | null;
  /** What is found where a FastCGI server should be. */
  fastCgi(endpoint: Endpoint): FastCgiFacts | null;
  /** Ids of the Wrap lines of cgi-wrapper.conf. */
  wrapIds(): readonly string[] | null;
  /** Whether this program is to serve the configuration; false: Hiawatha is. */
  isServedHere(): boolean;
}

/** Nobody looked. */
export const NOTHING_KNOWN: Environment = {
  path: () => null,
  account: () => null,
  certificate: () => null,
  resolves: () => null,
  fastCgi: () => null,
  wrapIds: () => null,
  isServedHere: () => false,
};
