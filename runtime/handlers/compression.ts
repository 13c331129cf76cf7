/** Which files are sent compressed, and how (hiawatha(1) GZipExtensions; `compression` of the overlay). */
import type { Transform } from 'node:stream';
import { promisify } from 'node:util';
import {
  brotliCompress,
  constants,
  createBrotliCompress,
  createGzip,
  createZstdCompress,
  gzip,
  zstdCompress,
} from 'node:zlib';
import type { ContentCoding } from '../http/accept-encoding.ts';

/** Files that are compressed already and say so by their name. */
const COMPRESSED_BY_NAME = 'svgz';

/** How a file may be sent. */
export type Compressibility =
  | 'never'
  /** Only where a compressed file lies beside it: Hiawatha does not compress its type. */
  | 'if-stored'
  | 'offered'
  /** It is compressed, and its name says so. */
  | 'is-gzip';

/** Types besides text that shrink when they are compressed. */
const SHRINKING =
  /^(?:application\/(?:json|javascript|x-javascript|ecmascript|wasm|xml|rtf|vnd\.ms-fontobject|geo\+json)|font\/(?:ttf|otf)|image\/(?:bmp|x-icon|vnd\.microsoft\.icon))(?:;|$)|^[a-z]+\/[\w.-]+\+(?:xml|json)(?:;|$)/;

/** How a file may be sent, by its type and its extension (as written, without dot). */
export function compressibilityOf(
  type: string | null,
  extension: string | null,
  gzipExtensions: ReadonlySet<string>,
): Compressibility {
  if (extension === COMPRESSED_BY_NAME) return 'is-gzip';
  if (type !== null && (type.startsWith('text/') || type.startsWith('image/svg+xml'))) {
    return 'offered';
  }
  if (extension !== null && gzipExtensions.has(extension)) return 'offered';
  return type !== null && SHRINKING.test(type) ? 'if-stored' : 'never';
}

interface Coder {
  /** What the name of a compressed file ends in. */
  readonly suffix: string;
  /** Of what is compressed once and kept. */
  compress(bytes: Uint8Array): Promise<Uint8Array>;
  /** Of what is compressed anew for each client: less work for each byte. */
  stream(): Transform;
}

const gzipAsync = promisify(gzip);
const brotliAsync = promisify(brotliCompress);
const zstdAsync = promisify(zstdCompress);

/** About as fast as gzip, and smaller. */
const BROTLI_STREAM_QUALITY = 4;
const BROTLI_KEPT_QUALITY = 6;
const ZSTD_KEPT_LEVEL = 9;

const CODERS: Readonly<Record<ContentCoding, Coder>> = {
  gzip: { suffix: '.gz', compress: (bytes) => gzipAsync(bytes), stream: () => createGzip() },
  br: {
    suffix: '.br',
    compress: (bytes) =>
      brotliAsync(bytes, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: BROTLI_KEPT_QUALITY,
          [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        },
      }),
    stream: () =>
      createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_STREAM_QUALITY } }),
  },
  zstd: {
    suffix: '.zst',
    compress: (bytes) =>
      zstdAsync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: ZSTD_KEPT_LEVEL } }),
    stream: () => createZstdCompress(),
  },
};

/** What the name of a file ends in that is another one compressed. */
export function suffixOf(coding: ContentCoding): string {
  return CODERS[coding].suffix;
}

/** The tag of the compressed form of what has a tag. */
export function etagOfCompressed(etag: string, coding: ContentCoding): string {
  return etag.replace(/"$/, `-${coding}"`);
}

/** Compresses what is in memory. */
export function compress(bytes: Uint8Array, coding: ContentCoding): Promise<Uint8Array> {
  return CODERS[coding].compress(bytes);
}

/** Compresses what comes in parts. */
export function compressor(coding: ContentCoding): Transform {
  return CODERS[coding].stream();
}
