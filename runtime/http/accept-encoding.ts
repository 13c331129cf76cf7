import type { ByteString } from '../byte-string.ts';

/** True when an Accept-Encoding field takes gzip (RFC 9110 §12.5.3). Without the field nothing was asked for. */
export function isGzipAccepted(field: ByteString | null): boolean {
  if (field === null) return false;
  let named: number | null = null;
  let any: number | null = null;
  for (const item of field.split(',')) {
    const [coding = '', ...parameters] = item.split(';');
    const quality = qualityIn(parameters);
    const name = coding.trim().toLowerCase();
    if (name === 'gzip' || name === 'x-gzip') named ??= quality;
    else if (name === '*') any ??= quality;
  }
  return (named ?? any ?? 0) > 0;
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
