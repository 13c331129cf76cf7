/** What an explanation takes the world for: this machine, or what names of files let suppose. */
import type { LocalSettingsReader } from '../../routing-table/local-settings.ts';
import { type Authenticator, FileAuthenticator } from '../auth/authenticator.ts';
import type { ByteString } from '../byte-string.ts';
import { disk, realPath } from '../disk.ts';
import { FileHashes } from '../file-hashes.ts';
import { isSetuidRoot } from '../setuid-wrapper.ts';
import { SystemHomes } from '../system-homes.ts';
import { LocalSettingsFiles } from '../local-settings-files.ts';
import { fieldValue } from '../request-context.ts';
import type { FileFacts, FileKind, FileSystem } from '../routing/file-system.ts';
import type { ServerRules } from '../routing/server-rules.ts';
import type { Site } from '../routing/site.ts';
import { extensionOf } from '../routing/url-path.ts';
import type { HomeDirectories } from '../routing/user-site.ts';

/** What routing asks besides the table. */
export interface Surroundings extends Pick<
  ServerRules,
  'authenticator' | 'hashes' | 'localSettings'
> {
  readonly files: FileSystem;
  /** A path without links; null where there is nothing. */
  readonly realPath: (path: ByteString) => ByteString | null;
  readonly homes: HomeDirectories;
  /** Whether files and logins are supposed, not looked at. */
  readonly isSupposed: boolean;
  /** Whether a program may become root, whoever starts it; null: nobody has looked. */
  isSetuidRoot(path: string): boolean | null;
}

/** This machine, looked at as the server does. */
export function realSurroundings(loadReader: () => Promise<LocalSettingsReader>): Surroundings {
  return {
    files: disk,
    realPath,
    homes: new SystemHomes(),
    authenticator: new FileAuthenticator(),
    hashes: new FileHashes(),
    localSettings: new LocalSettingsFiles(loadReader),
    isSupposed: false,
    isSetuidRoot,
  };
}

/**
 * No machine: a name with an extension is a file, one that ends in a slash a directory, any other is missing; who logs in
 * has the right password; homes of users are in `/home`; there are no `.hiawatha` files; hashes are as they should be.
 */
export function supposedSurroundings(sites: readonly Site[]): Surroundings {
  return {
    files: new SupposedFiles(sites),
    realPath: (path) => path,
    homes: { homeOf: (user) => `/home/${user}` },
    authenticator: TRUSTING,
    hashes: {
      sha256Of: (path) =>
        Promise.resolve(
          sites.map(({ fileHashes }) => fileHashes?.get(path)).find((hash) => hash !== undefined) ??
            null,
        ),
    },
    localSettings: { read: () => Promise.resolve(null) },
    isSupposed: true,
    isSetuidRoot: () => null,
  };
}

class SupposedFiles implements FileSystem {
  readonly #directories: Set<ByteString>;
  readonly #files: ReadonlySet<ByteString>;

  constructor(sites: readonly Site[]) {
    this.#directories = new Set(
      sites.flatMap(({ root, aliases }) => [root, ...aliases.map(({ target }) => target)]),
    );
    this.#files = new Set(
      sites.flatMap(({ scriptAliases }) => scriptAliases.map(({ target }) => target)),
    );
  }

  look(path: ByteString): FileFacts {
    return { kind: this.#kindOf(path), size: 0, modifiedMs: 0, changedMs: 0, inode: 0 };
  }

  #kindOf(path: ByteString): FileKind {
    if (this.#files.has(path)) return 'file';
    if (this.#directories.has(path)) return 'directory';
    const base = [...this.#directories]
      .filter((directory) => path.startsWith(`${directory}/`))
      .reduce((longest, directory) => Math.max(longest, directory.length), 0);
    const inner: ByteString[] = [];
    for (
      let slash = path.indexOf('/', base + 1);
      slash !== -1;
      slash = path.indexOf('/', slash + 1)
    ) {
      const part = path.slice(0, slash);
      if (extensionOf(part) !== null) {
        // What leads to a file is a directory, whoever asks for it later.
        for (const directory of inner) this.#directories.add(directory);
        return 'not-directory';
      }
      inner.push(part);
    }
    if (path.endsWith('/')) return 'directory';
    return extensionOf(path) === null ? 'missing' : 'file';
  }

  /** Nothing is supposed to lie beside what was asked for. */
  lookForFile(): null {
    return null;
  }

  isReadable(): boolean {
    return true;
  }

  isExecutable(): boolean {
    return true;
  }

  isWithin(): boolean {
    return true;
  }
}

/** Believes every password. */
const TRUSTING: Authenticator = {
  authenticate(request, { scheme, realm }) {
    const field = fieldValue(request, 'authorization') ?? '';
    const user =
      scheme === 'basic'
        ? Buffer.from(/^basic +(.*)$/i.exec(field)?.[1] ?? '', 'base64')
            .toString('latin1')
            .split(':')[0]
        : /^digest .*?username="([^"]*)"/i.exec(field)?.[1];
    if (user !== undefined && user !== '') {
      const login = { scheme: scheme === 'basic' ? 'Basic' : 'Digest', user } as const;
      return Promise.resolve({ kind: 'granted', login });
    }
    const name = realm.replace(/["\\]/g, '\\$&');
    return Promise.resolve({
      kind: 'refused',
      isAttempt: false,
      challenges: [scheme === 'basic' ? `Basic realm="${name}"` : `Digest realm="${name}"`],
      unreadable: null,
    });
  },
  isMember: () => Promise.resolve(true),
};
