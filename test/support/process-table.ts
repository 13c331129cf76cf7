/** A look at the process table, for tests that start programs. Linux. */
import { readdirSync, readFileSync } from 'node:fs';

/** One row: state as in proc(5), `Z` for a zombie. */
export interface ProcessRow {
  readonly pid: number;
  readonly state: string;
  readonly parentId: number;
  readonly groupId: number;
}

function processTable(): ProcessRow[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // The command in parentheses may hold blanks and parentheses itself.
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
        const [state = '', parent = '', group = ''] = stat
          .slice(stat.lastIndexOf(')') + 2)
          .split(' ');
        return [{ pid: Number(name), state, parentId: Number(parent), groupId: Number(group) }];
      } catch {
        return [];
      }
    });
}

export function membersOfGroup(groupId: number): ProcessRow[] {
  return processTable().filter((row) => row.groupId === groupId);
}

/** Null for a process that is not there. */
export function stateOf(pid: number): string | null {
  return processTable().find((row) => row.pid === pid)?.state ?? null;
}

export function zombieChildren(): ProcessRow[] {
  return processTable().filter((row) => row.parentId === process.pid && row.state === 'Z');
}
