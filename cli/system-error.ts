import { errorCode } from '../runtime/error-code.ts';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'this machine has no such address',
  EBUSY: 'is in use',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  EEXIST: 'exists already',
  EFBIG: 'the file would be too large',
  EHOSTUNREACH: 'no route to the host',
  EINVAL: 'is not a valid name',
  EIO: 'the device reports an error',
  EISDIR: 'is a directory',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
  ENETUNREACH: 'no route to the network',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on the device',
  ENOTDIR: 'a part of the path is not a directory',
  ENXIO: 'is a socket or a device without a driver',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ETIMEDOUT: 'no answer in time',
  EXDEV: 'is on another file system',
};

/** The `code` of an error of Node (`ENOENT`), or null for any other thrown value. */
export function systemErrorCode(error: unknown): string | null {
  return errorCode(error) || null;
}

/** An error of the operating system in words that complete "cannot read x: …". */
export function describeSystemError(error: unknown): string {
  const code = systemErrorCode(error);
  const words = code === null ? undefined : REASONS[code];
  if (words !== undefined) return words;
  if (code === 'ERR_INVALID_ARG_VALUE') return 'the name holds a NUL character';
  return error instanceof Error ? error.message : String(error);
}
