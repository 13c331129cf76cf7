/** This machine, as rules of the linter may ask for it (`check --fs`, `check --net`). */
import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import type {
  AccountFacts,
  CertificateFacts,
  Environment,
  PathElement,
  PathFacts,
} from '../compiler/lint/environment.ts';
import { readWrapIds, WRAPPER_FILE } from './wrap-ids.ts';
import { describeSystemError, systemErrorCode } from './system-error.ts';

const DAY_MS = 86_400_000;
const PERMISSION_BITS = 0o777;
/** `nobody`, whom Hiawatha runs as without ServerId. */
const DEFAULT_ACCOUNT = { user: '65534', groups: ['65534'] };
const LOOKUP_TIMEOUT_MS = 5000;
/** What getent ends with when a name has no address. */
const GETENT_NOT_FOUND = 2;

/** Which parts of the machine `check` may look at. */
export interface MachineOptions {
  readonly configDirectory: string;
  /** Look at files and accounts. */
  readonly files: boolean;
  /** Look names up. */
  readonly network: boolean;
  /** Ids of the Wrap lines of the cgi-wrapper.conf that was named; null: none was. */
  readonly wrapIds: readonly string[] | null;
  /** What is known of FastCGI servers. */
  readonly fastCgi: Environment['fastCgi'];
  readonly isServedHere: Environment['isServedHere'];
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/** Looks at this machine as far as the options allow. */
export function machineEnvironment(options: MachineOptions): Environment {
  const { configDirectory, files, network, fastCgi, wrapIds, isServedHere, nowMs } = options;
  return {
    path: (path) => (files ? pathFacts(resolve(configDirectory, path)) : null),
    account: (serverId) => (files ? accountFacts(serverId ?? DEFAULT_ACCOUNT) : null),
    certificate: (path) => (files ? certificateFacts(resolve(configDirectory, path), nowMs) : null),
    resolves: (name) => (network ? resolves(name) : null),
    fastCgi,
    isServedHere,
    wrapIds: () => wrapIds ?? (files ? readWrapIds(join(configDirectory, WRAPPER_FILE)) : null),
  };
}

function pathFacts(path: string): PathFacts | null {
  const written = walk(path);
  if (written?.missing !== null) return written;
  // A link leads through directories that are not part of the name; they have to be passed too.
  const real = walk(realpathSync(path));
  if (real === null) return null;
  const target = real.elements.at(-1);
  const passed = [...written.elements.slice(0, -1), ...real.elements.slice(0, -1)];
  const byPath = new Map(passed.map((element) => [element.path, element]));
  return {
    elements: [...byPath.values(), ...(target === undefined ? [] : [target])],
    missing: null,
  };
}

/** Null where this user may not look. */
function walk(path: string): PathFacts | null {
  const elements: PathElement[] = [];
  for (const part of [...parentsOf(path), path]) {
    let stats: Stats;
    try {
      stats = statSync(part);
    } catch (error) {
      const code = systemErrorCode(error);
      return code === 'ENOENT' || code === 'ENOTDIR' ? { elements, missing: part } : null;
    }
    elements.push({
      path: part,
      kind: kindOf(stats),
      mode: stats.mode & PERMISSION_BITS,
      uid: stats.uid,
      gid: stats.gid,
    });
  }
  return { elements, missing: null };
}

function parentsOf(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === path ? [] : [...parentsOf(parent), parent];
}

function kindOf(stats: Stats): PathElement['kind'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSocket() ? 'socket' : 'other';
}

/** Reads /etc/passwd and /etc/group; null where an account is not in them. */
function accountFacts(serverId: { user: string; groups: readonly string[] }): AccountFacts | null {
  const users = readTable('/etc/passwd');
  const groups = readTable('/etc/group');
  const user = users.find(([name, , uid]) => name === serverId.user || uid === serverId.user);
  const uid = Number(user?.[2] ?? serverId.user);
  if (!Number.isInteger(uid)) return null;
  const named = serverId.groups.map((group) =>
    Number(groups.find(([name, , gid]) => name === group || gid === group)?.[2] ?? group),
  );
  const own = [
    ...(user?.[3] === undefined ? [] : [Number(user[3])]),
    ...groups
      .filter(([, , , members]) => members?.split(',').includes(user?.[0] ?? '') === true)
      .map(([, , gid]) => Number(gid)),
  ];
  const gids = named.length > 0 ? named : own;
  if (gids.some(Number.isNaN)) return null;
  return { name: user?.[0] ?? serverId.user, uid, gids };
}

function readTable(path: string): readonly (readonly string[])[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.split(':'));
  } catch {
    return [];
  }
}

function certificateFacts(path: string, nowMs: number): CertificateFacts {
  let pem: string;
  try {
    pem = readFileSync(path, 'latin1');
  } catch (error) {
    return { kind: 'unusable', reason: describeSystemError(error) };
  }
  const block = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/.exec(pem)?.[0];
  if (block === undefined) return { kind: 'unusable', reason: 'it holds no certificate in PEM' };
  try {
    const certificate = new X509Certificate(block);
    return {
      kind: 'certificate',
      names: namesOf(certificate),
      daysLeft: Math.floor((Date.parse(certificate.validTo) - nowMs) / DAY_MS),
      ...keyFacts(pem, certificate),
    };
  } catch {
    return { kind: 'unusable', reason: 'its certificate is damaged' };
  }
}

function namesOf(certificate: X509Certificate): readonly string[] {
  return (certificate.subjectAltName ?? '')
    .split(', ')
    .filter((entry) => entry.startsWith('DNS:'))
    .map((entry) => entry.slice('DNS:'.length).toLowerCase());
}

function keyFacts(
  pem: string,
  certificate: X509Certificate,
): { hasKey: boolean; isKeyMatching: boolean } {
  const key = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^-]*-----END \1-----/.exec(pem)?.[0];
  if (key === undefined) return { hasKey: false, isKeyMatching: false };
  try {
    return { hasKey: true, isKeyMatching: certificate.checkPrivateKey(createPrivateKey(key)) };
  } catch {
    return { hasKey: true, isKeyMatching: false };
  }
}

function resolves(name: string): boolean | null {
  try {
    execFileSync('getent', ['ahosts', name], { stdio: 'ignore', timeout: LOOKUP_TIMEOUT_MS });
    return true;
  } catch (error) {
    const isMissing =
      error instanceof Error && 'status' in error && error.status === GETENT_NOT_FOUND;
    return isMissing ? false : null;
  }
}
