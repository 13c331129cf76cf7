/** Password and group files (hiawatha(1) PasswordFile): read when they are needed, kept while they stay as they are. */
import { open } from 'node:fs/promises';
import { bytesOf, type ByteString } from '../byte-string.ts';
import { factsOf } from '../disk.ts';
import { isSameFile } from '../file-cache.ts';
import { MAX_ACCOUNT_FILE_BYTES, MAX_REMEMBERED_ACCOUNT_FILES } from '../limits.ts';
import type { FileFacts } from '../routing/file-system.ts';
import { keepLatest } from '../keep-latest.ts';

/** What a file says of each name. */
export type Accounts = ReadonlyMap<string, string>;

type Parser = (line: string) => readonly [key: string, value: string] | null;

interface Kept {
  readonly facts: FileFacts;
  readonly accounts: Accounts;
}

/** Files of one kind; the first line of a name counts. */
export class AccountFiles {
  readonly #parse: Parser;
  /** Oldest first. */
  readonly #kept = new Map<ByteString, Kept>();

  constructor(parse: Parser) {
    this.#parse = parse;
  }

  /** What a file says, or null when it cannot be read. */
  async read(path: ByteString): Promise<Accounts | null> {
    const file = await open(bytesOf(path)).catch(() => null);
    if (file === null) return null;
    try {
      const facts = factsOf(await file.stat());
      if (facts.kind !== 'file' || facts.size > MAX_ACCOUNT_FILE_BYTES) return null;
      const kept = this.#kept.get(path);
      if (kept !== undefined && isSameFile(kept.facts, facts)) return kept.accounts;
      const accounts = this.#accountsIn(await file.readFile('latin1'));
      keepLatest(this.#kept, path, { facts, accounts }, MAX_REMEMBERED_ACCOUNT_FILES);
      return accounts;
    } catch {
      return null;
    } finally {
      await file.close();
    }
  }

  #accountsIn(text: string): Accounts {
    const accounts = new Map<string, string>();
    for (const line of text.split(/\r?\n/)) {
      const entry = this.#parse(line);
      if (entry !== null && !accounts.has(entry[0])) accounts.set(entry[0], entry[1]);
    }
    return accounts;
  }
}

/** `name:hash`, with anything behind a further colon. */
export function parsePasswordLine(line: string): readonly [string, string] | null {
  const [name = '', hash] = line.split(':');
  return hash === undefined || name === '' || name.startsWith('#') ? null : [name, hash.trim()];
}

/** `name:realm:HA1`, found by name and realm. */
export function parseDigestLine(line: string): readonly [string, string] | null {
  const [name = '', realm, ha1] = line.split(':');
  if (ha1 === undefined || realm === undefined || name === '') return null;
  return [`${name}:${realm}`, ha1.trim().toLowerCase()];
}

/** `group: user user`. */
export function parseGroupLine(line: string): readonly [string, string] | null {
  const colon = line.indexOf(':');
  return colon <= 0 ? null : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
}
