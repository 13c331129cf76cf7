import type { ByteString } from '../byte-string.ts';

/** What stands at a path, symbolic links followed. */
export type FileKind =
  | 'file'
  | 'directory'
  /** A device, socket or pipe. */
  | 'other'
  | 'missing'
  /** Something on the way is no directory. */
  | 'not-directory'
  | 'forbidden'
  | 'error';

/** What a look at a path tells; the numbers are 0 where nothing is. */
export interface FileFacts {
  readonly kind: FileKind;
  readonly size: number;
  readonly modifiedMs: number;
  /** Of content or of owner and mode. */
  readonly changedMs: number;
  readonly inode: number;
}

/**
 * The questions that routing asks of the disk. Answers are of the moment; nothing is kept.
 *
 * They are asked synchronously: what the system knows of a file in use takes it two microseconds to say, and a thread of
 * the pool thirty to be woken.
 */
export interface FileSystem {
  look(path: ByteString): FileFacts;
  /** What `look` tells of a file; null for anything else. Cheap where nothing is. */
  lookForFile(path: ByteString): FileFacts | null;
  isReadable(path: ByteString): boolean;
  /** True when the server may execute a file, by its mode bits. */
  isExecutable(path: ByteString): boolean;
  /** True when no link on the way to a file leaves `root`, those owned by root excepted. */
  isWithin(path: ByteString, root: ByteString): boolean;
}
