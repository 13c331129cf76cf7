/** Ends what a process that starts programs has left running, and takes its directory away. */
import { lstatSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import {
  groupMembers,
  isStillThere,
  strayDescendants,
  type KnownProcess,
} from '../../runtime/worker/stray-processes.ts';
import { recordsIn, type ProgramRecord } from './program-records.ts';
import { decodeStarterOrder, orderFileIn, socketIn } from './starter-order.ts';

/** Where directories of running programs are, and nobody but root may make any. */
const RUN_DIRECTORY = '/run';
/** What mkdtemp(3) makes of a prefix. */
const NAME = /^hiawatha-ts-[A-Za-z0-9]{6}$/;

/** How long processes have between TERM and KILL. */
const TERM_GRACE_MS = 1000;
const LOOK_MS = 20;

/** Where processes that start programs have their directories. */
export function placeOfStarters(): string {
  return statSync(RUN_DIRECTORY, { throwIfNoEntry: false })?.uid === 0 ? RUN_DIRECTORY : tmpdir();
}

/** Ends programs with all that they have started. @returns how many of them were still there. */
export async function endRecorded(records: readonly ProgramRecord[]): Promise<number> {
  const groups = records.map((record) => [record, processesOf(record)] as const);
  const alive = groups.filter(([, processes]) => processes.length > 0);
  const open = alive.flatMap(([, processes]) => processes);
  for (const known of open) signal(known, 'SIGTERM');
  const startedAt = performance.now();
  while (open.some(isStillThere) && performance.now() - startedAt < TERM_GRACE_MS) {
    await wait(LOOK_MS);
  }
  // They may have started others meanwhile.
  for (const known of [...open, ...alive.flatMap(([record]) => processesOf(record))]) {
    signal(known, 'SIGKILL');
  }
  return alive.length;
}

/**
 * Ends what servers have left that were killed together with the process that started their programs.
 *
 * @param onFound - Hears how many programs were ended with each directory.
 */
export async function endLeftBehind(
  place: string,
  onFound: (directory: string, programs: number) => void,
): Promise<void> {
  for (const name of readdirSync(place)) {
    const directory = join(place, name);
    if (!NAME.test(name) || !isDirectoryOfRoot(directory) || !(await isLeft(directory))) continue;
    const programs = await endRecorded(recordsIn(directory));
    rmSync(directory, { recursive: true, force: true });
    onFound(directory, programs);
  }
}

function isDirectoryOfRoot(path: string): boolean {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  return facts?.isDirectory() === true && facts.uid === 0;
}

/** Neither is its server there, nor does anything listen: a server of another container may have it. */
async function isLeft(directory: string): Promise<boolean> {
  let text: string;
  try {
    text = readFileSync(orderFileIn(directory), 'utf8');
  } catch {
    // Made just now, or by something else.
    return false;
  }
  const order = decodeStarterOrder(text);
  if (order !== null && isStillThere(order.server)) return false;
  return !(await isListening(socketIn(directory)));
}

function isListening(socket: string): Promise<boolean> {
  return new Promise((settle) => {
    const probe = connect(socket);
    probe.once('connect', () => {
      probe.destroy();
      settle(true);
    });
    probe.once('error', () => {
      settle(false);
    });
  });
}

function processesOf({ leader, uid }: ProgramRecord): readonly KnownProcess[] {
  return [
    ...groupMembers(leader, uid),
    ...(isStillThere(leader) ? strayDescendants(leader.pid) : []),
  ];
}

function signal(known: KnownProcess, name: NodeJS.Signals): void {
  if (!isStillThere(known)) return;
  try {
    process.kill(known.pid, name);
  } catch {
    // It has ended meanwhile.
  }
}
