/**
 * Puts the braces of a token stream right, so that the grammar behind it meets only well-formed sections: each mistake is
 * reported once, where it was made, and the sections around it are read as they were meant.
 */
import type { IToken, TokenType } from 'chevrotain';
import { BraceDepths, depthChange, isAngleBracket } from './brace-depths.ts';
import type { Diagnostic, DiagnosticFix, DiagnosticNote } from './diagnostic.ts';
import { diagnose } from './diagnostic.ts';
import type { LogicalText } from './logical-text.ts';
import { SECTION_NAMES } from './section-names.ts';
import type { SourceSpan } from './source.ts';
import { BRACE_MISTAKE } from './syntax-errors.ts';
import {
  CloseBrace,
  endOf,
  fineTokens,
  HeaderName,
  ImpliedClose,
  Key,
  OpenBrace,
  Separator,
  Value,
} from './tokens.ts';

/** Tokens whose braces match, and what was wrong with them. */
export interface RepairedTokens {
  readonly tokens: IToken[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Puts the braces of all tokens of a file right. */
export function repairBraces(tokens: readonly IToken[], logical: LogicalText): RepairedTokens {
  return new BraceRepair(tokens, logical).repair();
}

/**
 * Whether tokens from the beginning of a line outside of sections hold only whole sections, with nothing to repair. In
 * ordinary lines there never is.
 */
export function isWellFormed(tokens: readonly IToken[]): boolean {
  let isOpen = false;
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token === undefined) continue;
    switch (token.tokenType) {
      case HeaderName:
        if (isOpen || sectionNameIn(token.image) === null) return false;
        isOpen = true;
        index += 1;
        break;
      case OpenBrace:
        return false;
      case CloseBrace:
        if (!isOpen) return false;
        isOpen = false;
        break;
      case Key:
        if (token.image.startsWith('}') || token.image.startsWith('<')) return false;
        if (SECTION_NAMES.has(token.image.toLowerCase())) return false;
        break;
      case Value:
        if (isOpen && endsInSurplusBrace(token.image)) return false;
        break;
      default:
    }
  }
  return !isOpen;
}

/** The name of a known section, in lower case, if a header holds nothing else. */
function sectionNameIn(header: string): string | null {
  const name = header.trim().toLowerCase();
  return SECTION_NAMES.has(name) ? name : null;
}

function endsInSurplusBrace(value: string): boolean {
  if (!value.endsWith('}')) return false;
  let depth = 0;
  for (const character of value) {
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
    if (depth < 0) return true;
  }
  return false;
}

interface OpenSection {
  readonly header: IToken;
  /** Index of the header in the output. */
  readonly index: number;
  /** How many braces were open before it. */
  readonly depthBefore: number;
}

class BraceRepair {
  readonly #tokens: readonly IToken[];
  readonly #logical: LogicalText;
  readonly #diagnostics: Diagnostic[] = [];
  readonly #output: IToken[] = [];
  /** Sections that stood inside others, to be checked as if they did not. */
  readonly #hoisted: IToken[] = [];
  readonly #depths: BraceDepths;
  #open: OpenSection | null = null;

  constructor(tokens: readonly IToken[], logical: LogicalText) {
    this.#tokens = tokens;
    this.#logical = logical;
    this.#depths = new BraceDepths(tokens);
  }

