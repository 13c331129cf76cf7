import { describe, expect, test } from 'vitest';
import { ChunkOverhead } from '../../../runtime/http/chunk-overhead.ts';
import {
  CHUNK_OVERHEAD_BYTES,
  MAX_CHUNK_OVERHEAD_BYTES,
  READ_AHEAD_BYTES,
} from '../../../runtime/limits.ts';

const LIMIT = MAX_CHUNK_OVERHEAD_BYTES + READ_AHEAD_BYTES;

/** How many pieces are taken; `read` says what the connection has read by then. */
function accepted(
  pieces: readonly { readonly bytes: number; readonly read: number; readonly waiting?: number }[],
  startedAt = 0,
): number {
  const connection = { bytesRead: startedAt };
  let refusals = 0;
  const overhead = new ChunkOverhead(connection, () => (refusals += 1));
  const refused = pieces.findIndex(({ bytes, read, waiting = 0 }) => {
    connection.bytesRead = startedAt + read;
    return !overhead.accept(bytes, waiting);
  });
  expect(refusals).toBe(refused === -1 ? 0 : 1);
  return refused === -1 ? pieces.length : refused;
}

describe('ChunkOverhead', () => {
  const edge = LIMIT + CHUNK_OVERHEAD_BYTES + 2;

  test.each([
    { what: 'one below the limit', read: edge - 1, expected: 1 },
    { what: 'at the limit', read: edge, expected: 1 },
    { what: 'one above the limit', read: edge + 1, expected: 0 },
  ])('$what', ({ read, expected }) => {
    expect(accepted([{ bytes: 1, read }])).toBe(expected);
  });

  test('counts from the beginning of the body', () => {
    expect(accepted([{ bytes: 1, read: edge }], 1_000_000)).toBe(1);
    expect(accepted([{ bytes: 1, read: edge + 1 }], 1_000_000)).toBe(0);
  });

  test('counts what waits as body', () => {
    expect(accepted([{ bytes: 1, waiting: 1_000_000, read: 1_000_000 }])).toBe(1);
  });

  test('lets chunks of one byte be, however many', () => {
    const pieces = Array.from({ length: 200_000 }, (_, at) => ({ bytes: 1, read: (at + 1) * 6 }));
    expect(accepted(pieces)).toBe(pieces.length);
  });

  test('takes no mass of short extensions', () => {
    const pieces = Array.from({ length: 10_000 }, (_, at) => ({ bytes: 1, read: (at + 1) * 256 }));
    expect(accepted(pieces)).toBeLessThan(400);
  });
});
