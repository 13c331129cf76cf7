/** What the machine knows of accounts and files, as the process that starts programs asks for it. */
import { statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';

import { askProgram, identityOf, type Identity } from '../../runtime/process-identity.ts';

/** How long an account is remembered. */
const REMEMBERED_MS = 10_000;

const GROUP_WRITABLE = 0o020;
const WORLD_WRITABLE = 0o002;
const STICKY = 0o1000;

/** Numbers of the capabilities that it takes to start and to end programs of others (capabilities(7)). */
const NEEDED_CAPABILITIES = [
  ['CAP_KILL', 5],
  ['CAP_SETGID', 6],
  ['CAP_SETUID', 7],
  ['CAP_SYS_CHROOT', 18],
] as const;

export interface Accounts {
  /** @throws {@link RuntimeError} for one that the machine does not have. */
  identityOf(user: string, groups: readonly string[]): Identity;
  /** The home directory of a user; null for one that the machine does not have. */
  homeOf(user: string): string | null;
}

/** Accounts of the system, asked for once in a while. */
export class SystemAccounts implements Accounts {
  readonly #known = new Map<string, { readonly value: unknown; readonly untilMs: number }>();

  identityOf(user: string, groups: readonly string[]): Identity {
    return this.#remembered(`id ${user}:${groups.join(',')}`, () =>
      identityOf({ user, groups: [...groups] }),
    );
  }

  homeOf(user: string): string | null {
    return this.#remembered(`home ${user}`, () => {
      const home = askProgram('getent', ['passwd', '--', user])?.trimEnd().split(':')[5] ?? '';
      return home.startsWith('/') ? home : null;
    });
  }

  #remembered<T>(key: string, look: () => T): T {
    const known = this.#known.get(key);
    // Under a key there is what `look` gave for it.
    if (known !== undefined && known.untilMs > performance.now()) return known.value as T;
    const value = look();
    const now = performance.now();
    for (const [old, { untilMs }] of this.#known) if (untilMs <= now) this.#known.delete(old);
    this.#known.set(key, { value, untilMs: now + REMEMBERED_MS });
    return value;
  }
}

/** Whether somebody of an identity may do something with a file; 4 reads it, 1 executes it. */
export function may({ uid, gids }: Identity, file: Stats, right: 4 | 1): boolean {
  if (file.uid === uid) return (file.mode & (right << 6)) !== 0;
  if (gids.includes(file.gid)) return (file.mode & (right << 3)) !== 0;
  return (file.mode & right) !== 0;
}

/** Whether somebody of an identity may change a file, or let himself do so. */
export function mayChange({ uid, gids }: Identity, file: Stats): boolean {
  return file.uid === uid || (gids.includes(file.gid) && isWritableByGroup(file));
}

/** Whether somebody of an identity may put something else in the place of what lies in a directory. */
export function mayReplaceIn(identity: Identity, directory: Stats): boolean {
  return mayChange(identity, directory) && (!isSticky(directory) || directory.uid === identity.uid);
}

/** Whether everybody may put something else in the place of what lies in a directory. */
export function isReplaceableByAll(directory: Stats): boolean {
  return isWritableByAll(directory) && !isSticky(directory);
}

/** As /tmp is: everybody may make files, and nobody may take away others'. */
function isSticky(directory: Stats): boolean {
  return (directory.mode & STICKY) !== 0;
}

export function isWritableByAll(file: Stats): boolean {
  return (file.mode & WORLD_WRITABLE) !== 0;
}

export function isWritableByGroup(file: Stats): boolean {
  return (file.mode & GROUP_WRITABLE) !== 0;
}

/**
 * What a process of root lacks, as in many containers, of what it takes to start and to end programs of others.
 *
 * @param status - Its `/proc/PID/status`.
 */
export function missingCapabilities(status: string): string[] {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  if (mask === undefined) return [];
  const held = BigInt(`0x${mask}`);
  return NEEDED_CAPABILITIES.flatMap(([name, bit]) =>
    ((held >> BigInt(bit)) & 1n) === 0n ? [name] : [],
  );
}

/**
 * What would let somebody other than root change a file, or put another in its place; null when nothing would.
 *
 * @param path - Absolute, without links.
 */
export function whoElseMayChange(path: string): string | null {
  for (let place = path; ; place = dirname(place)) {
    const { uid, mode } = statSync(place);
    if (uid !== 0) return `${place} belongs to the user ${uid}, not to root`;
    const isOpen = (mode & (GROUP_WRITABLE | WORLD_WRITABLE)) !== 0;
    // In a directory such as /tmp everybody may make files, and nobody may take away others'.
    const isProtected = place !== path && (mode & STICKY) !== 0;
    if (isOpen && !isProtected) return `${place} may be changed by others than root`;
    if (place === '/') return null;
  }
}
