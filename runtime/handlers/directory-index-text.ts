import type { ByteString } from '../byte-string.ts';
import type { IndexEntry } from './directory-index.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

// eslint-disable-next-line no-control-regex -- control bytes are what is looked for
const CONTROL = /[\0-\x1f]/g;

/** Text for HTML and XML. Control characters, which XML cannot hold, become a question mark. */
export function escapeMarkup(text: ByteString): ByteString {
  return text.replace(CONTROL, '?').replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** A relative reference to an entry; no name can become a scheme or another host. */
export function linkTo({ name, isDirectory }: IndexEntry): string {
  const encoded = name.replace(
    /[^A-Za-z0-9._~-]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
  return isDirectory ? `${encoded}/` : encoded;
}
