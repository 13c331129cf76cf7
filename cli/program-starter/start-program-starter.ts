/** Starts the process that starts programs as other users, where a server needs it (see program-starter.ts). */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { RoutingTable } from '../../routing-table/schema.ts';
import { byteStringOf } from '../../runtime/byte-string.ts';
import { DEFAULT_WRAPPER } from '../../runtime/cgi/wrapper.ts';
import { identityOf } from '../../runtime/process-identity.ts';
import type { ProgramStarterAddress } from '../../runtime/gateway/messages.ts';
import { isSetuidRoot } from '../../runtime/setuid-wrapper.ts';
import { knownProcess } from '../../runtime/worker/stray-processes.ts';
import { CommandError } from '../command-error.ts';
import { EXIT } from '../exit-code.ts';
import { WRAPPER_FILE } from '../wrap-ids.ts';
import { assignment } from './check-program.ts';
import { endLeftBehind, placeOfStarters } from './left-behind.ts';
import { encodeStarterOrder, orderFileIn, READY, socketIn } from './starter-order.ts';

/** Who does not know the name of a file in it cannot see it. */
const MAY_BE_ENTERED = 0o711;
const TOKEN_BYTES = 32;
const SHELL = '/bin/sh';
/**
 * Starts it again when a signal has ended it, as the one of the system that has no memory left: only root could. The pause
 * is for one that is ended each time. TERM is for the server, which ends it in its own time. What a shell says itself of a
 * program that a signal has ended is said better by the next one.
 */
const KEEPER = `exec 3>&2 2>/dev/null
trap : TERM INT HUP
while (exec "$@" 2>&3 3>&-); [ $? -gt 128 ]; do sleep 1; done`;

/** A running one. */
export interface ProgramStarterProcess {
  readonly address: ProgramStarterAddress;
  /** Ends it, and what it has started. */
  close(): Promise<void>;
}

/**
 * Starts it where root has started the server, programs are to run as other users, and no CGI wrapper is there to do
 * that. Otherwise there is nothing to do: null.
 *
 * @param onNotice - Hears what the user should know, now and later.
 * @throws {@link CommandError} when it cannot be started.
 */
export async function startProgramStarter(
  table: RoutingTable,
  configDirectory: string,
  onNotice: (message: string) => void,
): Promise<ProgramStarterProcess | null> {
  const { server } = table;
  if (process.getuid?.() !== 0) return null;
  const place = placeOfStarters();
  await endLeftBehind(place, (directory, programs) => {
    onNotice(
      `WrapCGI: a server that was killed has left ${directory}; programs of it that ran on, and were ended: ${programs}`,
    );
  });
  if (!isNeeded(table)) return null;
  const directory = makeDirectory(place);
  const address = { socket: socketIn(directory), token: randomBytes(TOKEN_BYTES).toString('hex') };
  const files = programFiles();
  const order = encodeStarterOrder({
    token: address.token,
    server: knownProcess(process.pid) ?? { pid: process.pid, startedAt: 0 },
    owner: identityOf(server.serverId),
    rulesFile: resolve(configDirectory, WRAPPER_FILE),
    readRules: [process.execPath, files.reader],
    userDirectory: server.userDirectory,
    homes: homesOf(table),
    setenv: setenvOf(table),
  });
  writeFileSync(orderFileIn(directory), order, { mode: 0o600 });
  const command = [process.execPath, files.starter, directory];
  const child = spawn(SHELL, ['-c', KEEPER, 'hiawatha-ts-starter', ...command], {
    cwd: '/',
    env: {},
    // A session of its own: what ends the server from a terminal ends it through the server.
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = new Promise<void>((end) => {
    child.once('exit', () => {
      end();
    });
    child.once('error', () => {
      end();
    });
  });
  let isClosed = false;
  const close = async (): Promise<void> => {
    isClosed = true;
    child.stdin.destroy();
    await gone;
  };
  if (!(await isReady(child, gone))) {
    await close();
    rmSync(directory, { recursive: true, force: true });
    throw new CommandError(
      EXIT.unable,
      'WrapCGI: the process that starts programs as other users did not start; what it said is above',
    );
  }
  void gone.then(() => {
    if (isClosed) return;
    onNotice(
      'WrapCGI: the process that starts programs as other users has ended for good, because only root could start it again; restart the server',
    );
  });
  return { address, close };
}

/**
 * What the user should know of a table that is served without such a process: programs that nobody can start. Null when
 * there are none.
 */
export function noticeWithoutStarter(table: RoutingTable): string | null {
  if (!isNeeded(table)) return null;
  const wrapper = table.server.cgiWrapper ?? DEFAULT_WRAPPER;
  return `WrapCGI: no program can be started as another user; there is no setuid wrapper at ${wrapper}, and this server was not started as root with a configuration that has WrapCGI`;
}

/** Whether programs are to run as other users, and no wrapper is there for them. */
function isNeeded(table: RoutingTable): boolean {
  return isWrapping(table) && !isSetuidRoot(table.server.cgiWrapper ?? DEFAULT_WRAPPER);
}

/** Whether programs are to run as other users anywhere. */
function isWrapping({ server, hosts, directories }: RoutingTable): boolean {
  return (
    hosts.some(
      ({ wrapCgi, userWebsites }) => wrapCgi !== null || (userWebsites && server.wrapUserCgi),
    ) || directories.some(({ wrapCgi }) => wrapCgi !== null)
  );
}

function homesOf({ server, hosts, directories }: RoutingTable): string[] | null {
  if (server.wrapUserCgi && hosts.some(({ userWebsites }) => userWebsites)) return null;
  return [...hosts, ...directories].flatMap(({ wrapCgi }) =>
    wrapCgi?.startsWith('~') === true ? [wrapCgi.slice(1)] : [],
  );
}

function setenvOf({ hosts }: RoutingTable): string[] {
  const assignments = hosts.flatMap(({ setenv }) =>
    setenv.map(({ name, value }) => assignment(byteStringOf(name), byteStringOf(value))),
  );
  return [...new Set(assignments)];
}

/** A directory of root, so that nothing of the user of the server can take the place of the socket. */
function makeDirectory(place: string): string {
  const directory = mkdtempSync(join(place, 'hiawatha-ts-'));
  chmodSync(directory, MAY_BE_ENTERED);
  return directory;
}

/** Files of programs: in the sources beside this one, or in a package bundles of their own. */
function programFiles(): { readonly starter: string; readonly reader: string } {
  const isSource = import.meta.url.endsWith('.ts');
  const [starter, reader] = isSource
    ? [
        new URL('./program-starter.ts', import.meta.url),
        new URL('./read-wrap-rules.ts', import.meta.url),
      ]
    : [import.meta.resolve('#program-starter'), import.meta.resolve('#read-wrap-rules')];
  return { starter: fileURLToPath(starter), reader: fileURLToPath(reader) };
}

async function isReady(child: ChildProcess, gone: Promise<void>): Promise<boolean> {
  const said = new Promise<boolean>((settle) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (text === `${READY}\n`) settle(true);
    });
  });
  return Promise.race([said, gone.then(() => false)]);
}
