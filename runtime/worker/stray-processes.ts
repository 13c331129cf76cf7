/**
 * What a program has started that left its process group (`setsid`), so that a signal to the group does not reach it.
 *
 * Found as long as one of the processes between it and the program is there, or while it holds a pipe of the program. Who
 * cuts both ties, as a daemon does, has left on purpose.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process: a number alone may be another's a moment later. */
export interface KnownProcess {
  readonly pid: number;
  /** In ticks since the system began. */
  readonly startedAt: number;
}

/** States of a process that does nothing any more (proc_pid_stat(5)). */
const ENDED: ReadonlySet<string> = new Set(['Z', 'X']);

interface ProcessFacts extends KnownProcess {
  readonly group: number;
  /** Ended, and only waited for by its parent: a zombie. */
  readonly hasEnded: boolean;
}

/** Of /proc/PID/stat, counted from behind the name, which may hold anything. */
const FIELD = { state: 0, group: 2, startedAt: 19 } as const;

/**
 * Looks for those that descend from a program.
 *
 * @param leader - The program, which leads the group; it has not been waited for.
 */
export function strayDescendants(leader: number): readonly KnownProcess[] {
  const found: KnownProcess[] = [];
  const open = [leader];
  const seen = new Set(open);
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    for (const child of childrenOf(pid)) {
      if (seen.has(child)) continue;
      seen.add(child);
      open.push(child);
      const facts = factsOf(child);
      if (facts !== null && facts.group !== leader) found.push(facts);
    }
  }
  return found;
}

/**
 * Looks for those that hold the output of a program, whoever their parents are. It asks for every process of the machine.
 *
 * @param leader - The program, which leads the group; it has not been waited for.
 * @param pipes - Inodes of its pipes.
 */
export function strayHolders(leader: number, pipes: readonly number[]): readonly KnownProcess[] {
  const program = factsOf(leader);
  // Nowhere but on Linux, or where others' processes are hidden.
  if (program === null || pipes.length === 0) return [];
  const names = new Set(pipes.map((inode) => `pipe:[${inode}]`));
  return allProcesses().filter(
    ({ pid, group, startedAt }) =>
      // Whatever the program has started is younger than it.
      startedAt >= program.startedAt &&
      group !== leader &&
      pid !== process.pid &&
      holdsOneOf(pid, names),
  );
}

/** A process that this machine has; null where there is none of the number. */
export function knownProcess(pid: number): KnownProcess | null {
  const facts = factsOf(pid);
  return facts === null ? null : { pid, startedAt: facts.startedAt };
}

/**
 * Looks for the processes of a group whose leader may have ended. It asks for every process of the machine.
 *
 * @param uid - Whose they are: a number that was free in between may be the group of somebody else.
 */
export function groupMembers(leader: KnownProcess, uid: number): readonly KnownProcess[] {
  const current = factsOf(leader.pid);
  // The number is another's by now, and so is the group.
  if (current !== null && current.startedAt !== leader.startedAt) return [];
  return allProcesses().filter(
    ({ pid, group, startedAt, hasEnded }) =>
      group === leader.pid && !hasEnded && startedAt >= leader.startedAt && userOf(pid) === uid,
  );
}

/** The children of this process that have ended, and that nobody has waited for. */
export function zombiesHere(): readonly number[] {
  return childrenOf(process.pid).filter((pid) => factsOf(pid)?.hasEnded === true);
}

/** Whether a process runs, and is still the one that it was. */
export function isStillThere({ pid, startedAt }: KnownProcess): boolean {
  const facts = factsOf(pid);
  return facts?.startedAt === startedAt && !facts.hasEnded;
}

function allProcesses(): ProcessFacts[] {
  let names: readonly string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return [];
  }
  return names.flatMap((name) => (/^\d+$/.test(name) ? (factsOf(Number(name)) ?? []) : []));
}

/** Each thread of a process has those that it has started. */
function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1')
        .split(' ')
        .filter((text) => text !== '')
        .map(Number),
    );
  } catch {
    // It has ended meanwhile.
    return [];
  }
}

function factsOf(pid: number): ProcessFacts | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null;
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    group: Number(fields[FIELD.group]),
    startedAt: Number(fields[FIELD.startedAt]),
    hasEnded: ENDED.has(fields[FIELD.state] ?? ''),
  };
}

function userOf(pid: number): number | null {
  try {
    const user = /^Uid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return user === undefined ? null : Number(user);
  } catch {
    return null;
  }
}

function holdsOneOf(pid: number, pipes: ReadonlySet<string>): boolean {
  const directory = `/proc/${pid}/fd`;
  try {
    return readdirSync(directory).some((name) => {
      try {
        return pipes.has(readlinkSync(`${directory}/${name}`));
      } catch {
        // Closed meanwhile.
        return false;
      }
    });
  } catch {
    // It has ended, or is somebody else's.
    return false;
  }
}
