/** What the process that starts programs is told when it begins: the first line of its standard input. */
import { isRecord, parseLine } from '../../runtime/worker/starter-protocol.ts';

export interface StarterOrder {
  /** The path of the socket to listen at. */
  readonly socket: string;
  /** Whose the socket becomes. */
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly token: string;
  /** cgi-wrapper.conf. */
  readonly rulesFile: string;
  /** The command that reads it: see read-wrap-rules.ts. */
  readonly readRules: readonly string[];
  /** UserDirectory: where in their homes users have their sites. */
  readonly userDirectory: string;
  /** Users who need no entry in cgi-wrapper.conf (`~name`); null: all. */
  readonly homes: readonly string[] | null;
  /** What Setenv gives to programs, beside what the server has for all: see `assignment`. */
  readonly setenv: readonly string[];
}

/** Written to standard output when it listens. */
export const READY = 'ready';

export function encodeStarterOrder(order: StarterOrder): string {
  return `${JSON.stringify(order)}\n`;
}

/** @returns null for anything else. */
export function decodeStarterOrder(line: string): StarterOrder | null {
  const value = parseLine(line);
  return isStarterOrder(value) ? value : null;
}

function isStarterOrder(value: unknown): value is StarterOrder {
  if (!isRecord(value)) return false;
  const { owner } = value;
  return (
    ['socket', 'token', 'rulesFile', 'userDirectory'].every(
      (name) => typeof value[name] === 'string',
    ) &&
    ['readRules', 'setenv'].every((name) => isListOfTexts(value[name])) &&
    (value['homes'] === null || isListOfTexts(value['homes'])) &&
    isRecord(owner) &&
    typeof owner['uid'] === 'number' &&
    typeof owner['gid'] === 'number'
  );
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
