/**
 * Buffers of bodies on their way through.
 *
 * The garbage collector does not see how large they are until tens of megabytes have passed, in each thread. So a buffer
 * that nobody else can reach goes from hand to hand instead of being copied, and its memory is given back when its bytes
 * have been taken by the system.
 */

/** Smaller ones are copied and left to the garbage collector: that is cheaper. */
const MIN_OWNED_BYTES = 16 * 1024;

/** True when the bytes are all of their buffer, and it is worth while to hand the buffer on. */
function isWorthOwning(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return (
    bytes.length >= MIN_OWNED_BYTES &&
    bytes.length === bytes.buffer.byteLength &&
    bytes.buffer instanceof ArrayBuffer
  );
}

/** Bytes in a buffer of their own: the same ones where they are all of theirs, else a copy. */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  return isWorthOwning(bytes) ? bytes : new Uint8Array(bytes);
}

/** Gives the memory of bytes back. They are empty afterwards; a part of a buffer is left alone. */
export function freeBytes(bytes: Uint8Array): void {
  if (isWorthOwning(bytes)) bytes.buffer.transfer(0);
}
