/** Files that clients write. */
import { randomUUID } from 'node:crypto';
import { open, realpath, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { bytesOf, type ByteString } from './byte-string.ts';
import { errorCode } from './error-code.ts';

/** The content, from its beginning each time. */
type Content = () => AsyncIterable<Uint8Array>;

const PERMISSION_BITS = 0o7777;

/** What an upload may be, as in Hiawatha: never a program by itself, and nothing to other accounts. */
const UPLOAD_BITS = 0o660;

/**
 * Makes a file, or replaces the content of one. Whoever reads it meanwhile sees the old content or the new one: it is
 * written beside it and takes its name when it is whole. Only a file that belongs to somebody else, or that has several
 * names, is written to in its place, so that it stays whose and what it is.
 *
 * @param mode - Of a file that is made; one that is there keeps its own.
 * @throws Error of `node:fs`.
 */
export async function replaceFile(path: ByteString, mode: number, content: Content): Promise<void> {
  const old = await lookAt(path);
  if (old === null) {
    await writeBeside(bytesOf(path), { mode: mode & UPLOAD_BITS, gid: null }, content);
    return;
  }
  // A link stays one: what it leads to is replaced.
  const real = await realpath(bytesOf(path), { encoding: 'buffer' });
  if (old.uid === process.geteuid?.() && old.nlink === 1) {
    try {
      await writeBeside(real, { mode: old.mode & PERMISSION_BITS, gid: old.gid }, content);
      return;
    } catch (error) {
      // The directory is closed to us, or the group not ours to give; the file itself may be open.
      if (!isRefusal(errorCode(error))) throw error;
    }
  }
  const file = await open(real, 'r+');
  try {
    await file.truncate(await writeFrom(file, 0, content()));
  } finally {
    await file.close();
  }
}

/** Writes to a part of a file that is there. @throws Error of `node:fs`. */
export async function patchFile(
  path: ByteString,
  start: number,
  parts: AsyncIterable<Uint8Array>,
): Promise<void> {
  const file = await open(bytesOf(path), 'r+');
  try {
    await writeFrom(file, start, parts);
  } finally {
    await file.close();
  }
}

/** @returns where the last byte ends. */
async function writeFrom(
  file: FileHandle,
  start: number,
  parts: AsyncIterable<Uint8Array>,
): Promise<number> {
  let at = start;
  for await (const bytes of parts) {
    for (let done = 0; done < bytes.length;) {
      done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
    }
    at += bytes.length;
  }
  return at;
}

/** True for what the system does not let this user do. */
export function isRefusal(code: string): boolean {
  return code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
}

async function lookAt(path: ByteString): Promise<Stats | null> {
  try {
    return await stat(bytesOf(path));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

async function writeBeside(
  path: Buffer,
  { mode, gid }: { readonly mode: number; readonly gid: number | null },
  content: Content,
): Promise<void> {
  const directory = path.subarray(0, path.lastIndexOf('/') + 1);
  // A name with a dot in front is not served while it is there.
  const beside = Buffer.concat([directory, Buffer.from(`.hiawatha-ts-${randomUUID()}`)]);
  const file = await open(beside, 'wx', 0o600);
  try {
    try {
      await writeFrom(file, 0, content());
      if (gid !== null && (await file.stat()).gid !== gid) await file.chown(-1, gid);
      await file.chmod(mode);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await unlink(beside).catch(() => undefined);
    throw error;
  }
}
