/**
 * Whether a program may be started as another user, and how.
 *
 * The last word: whoever asks is a server without rights, which may have been taken over.
 */
import { realpathSync, statSync, type Stats } from 'node:fs';
import { dirname, normalize } from 'node:path';

import { byteStringOf, bytesOf } from '../../runtime/byte-string.ts';
import { isServerVariable } from '../../runtime/cgi/variable-names.ts';
import type { Identity } from '../../runtime/process-identity.ts';
import type { FromStarter, StartOrder } from '../../runtime/worker/starter-protocol.ts';
import {
  isReplaceableByAll,
  isWritableByAll,
  isWritableByGroup,
  may,
  mayChange,
  mayReplaceIn,
  type Accounts,
} from './machine.ts';
import type { WrapRule, WrapRules } from './wrap-rules.ts';

/** Numbers below it are accounts of the system, which have no web pages (login.defs(5) UID_MIN). */
const FIRST_USER = 1000;

/**
 * Variables that the C library leaves out for a program with the set-user-id bit, because they say which code is loaded.
 * chroot(1) still is root when it begins, and has no such bit.
 */
const NOT_FOR_ROOT = /^(?:LD_.*|MALLOC_.*|GCONV_PATH|GLIBC_TUNABLES|LOCPATH|NLSPATH)$/s;

/** No name of an account has anything else in it, and none looks like an option. */
const ACCOUNT = /^[A-Za-z0-9_][A-Za-z0-9._@+-]{0,255}$/;

/** How a program is started. */
export interface Launch {
  readonly identity: Identity;
  /** What becomes its root directory; null: it stays. */
  readonly chroot: string | null;
  /** As the program sees it, behind chroot. */
  readonly program: string;
  readonly arguments: readonly string[];
  /** As this process sees it. */
  readonly workingDirectory: string;
  /** Byte strings. */
  readonly variables: readonly (readonly [name: string, value: string])[];
  /** Variables that were left out, because nobody vouches for them. */
  readonly leftOut: readonly string[];
  /** What the user of the server may change, so that the program is no safer than the server; null: nothing. */
  readonly openToServer: string | null;
}

type Refusal = Extract<FromStarter, { kind: 'refused' }>;

export interface CheckContext {
  readonly rules: WrapRules;
  /** Whom the server runs as. */
  readonly server: Identity;
  readonly accounts: Accounts;
  readonly userDirectory: string;
  /** Users who need no entry (`~name`); null: all. */
  readonly homes: ReadonlySet<string> | null;
  /** What the configuration sets, as {@link assignment}. */
  readonly setenv: ReadonlySet<string>;
}

/** Thrown on the way, and caught at its end. */
class Refused extends Error {
  readonly status: Refusal['status'];

  constructor(status: Refusal['status'], reason: string) {
    super(reason);
    this.status = status;
  }
}

/** A variable and its value, as bytes in Latin-1, in one text. */
export function assignment(name: string, value: string): string {
  return `${name}=${value}`;
}

/** Decides about one program. */
export function checkProgram(order: StartOrder, context: CheckContext): Launch | Refusal {
  try {
    return launchOf(order, context);
  } catch (error) {
    if (error instanceof Refused) return refusal(error.status, error.message);
    // An account that the machine does not have, a file that went away meanwhile.
    return refusal(500, error instanceof Error ? error.message : String(error));
  }
}

export function isRefusal(decision: Launch | Refusal): decision is Refusal {
  return 'kind' in decision;
}

function refusal(status: Refusal['status'], reason: string): Refusal {
  return { kind: 'refused', status, reason };
}

