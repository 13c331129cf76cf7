/**
 * The real disk behind {@link FileSystem}: asynchronous, byte paths, nothing kept.
 */
import { constants, stat, type Stats } from 'node:fs';
import { access, lstat, readlink, realpath } from 'node:fs/promises';
import { bytesOf, type ByteString } from './byte-string.ts';
import { MAX_SYMLINKS } from './limits.ts';
import type { FileFacts, FileKind, FileSystem } from './routing/file-system.ts';

export const disk: FileSystem = {
  look: (path) =>
    new Promise((resolve) => {
      // The callback form: half the cost of the promise form, and asked for every request.
      stat(bytesOf(path), (error, stats) =>
        resolve(error === null ? factsOf(stats) : noFacts(kindOfError(error))),
      );
    }),

  isReadable: (path) => isAllowed(path, constants.R_OK),

  isExecutable: (path) => isAllowed(path, constants.X_OK),

  async isWithin(path, root) {
    const bytes = bytesOf(path);
    const real = await realpath(bytes, { encoding: 'buffer' }).catch(() => null);
    // The common case: no link at all. Repeated slashes and a link above the root count as links and are looked at below.
    if (real?.equals(bytes) === true) return true;
    return await staysWithin(path, root);
  },
};

async function isAllowed(path: ByteString, mode: number): Promise<boolean> {
  try {
    await access(bytesOf(path), mode);
    return true;
  } catch {
    return false;
  }
}

/** What `stat` says, in our words. */
export function factsOf(stats: Stats): FileFacts {
  return {
    kind: stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other',
    size: stats.size,
    modifiedMs: stats.mtimeMs,
    changedMs: stats.ctimeMs,
    inode: stats.ino,
  };
}

function noFacts(kind: FileKind): FileFacts {
  return { kind, size: 0, modifiedMs: 0, changedMs: 0, inode: 0 };
}

/** The code of an error of `node:fs`, or an empty string. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}

function kindOfError(error: unknown): FileKind {
  switch (errorCode(error)) {
    case 'ENOENT':
    case 'ENAMETOOLONG':
    case 'ELOOP':
      return 'missing';
    case 'ENOTDIR':
      return 'not-directory';
    case 'EACCES':
    case 'EPERM':
      return 'forbidden';
    default:
      return 'error';
  }
}

/**
 * Walks to a file link by link (hiawatha(1) FollowSymlinks): a link that is not owned by root has to lead to a place
 * within `root`. The links of `root` itself are the administrator's.
 */
async function staysWithin(path: ByteString, root: ByteString): Promise<boolean> {
  const isBelowRoot = path === root || path.startsWith(`${root}/`);
  let at = isBelowRoot ? root : '';
  const rest = path.slice(at.length).split('/').filter(isName).reverse();
  for (let links = 0; rest.length > 0;) {
    const name = rest.pop() ?? '';
    if (name === '..') {
      at = at.slice(0, Math.max(0, at.lastIndexOf('/')));
      continue;
    }
    const next = `${at}/${name}`;
    const stats = await lstat(bytesOf(next)).catch(() => null);
    // What cannot be looked at cannot be opened either, and says better why.
    if (stats === null) return true;
    if (!stats.isSymbolicLink()) {
      at = next;
      continue;
    }
    links += 1;
    if (links > MAX_SYMLINKS) return false;
    const target = (await readlink(bytesOf(next), { encoding: 'buffer' })).toString('latin1');
    const absolute = resolveDots(target.startsWith('/') ? target : `${at}/${target}`);
    if (stats.uid !== 0 && absolute !== root && !absolute.startsWith(`${root}/`)) return false;
    if (target.startsWith('/')) at = '';
    rest.push(...target.split('/').filter(isName).reverse());
  }
  return true;
}

function isName(segment: string): boolean {
  return segment !== '' && segment !== '.';
}

function resolveDots(path: ByteString): ByteString {
  const names: string[] = [];
  for (const name of path.split('/').filter(isName)) {
    if (name === '..') names.pop();
    else names.push(name);
  }
  return `/${names.join('/')}`;
}
