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
  readonly #onProblem: (reason: string) => void;
  readonly #directory: string;
  #isWorking = true;

  /**
   * @param directory - That of one starter; it is there.
   * @param onProblem - Hears why a program could not be written down, as on a full disk, once until it works again. It runs
   *   all the same.
   */
  constructor(directory: string, onProblem: (reason: string) => void) {
    this.#onProblem = onProblem;
    this.#directory = join(directory, DIRECTORY);
    mkdirSync(this.#directory, { recursive: true });
    // Whatever the umask says.
    chmodSync(this.#directory, 0o700);
  }

  add(pid: number, uid: number): void {
    const leader = knownProcess(pid);
    if (leader === null) return;
    const record: ProgramRecord = { leader, uid };
    try {
      writeFileSync(this.#fileOf(pid), JSON.stringify(record), { mode: 0o600 });
      this.#isWorking = true;
    } catch (error) {
      if (this.#isWorking) this.#onProblem(error instanceof Error ? error.message : String(error));
      this.#isWorking = false;
    }
  }

  remove(pid: number): void {
    rmSync(this.#fileOf(pid), { force: true });
  }

  #fileOf(pid: number): string {
    return join(this.#directory, String(pid));
  }
}

/** Takes away what {@link ProgramRecords} has left below a directory. */
export function removeRecords(directory: string): void {
  rmSync(join(directory, DIRECTORY), { recursive: true, force: true });
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
    const value = parseLine(textIn(join(place, name)));
    return isProgramRecord(value) ? value : [];
  });
}

function textIn(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Another server that starts just now has ended the program.
    return '';
  }
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
