import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { bytesOf, type ByteString } from './byte-string.ts';
import { isSameFile } from './file-cache.ts';
import { MAX_REMEMBERED_HASHES } from './limits.ts';
import type { FileFacts } from './routing/file-system.ts';
import { keepLatest } from './keep-latest.ts';

/** SHA-256 of files (hiawatha(1) FileHashes), made anew when a file looks different than before. */
export class FileHashes {
  /** Oldest first. */
  readonly #known = new Map<ByteString, { readonly facts: FileFacts; readonly sha256: string }>();

  /** In lower-case hexadecimal digits; null when the file cannot be read. */
  async sha256Of(path: ByteString, facts: FileFacts): Promise<string | null> {
    const known = this.#known.get(path);
    if (known !== undefined && isSameFile(known.facts, facts)) return known.sha256;
    const hash = createHash('sha256');
    try {
      for await (const bytes of createReadStream(bytesOf(path))) hash.update(Buffer.from(bytes));
    } catch {
      return null;
    }
    const sha256 = hash.digest('hex');
    keepLatest(this.#known, path, { facts, sha256 }, MAX_REMEMBERED_HASHES);
    return sha256;
  }
}