  repair(): RepairedTokens {
    let index = 0;
    while (index < this.#tokens.length) index = this.#line(index);
    this.#closeUnclosed(null);
    return { tokens: [...this.#output, ...this.#hoisted], diagnostics: this.#diagnostics };
  }

  /** Handles the line that begins with a token; returns the index of the first token of the next one. */
  #line(index: number): number {
    const token = this.#tokens[index];
    if (token === undefined) return index + 1;
    switch (token.tokenType) {
      case HeaderName:
        return this.#header(index, token);
      case OpenBrace:
        return this.#nameless(index, token);
      case CloseBrace:
        this.#close(token);
        return index + 1;
      case Key:
        return this.#directive(index, token);
      default:
        this.#output.push(token);
        return index + 1;
    }
  }

  #header(index: number, header: IToken): number {
    const brace = this.#tokens[index + 1];
    if (brace === undefined) return index + 1;
    const text = header.image.trimEnd();
    const name = /^[a-z]+/i.exec(text)?.[0] ?? '';
    const isKnown = SECTION_NAMES.has(name.toLowerCase());
    const isBare = name.length === text.length;
    if (!isKnown && (!this.#isBlock(index) || /^(?:set|include)[ =]/i.test(text))) {
      this.#report(
        `the line ends in "{", so Hiawatha takes it for the beginning of a section`,
        this.#span(brace),
        [{ message: 'no value can end in "{"', span: null }],
      );
      return index + 2;
    }
    if (isKnown && !isBare) {
      const rest = header.startOffset + name.length;
      const span = this.#logical.spanOf(rest, header.startOffset + text.length);
      const what = text.slice(name.length).trim();
      this.#report(
        `the section ${SECTION_NAMES.get(name.toLowerCase()) ?? name} takes nothing between its name and "{", but has "${what}"`,
        this.#logical.spanOf(
          rest + (text.length - name.length - text.slice(name.length).trimStart().length),
          header.startOffset + text.length,
        ),
        [
          name.toLowerCase() === 'virtualhost'
            ? { message: `write it inside the section: Hostname = ${what}`, span: null }
            : { message: 'write it inside the section, as a directive', span: null },
        ],
        { title: `remove "${what}"`, safe: false, edits: [{ span, text: '' }] },
      );
    }
    const named = isKnown ? tokenOf(HeaderName, name, header.startOffset) : header;
    return this.#begin(index, index + 2, named, brace, isKnown);
  }

  /**
   * Begins a section whose header is at `index` and whose content begins at `next`.
   *
   * @param inner - What of it stands on the line of the header, its end included if that does.
   */
  #begin(
    index: number,
    next: number,
    header: IToken,
    brace: IToken,
    isKnown: boolean,
    inner: readonly IToken[] = [],
  ): number {
    const outer = this.#open;
    if (outer !== null && this.#depths.lowestFrom(next) <= outer.depthBefore) {
      return this.#nested(next, outer, [header, brace, ...inner], isKnown);
    }
    if (outer !== null) this.#closeUnclosed(header);
    this.#open = { header, index: this.#output.length, depthBefore: this.#depths.before(index) };
    this.#output.push(header, brace);
    for (const token of inner) {
      if (token.tokenType === CloseBrace) this.#close(token);
      else this.#output.push(token);
    }
    return next;
  }

  #nested(
    next: number,
    outer: OpenSection,
    begun: readonly [IToken, ...IToken[]],
    isKnown: boolean,
  ): number {
    const [header] = begun;
    const outerName = outer.header.image.trim();
    this.#report(
      `the section "${header.image.trim()}" stands inside "${outerName}", but sections do not nest`,
      this.#span(header),
      [
        { message: `"${outerName}" begins here`, span: this.#span(outer.header) },
        header.image.trim().toLowerCase() === 'directory'
          ? {
              message: 'move it out, give it a DirectoryID and name that here with UseDirectory',
              span: null,
            }
          : { message: 'move it out', span: null },
      ],
    );
    const isWhole = begun.at(-1)?.tokenType === CloseBrace;
    const behind = isWhole ? next : this.#depths.endOfBlock(next);
    const content = this.#tokens.slice(next, behind);
    const section = [...begun, ...content];
    const isFlat = content.slice(0, -1).every((token) => depthChange(token) === 0);
    if (isKnown && isFlat && section.at(-1)?.tokenType === CloseBrace) {
      for (const token of section) this.#hoisted.push(token);
    }
    return behind;
  }

  /** A `{` without a name before it. */
  #nameless(index: number, brace: IToken): number {
    this.#report('a section begins here without a name', this.#span(brace), [
      {
        message: `write its name before the "{": one of ${[...SECTION_NAMES.values()].join(', ')}`,
        span: null,
      },
    ]);
    return this.#isBlock(index) ? this.#depths.endOfBlock(index + 1) : index + 1;
  }

  #close(token: IToken): void {
    if (this.#open === null) {
      this.#report('this "}" closes nothing', this.#span(token), [
        { message: 'remove it, or look for a section above that ended too early', span: null },
      ]);
      return;
    }
    this.#output.push(token);
    this.#open = null;
  }

  #directive(index: number, key: IToken): number {
    const separator = this.#tokens[index + 1];
    const hasSeparator = separator?.tokenType === Separator;
    const value =
      hasSeparator && this.#tokens[index + 2]?.tokenType === Value
        ? this.#tokens[index + 2]
        : undefined;
    const next = index + 1 + (hasSeparator ? 1 : 0) + (value === undefined ? 0 : 1);
    if (key.image.startsWith('}')) {
      this.#crowdedClose(key, value ?? key);
      return next;
    }
    if (isAngleBracket(key, value ?? key)) {
      return this.#angleBrackets(index, next, key, value ?? key);
    }
    if (SECTION_NAMES.has(key.image.toLowerCase())) {
      const following = this.#tokens[next];
      if (value === undefined && following?.tokenType === OpenBrace) {
        this.#report(
          `the "{" has to stand on the line of "${key.image}"`,
          this.#span(following),
          [],
          {
            title: `write "${key.image} {"`,
            safe: true,
            edits: [{ span: { ...this.#span(following), start: this.#span(key).end }, text: ' {' }],
          },
        );
        return this.#begin(index, next + 1, headerOf(key), following, true);
      }
      if (value?.image.startsWith('{') === true) return this.#oneLine(index, next, key, value);
      if (
        value === undefined &&
        this.#depths.nextBrace(next)?.tokenType === CloseBrace &&
        this.#open === null
      ) {
        this.#report(
          `the section "${key.image}" is not opened: "{" is missing`,
          this.#span(key),
          [],
          {
            title: `write "${key.image} {"`,
            safe: true,
            edits: [{ span: { ...this.#span(key), start: this.#span(key).end }, text: ' {' }],
          },
        );
        return this.#begin(
          index,
          next,
          headerOf(key),
          tokenOf(OpenBrace, '{', endOf(key) - 1),
          true,
        );
      }
    }
    this.#output.push(key);
    if (hasSeparator) this.#output.push(separator);
    if (value !== undefined) this.#value(value, next);
    return next;
  }

  /** A value that may hold the `}` of its section at its end. */
  #value(value: IToken, next: number): void {
    const following = this.#depths.nextBrace(next);
    if (
      this.#open === null ||
      !endsInSurplusBrace(value.image) ||
      following?.tokenType === CloseBrace
    ) {
      this.#output.push(value);
      return;
    }
    const text = value.image.slice(0, -1).trimEnd();
    const brace = tokenOf(CloseBrace, '}', endOf(value) - 1);
    const indent = this.#indentOf(this.#open.header);
    this.#report('the "}" has to stand on a line of its own', this.#span(brace), [], {
      title: 'put the "}" on a line of its own',
      safe: true,
      edits: [
        {
          span: this.#logical.spanOf(value.startOffset + text.length, endOf(value)),
          text: `\n${indent}}`,
        },
      ],
    });
    if (text !== '') this.#output.push(tokenOf(Value, text, value.startOffset));
    this.#close(brace);
  }

  /** `}` with something behind it. */
  #crowdedClose(key: IToken, last: IToken): void {
    const rest = this.#logical.spanOf(key.startOffset + 1, endOf(last));
    this.#report(
      'the "}" has to stand on a line of its own',
      rest,
      [{ message: 'remove what stands behind it, or write it on the next line', span: null }],
      /^\}+;?$/.test(key.image) && key === last
        ? { title: 'leave one "}"', safe: true, edits: [{ span: rest, text: '' }] }
        : null,
    );
    if (this.#open !== null) this.#close(tokenOf(CloseBrace, '}', key.startOffset));
  }

  /** `<VirtualHost>` … `</VirtualHost>`, as in very old releases and in Apache: a section of that name. */
  #angleBrackets(index: number, next: number, key: IToken, last: IToken): number {
    if (key.image.startsWith('</')) {
      this.#close(tokenOf(CloseBrace, '}', key.startOffset));
      return next;
    }
    const image = this.#logical.text.slice(key.startOffset, endOf(last));
    const header = tokenOf(HeaderName, image, key.startOffset);
    return this.#begin(index, next, header, tokenOf(OpenBrace, '{', endOf(last) - 1), false);
  }

  /** `Binding { Port = 80 }`. */
  #oneLine(index: number, next: number, key: IToken, value: IToken): number {
    const isClosed = value.image.endsWith('}');
    const inner = value.image.slice(1, isClosed ? -1 : undefined);
    const lines = inner
      .split(';')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    const indent = this.#indentOf(key);
    const span = { ...this.#span(key), end: this.#span(value).end };
    this.#report('a section cannot be written on one line', span, [], {
      title: 'write it on several lines',
      safe: true,
      edits: [
        {
          span: this.#logical.spanOf(key.startOffset, endOf(value)),
          text: [
            `${key.image} {`,
            ...lines.map((line) => `${indent}\t${line}`),
            ...(isClosed ? [`${indent}}`] : []),
          ].join('\n'),
        },
      ],
    });
    const content = inner.replace(/;\s*$/, '');
    const tokens =
      content.trim() === ''
        ? []
        : fineTokens(content).map(({ tokenType, image, startOffset }) =>
            tokenOf(tokenType, image.trimEnd(), startOffset + value.startOffset + 1),
          );
    if (isClosed) tokens.push(tokenOf(CloseBrace, '}', endOf(value) - 1));
    const brace = tokenOf(OpenBrace, '{', value.startOffset);
    return this.#begin(index, next, headerOf(key), brace, true, tokens);
  }

  /** Reports the open section as never closed, and closes it where its indentation ends. */
  #closeUnclosed(nextHeader: IToken | null): void {
    const open = this.#open;
    if (open === null) return;
    this.#open = null;
    const end = this.#indentedEnd(open);
    const last = this.#output[end - 1];
    if (last === undefined) return;
    const close = tokenOf(ImpliedClose, '', endOf(last));
    const before = this.#span(last).end;
    const at: SourceSpan = { file: this.#logical.file, start: before, end: before };
    const isGuess = end < this.#output.length;
    this.#report(
      `the section "${open.header.image.trim()}" is never closed: "}" is missing`,
      this.#span(this.#output[open.index + 1] ?? open.header),
      [
        {
          message: isGuess
            ? 'the indentation suggests that it ends here'
            : nextHeader === null
              ? 'the file ends here'
              : 'the next section begins behind this line',
          span: at,
        },
      ],
      {
        title: 'close the section there',
        safe: false,
        edits: [{ span: at, text: `\n${this.#indentOf(open.header)}}` }],
      },
    );
    this.#output.splice(end, 0, close);
  }

  /** Index in the output of the first directive that is not indented deeper than the header, else the end. */
  #indentedEnd(open: OpenSection): number {
    const outer = this.#indentOf(open.header).length;
    let isIndented = false;
    for (let index = open.index + 2; index < this.#output.length; index += 1) {
      const token = this.#output[index];
      if (token?.tokenType !== Key) continue;
      const isDeeper = this.#indentOf(token).length > outer;
      if (isIndented && !isDeeper) return index;
      isIndented ||= isDeeper;
    }
    return this.#output.length;
  }

  /** Whether what begins here, header or brace, has a closing brace of its own. */
  #isBlock(index: number): boolean {
    const base = this.#open?.depthBefore ?? this.#depths.before(index);
    const inside = index + (this.#tokens[index]?.tokenType === HeaderName ? 2 : 1);
    return this.#depths.lowestFrom(inside) <= base;
  }

  #indentOf(token: IToken): string {
    const { file, start } = this.#span(token);
    const lineStart = file.text.lastIndexOf('\n', start - 1) + 1;
    return /^[ \t]*/.exec(file.text.slice(lineStart, start))?.[0] ?? '';
  }

  #span(token: IToken): SourceSpan {
    const length = token.image.trimEnd().length;
    return this.#logical.spanOf(token.startOffset, token.startOffset + length);
  }

  #report(
    message: string,
    span: SourceSpan,
    notes: readonly DiagnosticNote[],
    fix: DiagnosticFix | null = null,
  ): void {
    this.#diagnostics.push(
      diagnose(BRACE_MISTAKE, { severity: 'error', message, span, notes, fix }),
    );
  }
}

function headerOf(key: IToken): IToken {
  return tokenOf(HeaderName, key.image, key.startOffset);
}

function tokenOf(tokenType: TokenType, image: string, startOffset: number): IToken {
  const tokenTypeIdx = tokenType.tokenTypeIdx ?? 0;
  return {
    tokenType,
    tokenTypeIdx,
    image,
    startOffset,
    endOffset: startOffset + image.length - 1,
  };
}
