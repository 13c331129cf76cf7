/** Keeps exchanges in a directory, a file each. */
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { errorCode } from '../error-code.ts';
import { encodeExchange } from './exchange-record.ts';
import { maskExchange } from './mask.ts';
import type { ExchangeSink } from './recording-gateway.ts';

/** Nobody else may read what people have sent. */
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
const NUMBER_DIGITS = 6;

/** Where exchanges are written, and how many. */
export interface RecordDirectoryOptions {
  /** Absolute; it is there. */
  readonly directory: string;
  /** After so many exchanges it is over. */
  readonly limit: number;
  readonly isMasked: boolean;
  readonly onNotice: (message: string) => void;
}

/** Makes the directory where it is not there, in one that is. @returns whether it was made. Throws the error of the system. */
export function makeRecordDirectory(directory: string): boolean {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return false;
  mkdirSync(directory);
  // Whatever the umask says: the one of the server lets nobody enter what it makes.
  chmodSync(directory, DIRECTORY_MODE);
  return true;
}

/** Writes each exchange into a directory, and says once when it is full or cannot be written. */
export function recordDirectory(options: RecordDirectoryOptions): ExchangeSink {
  const { directory, limit, isMasked, onNotice } = options;
  const startedAt = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const writing = new Set<Promise<void>>();
  let count = 0;
  let hasFailed = false;
  return {
    put: (record) => {
      if (count >= limit || hasFailed) return;
      count += 1;
      const name = `${startedAt}-${String(count).padStart(NUMBER_DIGITS, '0')}.json`;
      const file = join(directory, name);
      const text = encodeExchange(isMasked ? maskExchange(record) : record);
      const written = writeFile(file, text, { mode: FILE_MODE, flag: 'wx' }).catch(
        (error: unknown) => {
          if (hasFailed) return;
          hasFailed = true;
          onNotice(`cannot write ${file} (${errorCode(error)}): nothing more is recorded`);
        },
      );
      writing.add(written);
      void written.then(() => writing.delete(written));
      if (count === limit) {
        onNotice(`${limit} exchanges are recorded in ${directory}: nothing more is`);
      }
    },
    close: async () => {
      await Promise.all(writing);
    },
  };
}
