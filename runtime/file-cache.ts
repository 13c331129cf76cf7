import type { ByteString } from './byte-string.ts';
import type { FileFacts } from './routing/file-system.ts';

interface Entry {
  readonly facts: FileFacts;
  readonly bytes: Uint8Array;
}

/**
 * Contents of small files (hiawatha(1) CacheSize, CacheMaxFilesize). The caller has looked at the file before it asks,
 * and only what was read from a file that looks the same is handed out; so nothing old is ever sent.
 */
export class FileCache {
  readonly #maxBytes: number;
  readonly #maxFileBytes: number;
  /** Least recently used first. */
  readonly #entries = new Map<ByteString, Entry>();
  #bytes = 0;
  /** The most recently used. */
  #newest: ByteString | null = null;

  constructor(maxBytes: number, maxFileBytes: number) {
    this.#maxBytes = maxBytes;
    this.#maxFileBytes = Math.min(maxFileBytes, maxBytes);
  }

  /** True when a file of this size may be kept. */
  isWanted(size: number): boolean {
    return size <= this.#maxFileBytes;
  }

  /** The content of a file that still looks as it did, or null. */
  get(path: ByteString, facts: FileFacts): Uint8Array | null {
    const entry = this.#entries.get(path);
    if (entry === undefined) return null;
    if (!isSameFile(entry.facts, facts)) {
      this.#entries.delete(path);
      this.#bytes -= entry.bytes.length;
      return null;
    }
    if (path !== this.#newest) {
      this.#newest = path;
      this.#entries.delete(path);
      this.#entries.set(path, entry);
    }
    return entry.bytes;
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  put(path: ByteString, facts: FileFacts, bytes: Uint8Array): void {
    const known = this.#entries.get(path);
    if (known !== undefined) {
      this.#bytes -= known.bytes.length;
      this.#entries.delete(path);
    }
    this.#newest = path;
    this.#entries.set(path, { facts, bytes });
    this.#bytes += bytes.length;
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#entries.delete(oldest);
      this.#bytes -= entry.bytes.length;
    }
  }
}

/** True when nothing shows that a file has changed. */
export function isSameFile(one: FileFacts, other: FileFacts): boolean {
  return (
    one.size === other.size &&
    one.modifiedMs === other.modifiedMs &&
    one.changedMs === other.changedMs &&
    one.inode === other.inode
  );
}
