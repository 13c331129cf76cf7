/** Text from a configuration made fit for a terminal: nothing in it can move the cursor, change colours or hide. */
import { createRequire } from 'node:module';

import type stringWidth from 'string-width';

type StringWidth = typeof stringWidth;

let loaded: StringWidth | null = null;

/** Loaded for the first text that is not ASCII: its expressions take longer to make than a small file to check. */
function loadStringWidth(): StringWidth {
  const module: unknown = createRequire(import.meta.url)('#string-width');
  if (!hasStringWidth(module)) throw new TypeError('string-width exports no function');
  return module.default;
}

function hasStringWidth(module: unknown): module is { readonly default: StringWidth } {
  return (
    typeof module === 'object' &&
    module !== null &&
    'default' in module &&
    typeof module.default === 'function'
  );
}

/** Controls but the tab, marks of direction, separators of lines, and the byte order mark. */
const NOT_PRINTABLE = /(?!\t)[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/** Controls except the tab become their pictures, those that reorder or hide text become U+FFFD. Keeps the length. */
export function visible(text: string): string {
  return text.replace(NOT_PRINTABLE, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? '\u2421' : '\ufffd';
  });
}

/** As {@link visible}, for a place that must stay on one line and in its columns: a tab becomes a blank. */
export function visibleInLine(text: string): string {
  return visible(text).replaceAll('\t', ' ');
}

const PLAIN = /^[\u0020-\u007e]*$/;

/** Columns that printable text takes in a terminal: 2 for wide characters, 0 for combining ones. A tab counts 1. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  const widthOfPart = (loaded ??= loadStringWidth());
  return text
    .split('\t')
    .reduce((sum, part, index) => sum + (index > 0 ? 1 : 0) + widthOfPart(part), 0);
}
