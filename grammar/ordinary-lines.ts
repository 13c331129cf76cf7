/**
 * Lines that need no closer look: a key, one `=` or blanks, a value, all in visible ASCII. Nearly all lines of nearly all
 * files are of that kind, and most of them stand there more than once: those are recognised and not read again.
 */
import { SECTION_NAMES } from './section-names.ts';

/** What a line says, wherever it stands. Offsets count from its beginning. */
export interface OrdinaryLine {
  readonly key: string;
  readonly value: string;
  readonly keyStart: number;
  readonly valueStart: number;
  /** Where the value ends. The line feed, if there is one, stands here. */
  readonly end: number;
}

/** Lines in direct sequence: what the lexer hands to the parser in place of the tokens of each. */
export class OrdinaryRun {
  readonly lines: readonly OrdinaryLine[];
  /** Offset behind the last of them and its line feed. */
  readonly end: number;

  constructor(lines: readonly OrdinaryLine[], end: number) {
    this.lines = lines;
    this.end = end;
  }
}

/**
 * Blanks, a key, blanks with at most one `=`, a value. What this does not match may be odd, or the end of something: `=`
 * twice, quotes, characters that cannot be seen, a brace at either end.
 */
const ORDINARY =
  /^([ \t]*)([!-;>-|~][!-<>-~]*)(?: *= *| +)([!$-&(-<>-z|~]|[!$-&(-<>-~][\t -~]*[!-z|~])$/;

/** What is no directive, whatever follows. */
const RESERVED: ReadonlySet<string> = new Set([...SECTION_NAMES.keys(), 'include', 'set']);

/** Enough for what repeats; what does not must not fill the memory. */
const MAX_KNOWN = 4096;

/** The lines of one configuration that were read already. */
export class KnownLines {
  /** By their text; null for lines that are not ordinary. */
  readonly #known = new Map<string, OrdinaryLine | null>();

  /** Reads a line, without its line feed. Null: it is not ordinary. */
  read(text: string): OrdinaryLine | null {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const line = ordinaryLine(text);
    if (this.#known.size < MAX_KNOWN) this.#known.set(text, line);
    return line;
  }

  /** The ordinary lines from the beginning of a line on; null where the first one is none. */
  readRun(text: string, start: number): OrdinaryRun | null {
    const lines: OrdinaryLine[] = [];
    let end = start;
    for (let at = start; at < text.length;) {
      const feed = text.indexOf('\n', at);
      const lineEnd = feed === -1 ? text.length : feed;
      const line = this.read(text.slice(at, lineEnd));
      if (line === null) break;
      lines.push(line);
      at = lineEnd + 1;
      end = at;
    }
    return lines.length === 0 ? null : new OrdinaryRun(lines, Math.min(end, text.length));
  }
}

function ordinaryLine(text: string): OrdinaryLine | null {
  // It begins a comment, or looks as if it did.
  if (text.includes('#')) return null;
  const [, indent, key, value] = ORDINARY.exec(text) ?? [];
  if (indent === undefined || key === undefined || value === undefined) return null;
  if (RESERVED.has(key.toLowerCase())) return null;
  const end = text.length;
  return { key, value, keyStart: indent.length, valueStart: end - value.length, end };
}
