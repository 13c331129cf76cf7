import type { ByteString } from '../byte-string.ts';

/** A coding in which an answer may be sent, by its name in Content-Encoding. */
export type ContentCoding = 'gzip' | 'br' | 'zstd';

/**
 * How much an Accept-Encoding field wants a coding, from 0 to 1 (RFC 9110 §12.5.3): 0 where it does not take it, or rather
 * has none. Without the field nothing was asked for.
 */
export function qualityOf(coding: ContentCoding, field: ByteString | null): number {
  if (field === null) return 0;
  let named: number | null = null;
  let any: number | null = null;
  let identity = 0;
  for (const item of field.split(',')) {
    const [text = '', ...parameters] = item.split(';');
    const quality = qualityIn(parameters);
    const name = text.trim().toLowerCase();
    if (name === coding || (coding === 'gzip' && name === 'x-gzip')) named ??= quality;
    else if (name === '*') any ??= quality;
    else if (name === 'identity') identity = quality;
  }
  const quality = named ?? any ?? 0;
  return quality < identity ? 0 : quality;
}

/** 1 without a `q`, 0 for one that cannot be read. */
function qualityIn(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const found = /^\s*q\s*=\s*(.*?)\s*$/i.exec(parameter);
    if (found !== null)
      return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(found[1] ?? '') ? Number(found[1]) : 0;
  }
  return 1;
}
