/** The loader of real files: the one place where the compiler's input is read from disk. */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { resolve } from 'node:path';

import type { LoadedSource, SourceLoader } from '../compiler/source-loader.ts';
import { describeSystemError } from './system-error.ts';

/** Far above any configuration; below what would fill memory when somebody names a disk image. */
const MAX_SOURCE_BYTES = 64 * 1024 * 1024;

/** A loader that remembers what it was asked for. */
export interface NodeSourceLoader extends SourceLoader {
  /** Absolute names of the files and directories that were asked for, whether or not they could be read. */
  readonly requested: ReadonlySet<string>;
}

/** What a file that is no regular file is, or null for one that is. */
function oddKindOf(stats: Stats): string | null {
  if (stats.isFile()) return null;
  if (stats.isFIFO()) return 'is a pipe, not a file';
  if (stats.isSocket()) return 'is a socket, not a file';
  if (stats.isCharacterDevice() || stats.isBlockDevice()) return 'is a device, not a file';
  return 'is not a regular file';
}

function identityOf(stats: Stats): string {
  return `${stats.dev}:${stats.ino}`;
}

/** Bytes that are read at once at least. */
const LEAST_PIECE = 65_536;

function readWhole(path: string, maxBytes: number): LoadedSource {
  // Without O_NONBLOCK, a pipe that replaced the file since it was looked at would hold us for ever.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(descriptor);
    const odd = oddKindOf(stats);
    if (odd !== null) return { kind: 'unreadable', reason: odd };
    const identity = identityOf(stats);
    // Read to the end instead of trusting the size: files under /proc say 0, and a file may be growing.
    const pieces: Buffer[] = [];
    let length = 0;
    for (;;) {
      const expected = Math.max(stats.size - length, LEAST_PIECE);
      const piece = Buffer.allocUnsafe(Math.min(expected, maxBytes + 1));
      const count = readSync(descriptor, piece);
      if (count === 0) {
        const [only = piece.subarray(0, 0)] = pieces;
        const bytes = pieces.length < 2 ? only : Buffer.concat(pieces, length);
        return { kind: 'file', bytes, identity };
      }
      length += count;
      if (length > maxBytes) {
        const limit = `${Math.round(maxBytes / 1024)} KiB`;
        return { kind: 'unreadable', reason: `is larger than ${limit}` };
      }
      pieces.push(piece.subarray(0, count));
    }
  } finally {
    closeSync(descriptor);
  }
}

function loadPath(path: string, maxBytes: number): LoadedSource {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) {
      return { kind: 'directory', names: readdirSync(path), identity: identityOf(stats) };
    }
    const odd = oddKindOf(stats);
    if (odd !== null) return { kind: 'unreadable', reason: odd };
    return readWhole(path, maxBytes);
  } catch (error) {
    return { kind: 'unreadable', reason: describeSystemError(error) };
  }
}

/**
 * @param configDirectory - Absolute, without trailing slash.
 * @param overlay - Bytes that stand in for a file, by absolute name: standard input, or repairs that are not written yet.
 */
export function createNodeSourceLoader(
  configDirectory: string,
  overlay: ReadonlyMap<string, Uint8Array> = new Map(),
  maxBytes: number = MAX_SOURCE_BYTES,
): NodeSourceLoader {
  const requested = new Set<string>();
  // Whoever names a configuration looks whether it is there before it is compiled: it is not read twice for that.
  let last: { readonly path: string; readonly loaded: LoadedSource } | null = null;
  return {
    configDirectory,
    requested,
    load(path) {
      const absolute = resolve(configDirectory, path);
      requested.add(absolute);
      const bytes = overlay.get(absolute);
      if (bytes !== undefined) return { kind: 'file', bytes };
      if (last?.path !== absolute) last = { path: absolute, loaded: loadPath(absolute, maxBytes) };
      return last.loaded;
    },
  };
}
