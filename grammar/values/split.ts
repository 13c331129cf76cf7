import type { MappedText } from '../mapped-text.ts';

/** A part of a value: the trimmed text and where it begins in the whole. */
export interface Part {
  readonly text: MappedText;
  readonly at: number;
}

/** All parts between separators, trimmed; `a,,b` has three, an empty text one. */
export function splitAll(value: MappedText, separator: string): readonly Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (;;) {
    const found = value.text.indexOf(separator, from);
    parts.push(partOf(value, from, found === -1 ? value.text.length : found));
    if (found === -1) return parts;
    from = found + separator.length;
  }
}

/** The part before the first separator and the part behind it, both trimmed; null without a separator. */
export function splitFirst(value: MappedText, separator: string): readonly [Part, Part] | null {
  const found = value.text.indexOf(separator);
  return found === -1
    ? null
    : [partOf(value, 0, found), partOf(value, found + separator.length, value.text.length)];
}

/** `[start, end)` of a value, trimmed. */
export function partOf(value: MappedText, start: number, end: number): Part {
  const raw = value.slice(start, end);
  const leading = /^[ \t]*/.exec(raw.text)?.[0].length ?? 0;
  return { text: raw.trim(), at: start + leading };
}
