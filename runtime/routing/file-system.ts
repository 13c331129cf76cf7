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

/** The questions that routing asks of the disk. Answers are of the moment; nothing is kept. */
export interface FileSystem {
  look(path: ByteString): Promise<FileFacts>;
  isReadable(path: ByteString): Promise<boolean>;
  /** True when the server may execute a file, by its mode bits. */
  isExecutable(path: ByteString): Promise<boolean>;
  /** True when no link on the way to a file leaves `root`, those owned by root excepted. */
  isWithin(path: ByteString, root: ByteString): Promise<boolean>;
}
