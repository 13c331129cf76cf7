import type { MappedText } from '../mapped-text.ts';

/** A part of a value without the blanks around it, and where it stands in the whole. */
export class Part {
  readonly at: number;
  readonly end: number;
  readonly #whole: MappedText;

  constructor(whole: MappedText, at: number, end: number) {
    this.at = at;
    this.end = end;
    this.#whole = whole;
  }

  /** A value of one part. */
  static whole(value: MappedText): Part {
    return new Part(value, 0, value.text.length);
  }

  get text(): MappedText {
    return this.#whole.slice(this.at, this.end);
  }

  /** The characters of `text`, for those who do not ask where they stand. */
  get written(): string {
    return this.#whole.text.slice(this.at, this.end);
  }
}

/** All parts between separators, trimmed; `a,,b` has three, an empty text one. */
export function splitAll(value: MappedText, separator: string): readonly Part[] {
  if (!value.text.includes(separator)) return [partOf(value, 0, value.text.length)];
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
  const { text } = value;
  let from = start;
  let to = end;
  while (from < to && isBlank(text.charCodeAt(from))) from += 1;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to -= 1;
  return new Part(value, from, to);
}

const TAB = 0x09;
const SPACE = 0x20;

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}
