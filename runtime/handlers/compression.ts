/** Which files are sent compressed, and how (hiawatha(1) GZipExtensions). */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const gzipAsync = promisify(gzip);

/** Files that are compressed already and say so by their name. */
const COMPRESSED_BY_NAME = 'svgz';

/** How a file may be sent. */
export type Coding = 'plain' | 'gzip-offered' | 'gzip-always';

/** How a file may be sent, by its type and its extension (as written, without dot). */
export function codingOf(
  type: string | null,
  extension: string | null,
  gzipExtensions: ReadonlySet<string>,
): Coding {
  if (extension === COMPRESSED_BY_NAME) return 'gzip-always';
  const isText = type !== null && (type.startsWith('text/') || type.startsWith('image/svg+xml'));
  return isText || (extension !== null && gzipExtensions.has(extension)) ? 'gzip-offered' : 'plain';
}

/** The tag of the compressed form of what has a tag. */
export function etagOfCompressed(etag: string): string {
  return etag.replace(/"$/, '-gzip"');
}

/** Compresses what is in memory. */
export function compress(bytes: Uint8Array): Promise<Uint8Array> {
  return gzipAsync(bytes);
}
