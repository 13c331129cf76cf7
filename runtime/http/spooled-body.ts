/**
 * A request body of unknown length, gathered before a program starts: CGI has to say how long it is (RFC 3875 §4.1.2).
 */
import { randomUUID } from 'node:crypto';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorCode } from '../error-code.ts';
import { RuntimeError } from '../runtime-error.ts';
import { FILE_CHUNK_BYTES, MAX_SPOOL_IN_MEMORY_BYTES } from '../limits.ts';
import type { RequestBody } from './request-body.ts';

/** What was gathered; small ones are in memory. */
export type SpooledBody =
  | { readonly kind: 'memory'; readonly bytes: Buffer }
  | { readonly kind: 'file'; readonly file: FileHandle; readonly length: number };

/** A body at its end, or why there is none. */
export type SpoolResult =
  | { readonly ok: true; readonly body: SpooledBody }
  | { readonly ok: false; readonly reason: 'too-large' | 'broken' };

/** Reads a body to its end. Rejects with `HWR_BODY_STORE` when the temporary file cannot be written. */
export function spoolBody(body: RequestBody): Promise<SpoolResult> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let length = 0;
    let file: FileHandle | null = null;
    let isWriting = false;
    let outcome: 'ended' | 'too-large' | 'broken' | null = null;

    const settle = (): void => {
      if (outcome === null || isWriting) return;
      if (outcome !== 'ended') {
        void file?.close();
        resolve({ ok: false, reason: outcome });
      } else if (file === null) {
        resolve({ ok: true, body: { kind: 'memory', bytes: Buffer.concat(chunks) } });
      } else if (chunks.length > 0) {
        void write();
      } else {
        resolve({ ok: true, body: { kind: 'file', file, length } });
      }
    };
    const write = async (): Promise<void> => {
      isWriting = true;
      try {
        file ??= await openTemporary();
        const waiting = chunks;
        chunks = [];
        await file.appendFile(Buffer.concat(waiting));
      } catch (error) {
        void file?.close();
        body.discard();
        reject(storeProblem(error));
        return;
      }
      isWriting = false;
      body.resume();
      settle();
    };
    const end = (how: typeof outcome): void => {
      outcome = how;
      settle();
    };

    body.read({
      onData(bytes) {
        chunks.push(bytes);
        length += bytes.length;
        if (isWriting) return false;
        if (file === null && length <= MAX_SPOOL_IN_MEMORY_BYTES) return true;
        void write();
        return false;
      },
      onEnd: () => end('ended'),
      onFailure: (reason) => end(reason),
    });
  });
}

/** A file without name: nothing is left behind however the server ends. */
async function openTemporary(): Promise<FileHandle> {
  const path = join(tmpdir(), `hiawatha-ts-body-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
}

/** The bytes of a body that was gathered, from its beginning; may be asked for again. */
export async function* partsOf(body: SpooledBody): AsyncGenerator<Uint8Array> {
  if (body.kind === 'memory') {
    yield body.bytes;
    return;
  }
  for (let at = 0; at < body.length;) {
    const bytes = Buffer.allocUnsafe(FILE_CHUNK_BYTES);
    const { bytesRead } = await body.file.read(bytes, 0, bytes.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield bytes.subarray(0, bytesRead);
  }
}

function storeProblem(error: unknown): RuntimeError {
  const why = errorCode(error) || String(error);
  return new RuntimeError(
    'HWR_BODY_STORE',
    `the body of the request cannot be kept in ${tmpdir()} (${why}); see that there is room, or name another directory with TMPDIR`,
    { cause: error },
  );
}

/**
 * Hands a gathered file on in parts, as fast as `take` resolves; closes it. Rejects with `HWR_BODY_STORE` when it cannot be
 * read.
 */
export async function readSpooled(
  file: FileHandle,
  take: (bytes: Uint8Array) => Promise<boolean>,
): Promise<void> {
  try {
    for (let at = 0; ;) {
      const buffer = Buffer.allocUnsafe(FILE_CHUNK_BYTES);
      const { bytesRead } = await file
        .read(buffer, 0, buffer.length, at)
        .catch((error: unknown) => {
          throw storeProblem(error);
        });
      if (bytesRead === 0) return;
      at += bytesRead;
      if (!(await take(buffer.subarray(0, bytesRead)))) return;
    }
  } finally {
    await file.close();
  }
}
