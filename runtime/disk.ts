/**
 * The real disk behind {@link FileSystem}: asynchronous, byte paths, nothing kept.
 */
import { constants, type Stats } from 'node:fs';
import { access, lstat, readlink, realpath, stat } from 'node:fs/promises';
import { bytesOf, type ByteString } from './byte-string.ts';
import { MAX_SYMLINKS } from './limits.ts';
import type { FileKind, FileSystem } from './routing/file-system.ts';

export const disk: FileSystem = {
  async kindOf(path) {
    try {
      return kindOfStats(await stat(bytesOf(path)));
    } catch (error) {
      return kindOfError(error);
    }
  },

  async isExecutable(path) {
    try {
      await access(bytesOf(path), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  },

  async isWithin(path, root) {
    const bytes = bytesOf(path);
    const real = await realpath(bytes, { encoding: 'buffer' }).catch(() => null);
    // The common case: no link at all. Repeated slashes and a link above the root count as links and are looked at below.
    if (real?.equals(bytes) === true) return true;
    return await staysWithin(path, root);
  },
};

/** What kind of thing `stat` describes. */
function kindOfStats(stats: Stats): FileKind {
  if (stats.isFile()) return 'file';
  return stats.isDirectory() ? 'directory' : 'other';
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
