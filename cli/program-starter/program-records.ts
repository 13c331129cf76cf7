/**
 * What the process that starts programs has running, in files: if it is killed, whoever comes after it ends what would
 * otherwise run on with nobody to look after it.
 */
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { isRecord, parseLine } from '../../runtime/worker/starter-protocol.ts';
import { knownProcess, type KnownProcess } from '../../runtime/worker/stray-processes.ts';

const DIRECTORY = 'programs';

/** A program that was started, which leads a process group. */
export interface ProgramRecord {
  readonly leader: KnownProcess;
  readonly uid: number;
}

/** Records of running programs below a directory of root. */
export class ProgramRecords {
  readonly #directory: string;

  /** @param directory - That of one starter; it is there. */
  constructor(directory: string) {
    this.#directory = join(directory, DIRECTORY);
    mkdirSync(this.#directory, { recursive: true });
    // Whatever the umask says.
    chmodSync(this.#directory, 0o700);
  }

  add(pid: number, uid: number): void {
    const leader = knownProcess(pid);
    if (leader === null) return;
    const record: ProgramRecord = { leader, uid };
    writeFileSync(this.#fileOf(pid), JSON.stringify(record), { mode: 0o600 });
  }

  remove(pid: number): void {
    rmSync(this.#fileOf(pid), { force: true });
  }

  #fileOf(pid: number): string {
    return join(this.#directory, String(pid));
  }
}

/** Reads what {@link ProgramRecords} has left below a directory. */
export function recordsIn(directory: string): readonly ProgramRecord[] {
  const place = join(directory, DIRECTORY);
  let names: readonly string[];
  try {
    names = readdirSync(place);
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    // Half a record was written when its writer ended; the program is not known then.
    const value = parseLine(readFileSync(join(place, name), 'utf8'));
    return isProgramRecord(value) ? value : [];
  });
}

function isProgramRecord(value: unknown): value is ProgramRecord {
  return isRecord(value) && typeof value['uid'] === 'number' && isKnownProcess(value['leader']);
}

/** Whether a value from a file says which process is meant. */
export function isKnownProcess(value: unknown): value is KnownProcess {
  return (
    isRecord(value) &&
    Number.isSafeInteger(value['pid']) &&
    Number.isSafeInteger(value['startedAt'])
  );
}
