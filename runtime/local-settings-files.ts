/** `.hiawatha` files (hiawatha(1) UseLocalConfig): read when a request comes by, kept while they stay as they are. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { LocalSettingsReader, LocalSettingsResult } from '../routing-table/local-settings.ts';
import { bytesOf, type ByteString } from './byte-string.ts';
import { factsOf } from './disk.ts';
import { errorCode } from './error-code.ts';
import { isSameFile } from './file-cache.ts';
import { MAX_LOCAL_SETTINGS_BYTES, MAX_REMEMBERED_LOCAL_SETTINGS } from './limits.ts';
import type { FileFacts } from './routing/file-system.ts';
import type { LocalSettingsSource } from './routing/local-settings.ts';
import { keepLatest } from './keep-latest.ts';

interface Kept {
  readonly facts: FileFacts;
  readonly result: LocalSettingsResult;
}

/** What a file says that is there and cannot be used: its access list must not be lost. */
const UNUSABLE: LocalSettingsResult = { ok: false, line: 0 };

const NOT_THERE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG']);

/** The .hiawatha files on disk, read anew when they change. */
export class LocalSettingsFiles implements LocalSettingsSource {
  readonly #loadReader: () => Promise<LocalSettingsReader>;
  /** Oldest first. */
  readonly #kept = new Map<ByteString, Kept>();

  /** @param loadReader - Called when the first file is found: a server without them needs no parser. */
  constructor(loadReader: () => Promise<LocalSettingsReader>) {
    this.#loadReader = loadReader;
  }

  async read(path: ByteString): Promise<LocalSettingsResult | null> {
    let file;
    try {
      // Without O_NONBLOCK, a pipe of that name would hold the request for ever.
      file = await open(bytesOf(path), constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      return NOT_THERE.has(errorCode(error)) ? null : UNUSABLE;
    }
    try {
      const facts = factsOf(await file.stat());
      if (facts.kind !== 'file' || facts.size > MAX_LOCAL_SETTINGS_BYTES) return UNUSABLE;
      const kept = this.#kept.get(path);
      if (kept !== undefined && isSameFile(kept.facts, facts)) return kept.result;
      const read = await this.#loadReader();
      const result = read(await file.readFile());
      keepLatest(this.#kept, path, { facts, result }, MAX_REMEMBERED_LOCAL_SETTINGS);
      return result;
    } finally {
      await file.close();
    }
  }
}
