import { fstatSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';

import { CommandError } from './command-error.ts';
import { EXIT } from './exit-code.ts';
import { describeSystemError } from './system-error.ts';

const WHAT = 'cannot read standard input';

/**
 * Everything on standard input. Read as a stream: one that is set not to block has nothing to give at times, which is not
 * its end.
 *
 * @throws {@link CommandError} when it cannot be read.
 */
export async function readStandardInput(): Promise<Uint8Array> {
  try {
    // Node takes a directory for an empty stream.
    if (fstatSync(0).isDirectory()) throw new CommandError(EXIT.unable, `${WHAT}: is a directory`);
    return await buffer(process.stdin);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(EXIT.unable, `${WHAT}: ${describeSystemError(error)}`, { cause: error });
  }
}
