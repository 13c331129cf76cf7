import type { ByteString } from '../byte-string.ts';

// eslint-disable-next-line no-control-regex -- control bytes are what is looked for
const UNSAFE = /[\0-\x1f|\x7f]/g;

// eslint-disable-next-line no-control-regex -- control bytes are what is looked for
const UNSAFE_IN_QUOTES = /[\0-\x1f"\x7f\\]/g;

/**
 * Text for a field of a log line that ends at `|`: control bytes and the separator become `\xHH`.
 *
 * Differs from Hiawatha: there a client could forge fields and lines.
 */
export function escapeField(text: ByteString): ByteString {
  return text.replace(UNSAFE, hexEscape);
}

/** Text for a field between quotation marks. */
export function escapeQuoted(text: ByteString): ByteString {
  return text.replace(UNSAFE_IN_QUOTES, hexEscape);
}

function hexEscape(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
