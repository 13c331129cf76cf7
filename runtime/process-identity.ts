/** Who the process is: its number in a file (hiawatha(1) PIDfile), its user and groups (ServerId). */
import { execFileSync } from 'node:child_process';
import {
  accessSync,
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  openSync,
  writeSync,
} from 'node:fs';
import type { RoutingTable } from '../routing-table/schema.ts';
import { errorCode } from './error-code.ts';
import { RuntimeError } from './runtime-error.ts';

type ServerId = RoutingTable['server']['serverId'];

/** Where the number goes when the configuration does not say; not every user may write there. */
const DEFAULT_PID_FILE = '/run/hiawatha.pid';
const PID_FILE_MODE = 0o644;
const NOBODY = 65_534;

/**
 * Writes the number of this process. A default file that this user may not write is left alone.
 *
 * @throws {@link RuntimeError} `HWR_PID_FILE`.
 */
export function writePidFile(path: string): void {
  try {
    const file = openSync(path, 'w', PID_FILE_MODE);
    try {
      writeSync(file, `${process.pid}\n`);
      // Whatever the umask says. What is no file, such as /dev/null, belongs to the whole machine.
      if (fstatSync(file).isFile()) fchmodSync(file, PID_FILE_MODE);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (path === DEFAULT_PID_FILE) return;
    throw new RuntimeError(
      'HWR_PID_FILE',
      `PIDfile ${path} cannot be written (${errorCode(error)}); make its directory, or name another file`,
      { cause: error },
    );
  }
}

/** Called when ports and logs are open. @throws {@link RuntimeError} `HWR_PID_FILE`, `HWR_SERVER_ID`. */
export type SettleProcess = (logFiles: readonly string[]) => void;

/**
 * Prepares what a server does when its ports and logs are open: it writes its number, and gives up the rights of root.
 * Accounts are looked up now: clients that are there already wait for what is done then.
 *
 * @param needed - A file that the process reads later on, such as its own program.
 * @throws {@link RuntimeError} `HWR_SERVER_ID`.
 */
export function prepareToSettle(
  { pidFile, serverId }: RoutingTable['server'],
  needed: string,
): SettleProcess {
  const identity = process.getuid?.() === 0 ? identityOf(serverId) : null;
  return (logFiles) => {
    writePidFile(pidFile);
    if (identity !== null) becomeIdentity(identity, logFiles, needed);
  };
}

/** Gives a directory of root to whom ServerId names. @throws {@link RuntimeError} `HWR_SERVER_ID`. */
export function giveDirectory({ serverId }: RoutingTable['server'], directory: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gids } = identityOf(serverId);
  chownSync(directory, uid, gids[0]);
}

/** A user and groups, as numbers. */
export interface Identity {
  readonly uid: number;
  /** The first is the main one. */
  readonly gids: readonly [number, ...number[]];
}

/**
 * Looks a ServerId up.
 *
 * @param ask - Runs a program and returns what it prints; for tests.
 * @throws {@link RuntimeError} `HWR_SERVER_ID` for a user or group that this machine does not have.
 */
export function identityOf(serverId: ServerId, ask: typeof askProgram = askProgram): Identity {
  if (serverId === null) return { uid: NOBODY, gids: [NOBODY] };
  const { user, groups } = serverId;
  const uid = /^\d+$/.test(user) ? Number(user) : numberFrom(user, ask('id', ['-u', '--', user]));
  const named = groups.map((group) =>
    /^\d+$/.test(group)
      ? Number(group)
      : numberFrom(group, ask('getent', ['group', group])?.split(':')[2]),
  );
  if (named.length === 0) {
    // Where the machine does not know a number, the group has the same one.
    const known = ask('id', ['-G', '--', user])?.trim().split(' ').map(Number);
    named.push(...(known ?? [uid]));
  }
  const [first = uid, ...others] = named;
  return { uid, gids: [first, ...others] };
}

function numberFrom(name: string, text: string | null | undefined): number {
  if (text != null && /^\d+\s*$/.test(text)) return Number(text);
  throw new RuntimeError(
    'HWR_SERVER_ID',
    `ServerId: this machine does not know "${name}"; add the account, or name another`,
  );
}

/** Runs a program; null when it cannot be run or fails. @returns what it prints. */
export function askProgram(program: string, parameters: readonly string[]): string | null {
  try {
    return execFileSync(program, parameters, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return null;
  }
}

/** Gives up the rights of root for good, in every thread; files stay writable when they are given away first. */
function becomeIdentity(
  { uid, gids }: Identity,
  ownFiles: readonly string[],
  needed: string,
): void {
  for (const file of ownFiles) giveAway(file, uid, gids[0]);
  try {
    process.setgroups?.([...gids]);
    process.setgid?.(gids[0]);
    process.setuid?.(uid);
  } catch (error) {
    throw new RuntimeError(
      'HWR_SERVER_ID',
      `this process may not become the user ${uid} (${errorCode(error)}), whom ServerId names; start it as that user, or let it have CAP_SETUID and CAP_SETGID, which containers can be without`,
      { cause: error },
    );
  }
  try {
    accessSync(needed, constants.R_OK);
  } catch (error) {
    throw new RuntimeError(
      'HWR_SERVER_ID',
      `the user ${uid}, whom ServerId names, may not read ${needed}; install this program where every user may read it, or name another ServerId`,
      { cause: error },
    );
  }
}

/**
 * Gives a file to an account. Devices stay whose they are: `/dev/null` as a log must not become unusable for the rest of
 * the machine. So do links, hard or symbolic: whoever may write to the directory of the logs could aim them at any file.
 */
export function giveAway(path: string, uid: number, gid: number): void {
  let file;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === 'ELOOP') return;
    throw error;
  }
  try {
    const status = fstatSync(file);
    if (status.isFile() && status.nlink === 1) fchownSync(file, uid, gid);
  } finally {
    closeSync(file);
  }
}
