/** Home directories of the accounts of the machine (passwd(5)), for the sites of users (hiawatha(1) UserWebsites). */
import { readFileSync, statSync } from 'node:fs';
import type { ByteString } from './byte-string.ts';
import type { HomeDirectories } from './routing/user-site.ts';

const PASSWD = '/etc/passwd';

/** Read anew when the file has changed. */
export class PasswdHomes implements HomeDirectories {
  readonly #path: string;
  #changedMs = Number.NaN;
  #homes: ReadonlyMap<ByteString, ByteString> = new Map();

  constructor(path: string = PASSWD) {
    this.#path = path;
  }

  homeOf(user: ByteString): ByteString | null {
    const ctimeMs = statSync(this.#path, { throwIfNoEntry: false })?.ctimeMs;
    if (ctimeMs === undefined) return null;
    if (ctimeMs !== this.#changedMs) {
      this.#homes = homesIn(readFileSync(this.#path, 'latin1'));
      this.#changedMs = ctimeMs;
    }
    return this.#homes.get(user) ?? null;
  }
}

/** The first entry of a name counts, as for getpwnam(3). */
function homesIn(text: string): ReadonlyMap<ByteString, ByteString> {
  const homes = new Map<ByteString, ByteString>();
  for (const line of text.split('\n')) {
    const [user = '', , , , , home = ''] = line.split(':');
    if (user !== '' && home.startsWith('/') && !homes.has(user)) homes.set(user, home);
  }
  return homes;
}