function launchOf(order: StartOrder, context: CheckContext): Launch {
  const wrapId = textOf(order.wrapId);
  const path = textOf(order.file);
  const { rules } = context;
  if (rules.problems.length > 0) {
    throw new Refused(500, `cgi-wrapper.conf cannot be used: ${rules.problems.join('; ')}`);
  }
  const entry = entryOf(wrapId, context);
  const identity = identityFor(wrapId, entry, context);
  const { real, root } = placeOf(path, entry, order.isFollowingLinks);
  const file = statSync(real);
  checkFile(path, file, identity, entry.isHome);
  // Whoever may change one of them could put another program in the place of this one.
  for (const directory of [...directoriesOf(path, entry.root), ...directoriesOf(real, root)]) {
    checkDirectory(directory, identity, entry.isHome);
  }
  for (const directory of directoriesOf(root, '/')) checkAbove(directory);
  const chroot = entry.chroot === null ? null : realpathSync(entry.chroot);
  if (chroot !== null) checkChroot(chroot, context.server);
  const inside = (name: string): string => (chroot === null ? name : name.slice(chroot.length));
  if (chroot !== null && !isBelow(root, chroot)) {
    throw new Refused(500, `${root} does not lie below ${chroot}, the chroot of "${wrapId}"`);
  }
  // Links mean other files behind a chroot: there it is what they lead to that is named.
  const shown = chroot === null ? path : inside(real);
  for (const directory of settingsDirectories(shown, order)) {
    checkDirectory(`${chroot ?? ''}${directory}`, identity, entry.isHome);
  }
  const interpreter = order.interpreter === null ? null : textOf(order.interpreter);
  if (interpreter === null) {
    if (!may(identity, file, 1)) {
      throw new Refused(
        403,
        `the user of "${wrapId}" may not execute ${path}; set its executable bit (chmod +x)`,
      );
    }
  } else {
    if (!rules.handlers.includes(interpreter)) {
      throw new Refused(
        500,
        `${interpreter} may not run scripts for "${wrapId}"; add "CGIhandler = ${interpreter}" to cgi-wrapper.conf`,
      );
    }
    if (!may(identity, file, 4)) {
      throw new Refused(403, `the user of "${wrapId}" may not read ${path}`);
    }
  }
  const variables = new Map<string, string>();
  const leftOut = new Set<string>();
  for (const [name, value] of order.variables) {
    const isVouchedFor = isServerVariable(name) || context.setenv.has(assignment(name, value));
    if (!isVouchedFor || NOT_FOR_ROOT.test(name)) leftOut.add(name);
    else if (name !== 'SCRIPT_FILENAME') variables.set(name, value);
  }
  return {
    identity,
    chroot,
    program: interpreter ?? shown,
    arguments: interpreter === null ? [] : [shown],
    workingDirectory: dirname(real),
    variables: [
      ...[...variables].map(
        ([name, value]) =>
          [
            name,
            chroot !== null && name === 'DOCUMENT_ROOT'
              ? byteStringOf(withoutChroot(textOf(value), chroot))
              : value,
          ] as const,
      ),
      // Interpreters such as php-cgi run what it names, and not what their arguments do.
      ['SCRIPT_FILENAME', byteStringOf(shown)],
    ],
    leftOut: [...leftOut],
    openToServer:
      identity.uid === context.server.uid ? null : placeOpenTo(context.server, real, root),
  };
}

interface Entry {
  readonly root: string;
  readonly chroot: string | null;
  readonly user: string;
  readonly groups: readonly string[];
  /** Named by the user (`~name`), and by no line of root's. */
  readonly isHome: boolean;
}

function entryOf(wrapId: string, { rules, accounts, userDirectory, homes }: CheckContext): Entry {
  const webDirectory = (user: string): string => {
    const home = ACCOUNT.test(user) ? accounts.homeOf(user) : null;
    if (home === null) throw new Refused(500, `this machine knows no user "${user}"`);
    return normalize(`${home}/${userDirectory}`);
  };
  if (wrapId.startsWith('~')) {
    const user = wrapId.slice(1);
    if (homes !== null && !homes.has(user)) {
      throw new Refused(
        500,
        `the configuration had no WrapCGI = ~${user} and no WrapUserCGI when the server was started; restart it`,
      );
    }
    return { root: webDirectory(user), chroot: null, user, groups: [], isHome: true };
  }
  const rule: WrapRule | undefined = rules.wraps.find(({ id }) => id === wrapId);
  if (rule === undefined) {
    throw new Refused(
      500,
      `cgi-wrapper.conf has no entry "${wrapId}"; add "Wrap = ${wrapId} ; <root> ; <user>"`,
    );
  }
  const { root, chroot, homeOf, user, groups } = rule;
  return {
    root: root === null ? webDirectory(homeOf ?? '') : normalize(root).replace(/\/$/, ''),
    chroot: chroot === null ? null : normalize(chroot),
    user,
    groups,
    isHome: false,
  };
}

function identityFor(
  wrapId: string,
  { user, groups, isHome }: Entry,
  { accounts }: CheckContext,
): Identity {
  const identity = accounts.identityOf(user, groups);
  const { uid, gids } = identity;
  if (!isId(uid) || !gids.every(isId)) {
    throw new Refused(500, `"${wrapId}" has the user or a group of root; no program runs as root`);
  }
  if (isHome && uid < FIRST_USER) {
    throw new Refused(500, `${user} is an account of the system: it has no programs of its own`);
  }
  return identity;
}

/** A number that is not root's. */
function isId(number: number): boolean {
  return Number.isInteger(number) && number > 0;
}

