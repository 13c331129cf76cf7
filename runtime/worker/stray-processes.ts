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

interface ProcessFacts extends KnownProcess {
  readonly parent: number;
  readonly group: number;
}

/** Of /proc/PID/stat, counted from behind the name, which may hold anything. */
const FIELD = { parent: 1, group: 2, startedAt: 19 } as const;

/**
 * Looks for them.
 *
 * @param leader - The program, which leads the group; it has not been waited for.
 * @param pipes - Inodes of its pipes.
 */
export function strayProcesses(leader: number, pipes: readonly number[]): readonly KnownProcess[] {
  const program = factsOf(leader);
  // Nowhere but on Linux, or where others' processes are hidden.
  if (program === null) return [];
  // Whatever the program has started is younger than it.
  const younger = allProcesses().filter(({ startedAt }) => startedAt >= program.startedAt);
  const own = new Set([leader]);
  // A child may come before its parent in the list.
  for (let size = 0; size < own.size;) {
    size = own.size;
    for (const { pid, parent } of younger) if (own.has(parent)) own.add(pid);
  }
  const names = new Set(pipes.map((inode) => `pipe:[${inode}]`));
  return younger.filter(
    ({ pid, group }) =>
      group !== leader && pid !== process.pid && (own.has(pid) || holdsOneOf(pid, names)),
  );
}

/** Whether a process is still the one that it was. */
export function isStillThere({ pid, startedAt }: KnownProcess): boolean {
  return factsOf(pid)?.startedAt === startedAt;
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

function factsOf(pid: number): ProcessFacts | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null;
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [parent, group, startedAt] = [FIELD.parent, FIELD.group, FIELD.startedAt].map((field) =>
    Number(fields[field]),
  );
  return parent === undefined || group === undefined || startedAt === undefined
    ? null
    : { pid, parent, group, startedAt };
}

function holdsOneOf(pid: number, pipes: ReadonlySet<string>): boolean {
  if (pipes.size === 0) return false;
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
