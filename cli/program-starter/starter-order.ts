/**
 * What the process that starts programs is told: a file in its directory, which it reads each time that it is started.
 */
import { join } from 'node:path';

import type { Identity } from '../../runtime/process-identity.ts';
import { isRecord, parseLine } from '../../runtime/worker/starter-protocol.ts';
import type { KnownProcess } from '../../runtime/worker/stray-processes.ts';
import { isKnownProcess } from './program-records.ts';

export interface StarterOrder {
  /** Whom it works for. */
  readonly server: KnownProcess;
  /** Whom the server runs as, and whose the socket becomes. */
  readonly owner: Identity;
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

/** The file with the order; only root may read it. */
export function orderFileIn(directory: string): string {
  return join(directory, 'order.json');
}

/** Where it listens. */
export function socketIn(directory: string): string {
  return join(directory, 'programs.sock');
}

export function encodeStarterOrder(order: StarterOrder): string {
  return `${JSON.stringify(order)}\n`;
}

/** @returns null for anything else. */
export function decodeStarterOrder(text: string): StarterOrder | null {
  const value = parseLine(text);
  return isStarterOrder(value) ? value : null;
}

function isStarterOrder(value: unknown): value is StarterOrder {
  return (
    isRecord(value) &&
    ['token', 'rulesFile', 'userDirectory'].every((name) => typeof value[name] === 'string') &&
    ['readRules', 'setenv'].every((name) => isListOfTexts(value[name])) &&
    (value['homes'] === null || isListOfTexts(value['homes'])) &&
    isKnownProcess(value['server']) &&
    isIdentity(value['owner'])
  );
}

function isIdentity(value: unknown): value is Identity {
  if (!isRecord(value)) return false;
  const { uid, gids } = value;
  return (
    typeof uid === 'number' &&
    Array.isArray(gids) &&
    gids.length > 0 &&
    gids.every((gid) => typeof gid === 'number')
  );
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