/** Where a file really is. */
function placeOf(
  path: string,
  entry: Entry,
  isFollowingLinks: boolean,
): { readonly real: string; readonly root: string } {
  if (normalize(path) !== path || path.includes('\0') || !isBelow(path, entry.root)) {
    throw new Refused(403, `${path} does not lie below ${entry.root}`);
  }
  const root = resolved(entry.root, 500);
  const real = resolved(path, 404);
  if (!isBelow(real, root)) {
    throw new Refused(403, `${path} is a link to a place that is not below ${entry.root}`);
  }
  if (!isFollowingLinks && real !== root + path.slice(entry.root.length)) {
    throw new Refused(403, `${path} is a link (FollowSymlinks)`);
  }
  return { real, root };
}

function resolved(path: string, status: Refusal['status']): string {
  try {
    return realpathSync(path);
  } catch {
    throw new Refused(status, `there is no ${path}`);
  }
}

function isBelow(path: string, directory: string): boolean {
  return path.startsWith(directory === '/' ? '/' : `${directory}/`);
}

function checkFile(path: string, file: Stats, { uid }: Identity, isHome: boolean): void {
  if (!file.isFile()) throw new Refused(403, `${path} is no file`);
  if (isWritableByAll(file)) {
    throw new Refused(403, `everybody may change ${path}: it is not run as another user`);
  }
  if (isHome && file.uid !== uid && file.uid !== 0) {
    throw new Refused(403, `${path} belongs to somebody else than the user whose site it is in`);
  }
}

/** Those that lead to a path, from a root on. */
function directoriesOf(path: string, root: string): string[] {
  const directories: string[] = [];
  for (let place = dirname(path); isBelow(place, root) || place === root; place = dirname(place)) {
    directories.push(place);
    if (place === '/') break;
  }
  return directories;
}

function checkDirectory(directory: string, { uid, gids }: Identity, isHome: boolean): void {
  const facts = statSync(directory);
  if (isWritableByAll(facts)) {
    throw new Refused(
      403,
      `everybody may change ${directory}: nothing in it is run as another user`,
    );
  }
  if (!isHome) return;
  if (facts.uid !== uid && facts.uid !== 0) {
    throw new Refused(
      403,
      `${directory} belongs to somebody else than the user whose site it is in`,
    );
  }
  if (isWritableByGroup(facts) && facts.gid !== gids[0]) {
    throw new Refused(
      403,
      `a group may change ${directory}: nothing in it is run as the user whose site it is in`,
    );
  }
}

/** Those above the directory of an entry, where nobody but its owner may put another in its place. */
function checkAbove(directory: string): void {
  const facts = statSync(directory);
  if (isReplaceableByAll(facts)) {
    throw new Refused(
      403,
      `everybody may change ${directory}: nothing below it is run as another user`,
    );
  }
}

/** What somebody may change so that another program runs in the place of this one, the highest first. */
function placeOpenTo(who: Identity, real: string, root: string): string | null {
  const above = directoriesOf(root, '/');
  const below = [real, ...directoriesOf(real, root)];
  return (
    above.toReversed().find((place) => mayReplaceIn(who, statSync(place))) ??
    below.toReversed().find((place) => mayChange(who, statSync(place))) ??
    null
  );
}

/** Files of a root directory say what programs of others load, down to their accounts and passwords. */
function checkChroot(chroot: string, server: Identity): void {
  for (const place of [chroot, ...directoriesOf(chroot, '/')]) {
    const facts = statSync(place);
    const isOpen = place === chroot ? isWritableByAll(facts) : isReplaceableByAll(facts);
    const isOpenToServer =
      place === chroot ? mayChange(server, facts) : mayReplaceIn(server, facts);
    if (!isOpen && !isOpenToServer) continue;
    throw new Refused(
      500,
      `${isOpen ? 'everybody' : 'the user of the server'} may change ${place}: ${chroot} cannot be a root directory of programs; give it to root (chown root, chmod go-w)`,
    );
  }
}

/**
 * Where php-cgi looks for `.user.ini`: from the document root that the server names down to the program, as this program
 * sees them.
 */
function settingsDirectories(shown: string, { variables }: StartOrder): string[] {
  const documentRoot = new Map(variables).get('DOCUMENT_ROOT')?.replace(/\/+$/, '');
  if (documentRoot === undefined || !byteStringOf(shown).startsWith(documentRoot)) return [];
  return directoriesOf(shown, '/').filter(
    (directory) => byteStringOf(directory).length >= documentRoot.length,
  );
}

/** Byte strings of names, as text. */
function textOf(latin1: string): string {
  const text = bytesOf(latin1).toString('utf8');
  if (text.includes('\u{fffd}')) {
    throw new Refused(500, 'a path that is not UTF-8 cannot be given to a program of another user');
  }
  return text;
}

function withoutChroot(path: string, chroot: string): string {
  if (path === chroot) return '/';
  return isBelow(path, chroot) ? path.slice(chroot.length) : path;
}
