import type { ByteString } from './byte-string.ts';
import type { FileFacts, FileSystem } from './routing/file-system.ts';

/** How long a path that led to a file without a foreign link is believed to do so. */
const TRUSTED_FOR_MS = 1000;

/** Beyond this all is forgotten; a site that is asked for more files a second has other costs. */
const MAX_ENTRIES = 4096;

interface Entry {
  readonly root: ByteString;
  readonly inode: number;
  readonly changedMs: number;
  readonly checkedAtMs: number;
}

/**
 * Remembers for a moment that a path leads to a file within its root (FollowSymlinks), which takes a system call for each
 * part of the path to find out.
 *
 * The caller has just looked at the file, and only the very file that was found within the root is let through: a link
 * that is put in its place leads to another one, or to one whose name has changed since.
 */
export class LinkChecks {
  readonly #files: FileSystem;
  readonly #now: () => number;
  readonly #entries = new Map<ByteString, Entry>();

  constructor(files: FileSystem, now: () => number = () => performance.now()) {
    this.#files = files;
    this.#now = now;
  }

  /** @param facts - What the path leads to at this moment; null when nobody has looked. */
  isWithin(path: ByteString, root: ByteString, facts: FileFacts | null): boolean {
    if (facts === null) return this.#files.isWithin(path, root);
    const known = this.#entries.get(path);
    const now = this.#now();
    if (
      known?.root === root &&
      known.inode === facts.inode &&
      known.changedMs === facts.changedMs &&
      now - known.checkedAtMs < TRUSTED_FOR_MS
    ) {
      return true;
    }
    const isWithin = this.#files.isWithin(path, root);
    if (isWithin) {
      if (this.#entries.size >= MAX_ENTRIES) this.#entries.clear();
      const { inode, changedMs } = facts;
      this.#entries.set(path, { root, inode, changedMs, checkedAtMs: now });
    } else {
      this.#entries.delete(path);
    }
    return isWithin;
  }
}
