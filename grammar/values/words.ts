import type { MappedText } from '../mapped-text.ts';

/** A word of a value and where it begins. */
export interface Word {
  readonly text: MappedText;
  readonly at: number;
}

/** The words of a value that is split at spaces. Blanks around a word are no part of it; a tab inside one is. */
export function splitWords(value: MappedText): readonly Word[] {
  return [...value.text.matchAll(/[^ \t](?:[^ ]*[^ \t])?/g)].map((found) => ({
    text: value.slice(found.index, found.index + found[0].length),
    at: found.index,
  }));
}
