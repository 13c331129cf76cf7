import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import type { Endpoint } from '../../routing-table/schema.ts';
import { CommandError } from '../command-error.ts';
import { EXIT } from '../exit-code.ts';
import { readStandardInput } from '../standard-input.ts';
import { describeSystemError } from '../system-error.ts';

const FORMS = 'give a socket path, address:port, [IPv6 address]:port or :port';

/**
 * Reads where an application listens, as ConnectTo has it. Besides, `:port` is one of this machine, a host may be a name,
 * and a path may be relative.
 *
 * @throws {@link CommandError} for anything else.
 */
export function parseAddress(text: string, workingDirectory: string): Endpoint {
  if (text.includes('/')) return { kind: 'unix', path: resolve(workingDirectory, text) };
  const found = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(found?.[3]);
  if (found === null || port < 1 || port > 65_535) {
    throw new CommandError(EXIT.usage, `"${text}" is no address of an application: ${FORMS}`);
  }
  return { kind: 'tcp', host: (found[1] ?? found[2]) || '127.0.0.1', port };
}

/** @throws {@link CommandError} for text that is no NAME=VALUE. */
export function parseParameter(text: string): readonly [name: string, value: string] {
  const equals = text.indexOf('=');
  if (equals < 1) {
    throw new CommandError(EXIT.usage, `"${text}" is no parameter: give NAME=VALUE`);
  }
  return [latin1(text.slice(0, equals)), latin1(text.slice(equals + 1))];
}

/** Text as the bytes of its UTF-8, a character each: what parameters hold. */
export function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** @throws {@link CommandError} when a file cannot be read. `-` is standard input. */
export async function readBody(name: string, workingDirectory: string): Promise<Uint8Array> {
  if (name === '-') return readStandardInput();
  try {
    return readFileSync(resolve(workingDirectory, name));
  } catch (error) {
    throw new CommandError(EXIT.unable, `cannot read ${name}: ${describeSystemError(error)}`, {
      cause: error,
    });
  }
}
