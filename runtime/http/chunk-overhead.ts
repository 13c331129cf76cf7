/**
 * Holds what a chunked body costs against what it brings. Node's parser bounds the extension of one chunk and nothing
 * bounds their sum: a client could send megabytes of extensions and a body of a few bytes (RFC 9112 §7.1.1).
 */
import { CHUNK_OVERHEAD_BYTES, MAX_CHUNK_OVERHEAD_BYTES, READ_AHEAD_BYTES } from '../limits.ts';

/** A connection, as far as bytes count. */
export interface ByteCount {
  readonly bytesRead: number;
}

export class ChunkOverhead {
  readonly #connection: ByteCount;
  readonly #startedAt: number;
  readonly #refuse: () => void;
  #bodyBytes = 0;
  #pieces = 0;

  /** @param refuse - Tells the client, and whoever reads the body, that it is not read any further. */
  constructor(connection: ByteCount, refuse: () => void) {
    this.#connection = connection;
    this.#startedAt = connection.bytesRead;
    this.#refuse = refuse;
  }

  /**
   * A piece of the body is handed on.
   *
   * @param waitingBytes - What has been taken apart and is not handed on yet.
   * @returns False when there was too much besides the body; it was refused then.
   */
  accept(pieceBytes: number, waitingBytes: number): boolean {
    this.#bodyBytes += pieceBytes;
    this.#pieces += 1;
    const bodyBytes = this.#bodyBytes + waitingBytes;
    const overhead = this.#connection.bytesRead - this.#startedAt - bodyBytes;
    // Small chunks are no abuse; what a packet holds behind the body belongs to another request.
    const allowed = bodyBytes + this.#pieces * CHUNK_OVERHEAD_BYTES + READ_AHEAD_BYTES;
    if (overhead <= allowed + MAX_CHUNK_OVERHEAD_BYTES) return true;
    this.#refuse();
    return false;
  }
}
