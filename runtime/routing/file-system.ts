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

/** The questions that routing asks of the disk. Answers are of the moment; nothing is kept. */
export interface FileSystem {
  kindOf(path: ByteString): Promise<FileKind>;
  /** True when the server may execute a file, by its mode bits. */
  isExecutable(path: ByteString): Promise<boolean>;
  /** True when no link on the way to a file leaves `root`, those owned by root excepted. */
  isWithin(path: ByteString, root: ByteString): Promise<boolean>;
}
