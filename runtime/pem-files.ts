/** Certificates, keys and authorities as they were read: the user of the server may not be allowed to read them again. */
import { readFileSync, statSync } from 'node:fs';
import { errorCode } from './error-code.ts';

/** How {@link PemFiles} looks at the disk. Both throw what node:fs throws. */
export interface PemDisk {
  read(path: string): string;
  /** Changes when the file does. */
  stamp(path: string): string;
}

interface PemFile {
  readonly text: string;
  readonly stamp: string;
}

const DISK: PemDisk = {
  read: (path) => readFileSync(path, 'utf8'),
  stamp: (path) => {
    const { ino, size, mtimeMs } = statSync(path);
    return `${ino} ${size} ${mtimeMs}`;
  },
};

/**
 * Files that root reads at the start, and the user of ServerId again when the table is loaded anew. A file of root is
 * used on as it was read.
 */
export class PemFiles {
  readonly #disk: PemDisk;
  readonly #known = new Map<string, PemFile>();

  constructor(disk: PemDisk = DISK) {
    this.#disk = disk;
  }

  /**
   * @param onStale - Called when the file may not be read any more and may be another one by now.
   * @throws What node:fs throws, for a file that was never read or is not there.
   */
  read(path: string, onStale: () => void): string {
    try {
      const stamp = this.#disk.stamp(path);
      const text = this.#disk.read(path);
      this.#known.set(path, { text, stamp });
      return text;
    } catch (error) {
      const known = this.#known.get(path);
      if (known === undefined || errorCode(error) !== 'EACCES') throw error;
      if (!this.#isUnchanged(path, known)) onStale();
      return known.text;
    }
  }

  #isUnchanged(path: string, known: PemFile): boolean {
    try {
      return this.#disk.stamp(path) === known.stamp;
    } catch {
      return false;
    }
  }
}
