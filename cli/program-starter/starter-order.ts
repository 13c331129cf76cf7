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
  /** Names that Setenv gives to programs, beside those that the server has for all. */
  readonly variableNames: readonly string[];
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
    ['readRules', 'variableNames'].every((name) => {
      const list: unknown = value[name];
      return Array.isArray(list) && list.every((item) => typeof item === 'string');
    }) &&
    isRecord(owner) &&
    typeof owner['uid'] === 'number' &&
    typeof owner['gid'] === 'number'
  );
}
