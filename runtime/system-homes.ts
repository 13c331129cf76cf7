/** Home directories of all accounts that the machine knows: those of LDAP and the like besides /etc/passwd (nsswitch.conf(5)). */
import { execFile } from 'node:child_process';
import { AccountFiles, parseGroupLine } from './auth/account-files.ts';
import type { ByteString } from './byte-string.ts';
import { homeIn, PasswdHomes } from './home-directories.ts';
import { MAX_REMEMBERED_HOMES, REMEMBERED_HOME_MS } from './limits.ts';
import type { HomeDirectories } from './routing/user-site.ts';
import { keepLatest } from './keep-latest.ts';

const NAME_SERVICES = '/etc/nsswitch.conf';

/** Services that know no more accounts of people than /etc/passwd. */
const LOCAL_SERVICES: ReadonlySet<string> = new Set(['files', 'compat', 'systemd']);

/** No name of an account has anything else in it, and none looks like an option. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._@+-]{0,255}$/;

const LOOKUP_MS = 5_000;

interface Kept {
  readonly home: ByteString | null;
  readonly untilMs: number;
}

/** Home directories as the system knows them, remembered for a while. */
export class SystemHomes implements HomeDirectories {
  readonly #local: HomeDirectories;
  readonly #services = new AccountFiles(parseGroupLine);
  readonly #servicesFile: string;
  readonly #ask: (name: string) => Promise<string | null>;
  /** What was asked of the system; oldest first. */
  readonly #kept = new Map<string, Kept>();
  /** One question after the other: somebody who tries names must not start a crowd of programs. */
  #last: Promise<unknown> = Promise.resolve();

  /** @param ask - Asks the system for the line of an account; for tests, as are the others. */
  constructor(
    ask: typeof askSystem = askSystem,
    local: HomeDirectories = new PasswdHomes(),
    servicesFile: string = NAME_SERVICES,
  ) {
    this.#ask = ask;
    this.#local = local;
    this.#servicesFile = servicesFile;
  }

  async homeOf(name: ByteString): Promise<ByteString | null> {
    const home = await this.#local.homeOf(name);
    if (home !== null || !NAME.test(name)) return home;
    const services = (await this.#services.read(this.#servicesFile))?.get('passwd') ?? '';
    const isAllLocal = services
      .replace(/#.*$/, '')
      .split(/[\s[\]]+/)
      .every((word) => word === '' || word.includes('=') || LOCAL_SERVICES.has(word));
    return isAllLocal ? null : this.#homeBySystem(name);
  }

  #homeBySystem(name: string): Promise<ByteString | null> {
    const asked = this.#last.then(async () => {
      const kept = this.#kept.get(name);
      if (kept !== undefined && kept.untilMs > performance.now()) return kept.home;
      const line = await this.#ask(name);
      const home = line === null ? null : (homeIn(line.trimEnd())?.[1] ?? null);
      this.#keep(name, home);
      return home;
    });
    this.#last = asked.catch(() => null);
    return asked;
  }

  #keep(name: string, home: ByteString | null): void {
    const untilMs = performance.now() + REMEMBERED_HOME_MS;
    keepLatest(this.#kept, name, { home, untilMs }, MAX_REMEMBERED_HOMES);
  }
}

/** getent(1) asks whatever this machine has its accounts from. */
function askSystem(name: string): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(
      'getent',
      ['passwd', '--', name],
      { encoding: 'latin1', timeout: LOOKUP_MS },
      (error, line) => resolve(error === null ? line : null),
    );
  });
}
