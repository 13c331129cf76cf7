/**
 * The real disk behind {@link FileSystem}: byte paths, nothing kept.
 */
import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  statSync,
  type Stats,
} from 'node:fs';
import { bytesOf, type ByteString } from './byte-string.ts';
import { errorCode } from './error-code.ts';
import { MAX_SYMLINKS } from './limits.ts';
import type { FileFacts, FileKind, FileSystem } from './routing/file-system.ts';

const QUIET = { throwIfNoEntry: false } as const;

const ASCII = /^[\0-\x7f]*$/;

/** The disk of this machine. */
export const disk: FileSystem = {
  look(path) {
    const name = pathFor(path);
    try {
      // Without an error where nothing is: most names that are asked for are there, and errors are dear.
      return factsOf(statSync(name, QUIET) ?? statSync(name));
    } catch (error) {
      return noFacts(kindOfError(error));
    }
  },

  lookForFile(path) {
    try {
      const stats = statSync(pathFor(path), QUIET);
      return stats?.isFile() === true ? factsOf(stats) : null;
    } catch {
      return null;
    }
  },

  isReadable: (path) => isAllowed(path, constants.R_OK),

  isExecutable: (path) => isAllowed(path, constants.X_OK),

  isWithin: (path, root) =>
    // The common case: no link at all. Repeated slashes and a link above the root count as links and are looked at below.
    realPath(path) === path || staysWithin(path, root),
};

/** A byte string as what `node:fs` takes fastest for the same bytes. */
function pathFor(path: ByteString): string | Buffer {
  return ASCII.test(path) ? path : bytesOf(path);
}

function isAllowed(path: ByteString, mode: number): boolean {
  try {
    accessSync(pathFor(path), mode);
    return true;
  } catch {
    return false;
  }
}

/** A path without links; null where there is nothing, or no way to it. */
export function realPath(path: ByteString): ByteString | null {
  try {
    return realpathSync.native(pathFor(path), 'latin1');
  } catch {
    return null;
  }
}

/** A small file: what it was when it was opened, and its bytes; fewer where it became shorter meanwhile. */
export interface SmallFile {
  readonly facts: FileFacts;
  /** Null where it is no file, or larger than was asked for. */
  readonly bytes: Uint8Array | null;
}

/** Opens and reads a file of at most `maxBytes`. @throws Error of `node:fs` when it cannot be opened or read. */
export function readSmallFile(path: ByteString, maxBytes: number): SmallFile {
  const file = openSync(pathFor(path), constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const facts = factsOf(fstatSync(file));
    if (facts.kind !== 'file' || facts.size > maxBytes) return { facts, bytes: null };
    const bytes = Buffer.allocUnsafeSlow(facts.size);
    let filled = 0;
    while (filled < bytes.length) {
      const count = readSync(file, bytes, filled, bytes.length - filled, filled);
      if (count === 0) break;
      filled += count;
    }
    return { facts, bytes: bytes.subarray(0, filled) };
  } finally {
    closeSync(file);
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
function staysWithin(path: ByteString, root: ByteString): boolean {
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
    const stats = linkFacts(next);
    // What cannot be looked at cannot be opened either, and says better why.
    if (stats === null) return true;
    if (!stats.isSymbolicLink()) {
      at = next;
      continue;
    }
    links += 1;
    if (links > MAX_SYMLINKS) return false;
    const target = readlinkSync(pathFor(next), 'latin1');
    const absolute = resolveDots(target.startsWith('/') ? target : `${at}/${target}`);
    if (stats.uid !== 0 && absolute !== root && !absolute.startsWith(`${root}/`)) return false;
    if (target.startsWith('/')) at = '';
    rest.push(...target.split('/').filter(isName).reverse());
  }
  return true;
}

function linkFacts(path: ByteString): Stats | null {
  try {
    return lstatSync(pathFor(path));
  } catch {
    return null;
  }
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
