/**
 * The canonical layout: one directive a line, `Key = value` with Hiawatha's spelling of the key, rules without `=`, one
 * indentation inside sections, one empty line where there were several. Comments, order and continued lines stay.
 */
import type { Comment, ConfigFile, ConfigItem, SectionItem } from './ast.ts';
import type { SectionKind } from './directives/index.ts';
import { findDirective, findSection } from './directives/index.ts';
import { parse } from './parse.ts';
import type { SourceFile } from './source.ts';

/** What lines in sections begin with. */
const INDENT = '\t';

/** Bytes of a line that Hiawatha reads in one piece. */
const MAX_LINE_BYTES = 1022;

/**
 * The text of a file in canonical layout, with the line ends of its first line.
 *
 * @returns The text, or null where the file has syntax errors: what they mean is not ours to guess. The result is read as
 * the same directives, values and comments; text for which that does not hold comes back unchanged.
 */
export function format(source: SourceFile): string | null {
  const { file, diagnostics } = parse(source);
  if (diagnostics.some(({ severity }) => severity === 'error')) return null;
  if (source.text.includes('\0')) return source.text;
  const formatted = new Layout(file).print();
  const isSame = meaningOf(parse({ ...source, text: formatted }).file) === meaningOf(file);
  return isSame ? formatted : source.text;
}

/** One line of the result, before it is indented. */
interface Line {
  /** Where it begins and ends in the source. */
  readonly start: number;
  readonly end: number;
  readonly depth: 0 | 1;
  readonly text: string;
  readonly kind: 'open' | 'close' | 'comment' | 'item';
}

class Layout {
  readonly #file: ConfigFile;
  readonly #text: string;
  readonly #lineEnd: string;

  constructor(file: ConfigFile) {
    this.#file = file;
    this.#text = file.source.text;
    this.#lineEnd = /^[^\n]*\r\n/.test(this.#text) ? '\r\n' : '\n';
  }

  print(): string {
    const lines = this.#lines();
    const comments = this.#file.comments.filter(({ isWholeLine }) => !isWholeLine);
    let nextComment = 0;
    let result = '';
    let previous: Line | null = null;
    for (const [index, line] of lines.entries()) {
      const next = lines[index + 1]?.start ?? this.#text.length + 1;
      let comment: Comment | null = null;
      while ((comments[nextComment]?.span.start ?? next) < next) {
        comment = comments[nextComment] ?? null;
        nextComment += 1;
      }
      const end = comment?.span.end ?? line.end;
      if (previous !== null && this.#hasGap(previous, line)) result += this.#lineEnd;
      result += this.#printLine(line, comment, end) + this.#lineEnd;
      previous = { ...line, end };
    }
    return result;
  }

  /** Everything that stands on lines of its own, in the order of the file. */
  #lines(): Line[] {
    const lines: Line[] = [];
    let isOpen = false;
    const whole = this.#file.comments.filter(({ isWholeLine }) => isWholeLine);
    let nextComment = 0;
    const addComments = (before: number): void => {
      for (
        let comment = whole[nextComment];
        comment !== undefined && comment.span.start < before;
        comment = whole[nextComment]
      ) {
        const { start, end } = comment.span;
        const text = this.#commentText(comment);
        lines.push({ start, end, depth: isOpen ? 1 : 0, text, kind: 'comment' });
        nextComment += 1;
      }
    };
    const addItem = (item: SectionItem, kind: SectionKind | null): void => {
      addComments(item.span.start);
      const { start, end } = item.span;
      lines.push({
        start,
        end,
        depth: isOpen ? 1 : 0,
        text: this.#itemText(item, kind),
        kind: 'item',
      });
    };
    for (const item of this.#file.items) {
      if (item.kind !== 'section') {
        addItem(item, 'server');
        continue;
      }
      addComments(item.span.start);
      const section = findSection(item.name);
      const { start, end } = item.nameSpan;
      const name = section?.name ?? item.name;
      lines.push({ start, end: this.#endOfHeader(end), depth: 0, text: `${name} {`, kind: 'open' });
      isOpen = true;
      for (const inner of item.items) addItem(inner, section?.kind ?? null);
      addComments(item.span.end);
      isOpen = false;
      lines.push({
        start: item.span.end - 1,
        end: item.span.end,
        depth: 0,
        text: '}',
        kind: 'close',
      });
    }
    addComments(this.#text.length + 1);
    return lines;
  }

  #itemText(item: SectionItem, kind: SectionKind | null): string {
    switch (item.kind) {
      case 'include':
        return `Include ${this.#written(item.target.span)}`;
      case 'variable-definition': {
        const name = item.name.text === '' ? '' : ` ${item.name.text}`;
        return `set${name} = ${item.value.text === '' ? '' : this.#written(item.value.span)}`.trimEnd();
      }
      case 'directive': {
        const spec = this.#specOf(item.key, kind);
        const separator = spec?.example.includes(' = ') === false ? ' ' : ' = ';
        return `${spec?.name ?? item.key}${separator}${this.#written(item.value.span)}`;
      }
    }
  }

  #specOf(key: string, kind: SectionKind | null): { name: string; example: string } | null {
    if (kind === null) return null;
    const found = findDirective(kind, key)?.spec;
    return found ?? (kind === 'server' ? (findDirective('virtual-host', key)?.spec ?? null) : null);
  }

  /** A comment without blanks behind it; they stay where they keep a backslash from continuing the line. */
  #commentText({ span }: Comment): string {
    const text = this.#text.slice(span.start, span.end);
    const trimmed = text.trimEnd();
    return trimmed.endsWith('\\') ? text : trimmed;
  }

  /** A value as it was written, with its continued lines. */
  #written({ start, end }: { start: number; end: number }): string {
    return this.#text.slice(start, end).replace(/ \\\r?\n/g, ` \\${this.#lineEnd}`);
  }

  #printLine(line: Line, comment: Comment | null, end: number): string {
    const indent = INDENT.repeat(line.depth);
    const trailing = comment === null ? '' : ` ${this.#commentText(comment)}`;
    const printed = `${indent}${line.text}${trailing}`;
    const isContinuation = / \\$/.test(printed);
    if (!isContinuation && new TextEncoder().encode(printed).length <= MAX_LINE_BYTES)
      return printed;
    const lineStart = this.#text.lastIndexOf('\n', line.start - 1) + 1;
    return this.#text.slice(lineStart, end);
  }

  /** Where the brace behind the name of a section ends. */
  #endOfHeader(nameEnd: number): number {
    return this.#text.indexOf('{', nameEnd) + 1;
  }

  /** Whether an empty line stays between two lines. */
  #hasGap(previous: Line, line: Line): boolean {
    if (previous.kind === 'open' || line.kind === 'close') return false;
    return /\n[ \t\r]*\n/.test(this.#text.slice(previous.end, line.start));
  }
}

/** What a file says, apart from its layout. */
function meaningOf(file: ConfigFile): string {
  return JSON.stringify([
    file.items.map(meaningOfItem),
    file.comments.map(({ text }) => text.trimEnd()),
  ]);
}

function meaningOfItem(item: ConfigItem): unknown {
  switch (item.kind) {
    case 'include':
      return [item.kind, item.target.text];
    case 'variable-definition':
      return [item.kind, item.name.text, item.value.text];
    case 'directive':
      return [item.kind, item.key.toLowerCase(), item.value.text];
    case 'section':
      return [item.kind, item.name.toLowerCase(), item.items.map(meaningOfItem)];
  }
}
