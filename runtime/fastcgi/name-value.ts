/** Name-value pairs as bytes (FastCGI 1.0 §3.4): content of PARAMS streams and of management records. */
import { packVariables, unpackVariables } from '../cgi/packed-variables.ts';
import { RuntimeError } from '../runtime-error.ts';

/** Names and values as Latin-1 strings: each character is one byte. */
export type NameValuePairs = readonly (readonly [name: string, value: string])[];

/**
 * Encodes name-value pairs.
 *
 * @param pairs - In wire order.
 * @returns One contiguous buffer, not yet split into records.
 */
export function encodeNameValuePairs(pairs: NameValuePairs): Uint8Array {
  return Buffer.from(packVariables(pairs), 'latin1');
}

/**
 * Decodes name-value pairs. Lengths of four bytes are taken for short strings too.
 *
 * @param bytes - A whole stream, or the content of one management record.
 * @throws {@link RuntimeError} `HWR_FCGI_PAIR_MALFORMED` when a length runs past the end.
 */
export function decodeNameValuePairs(bytes: Uint8Array): [name: string, value: string][] {
  const pairs = unpackVariables(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'),
  );
  if (pairs === null) {
    throw new RuntimeError(
      'HWR_FCGI_PAIR_MALFORMED',
      `a name-value pair runs past the end of its ${bytes.length} bytes`,
    );
  }
  return pairs;
}
