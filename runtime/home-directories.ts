/** Home directories of the accounts of the machine (passwd(5)), for the sites of users (hiawatha(1) UserWebsites). */
import { readFileSync, statSync } from 'node:fs';
import type { ByteString } from './byte-string.ts';
import type { HomeDirectories } from './routing/user-site.ts';

const PASSWD = '/etc/passwd';

/** Read anew when the file has changed. */
export class PasswdHomes implements HomeDirectories {
  readonly #path: string;
  /** What the file looked like when it was read. */
  #stamp = '';
  #homes: ReadonlyMap<ByteString, ByteString> = new Map();

  constructor(path: string = PASSWD) {
    this.#path = path;
  }

  homeOf(user: ByteString): ByteString | null {
    const facts = statSync(this.#path, { throwIfNoEntry: false });
    if (facts === undefined) return null;
    // Two changes may have the same time: clocks of files tick slowly.
    const stamp = `${facts.ctimeMs} ${facts.size} ${facts.ino}`;
    if (stamp !== this.#stamp) {
      this.#homes = homesIn(readFileSync(this.#path, 'latin1'));
      this.#stamp = stamp;
    }
    return this.#homes.get(user) ?? null;
  }
}

/** The first entry of a name counts, as for getpwnam(3). */
function homesIn(text: string): ReadonlyMap<ByteString, ByteString> {
  const homes = new Map<ByteString, ByteString>();
  for (const line of text.split('\n')) {
    const [user, home] = homeIn(line) ?? [];
    if (user !== undefined && home !== undefined && !homes.has(user)) homes.set(user, home);
  }
  return homes;
}

/** The name and the home in a line of passwd(5); null where there is none. */
export function homeIn(line: string): readonly [user: ByteString, home: ByteString] | null {
  const [user = '', , , , , home = ''] = line.split(':');
  return user !== '' && home.startsWith('/') ? [user, home] : null;
}
