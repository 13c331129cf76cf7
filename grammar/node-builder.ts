import type { IToken } from 'chevrotain';
import type { Section, SectionItem } from './ast.ts';
import { ANY_BLANK, INVISIBLE, nameOfInvisible } from './blanks.ts';
import type { Diagnostic, DiagnosticDetails, DiagnosticRule } from './diagnostic.ts';
import { diagnose } from './diagnostic.ts';
import { bareReturnInText } from './line-problems.ts';
import type { LogicalText } from './logical-text.ts';
import type { MappedText } from './mapped-text.ts';
import { type OrdinaryLine, OrdinaryRun } from './ordinary-lines.ts';
import type { ItemList, NodeBuilder } from './parser.ts';
import { isPlain, type SourceSpan } from './source.ts';
import {
  BROKEN_CONTINUATION,
  DOUBLE_EQUALS,
  HASH_IN_VALUE,
  INVISIBLE_CHARACTER,
  MISSING_KEY,
  QUOTED_VALUE,
  TAB_AS_SEPARATOR,
} from './syntax-errors.ts';
import { CloseBrace, endOf } from './tokens.ts';
import { INVALID_VALUE } from './values/value-errors.ts';
import { WrittenSection } from './written-section.ts';
import { type LineParts, OrdinaryDirective, WrittenDirective } from './written-directive.ts';

/** Builds the nodes of one file and reports what is odd about single lines. */
export class SyntaxNodeBuilder implements NodeBuilder {
  readonly diagnostics: Diagnostic[] = [];
  /** Where the text that the tokens count from begins in the logical text. */
  textStart = 0;
  readonly #logical: LogicalText;
  readonly #hasInvisible: boolean;
  readonly #allowsEmptyValues: boolean;
  readonly #keys = new Map<string, string>();

  constructor(logical: LogicalText, allowsEmptyValues: boolean) {
    this.#logical = logical;
    this.#allowsEmptyValues = allowsEmptyValues;
    this.#hasInvisible = !isPlain(logical.file) && INVISIBLE.test(logical.text);
  }

  section(header: IToken, items: readonly SectionItem[], close: IToken | null): Section {
    const name = header.image.trim();
    const start = this.textStart + header.startOffset;
    const place = this.#span(start, start + name.length);
    const isClosed = close?.tokenType === CloseBrace;
    const end = isClosed
      ? this.#logical.originOf(this.textStart + endOf(close) - 1) + 1
      : (items.at(-1)?.span.end ?? place.end);
    return new WrittenSection(name, items, isClosed, place.file, {
      start: place.start,
      nameEnd: place.end,
      end,
    });
  }

  missingKey(token: IToken): void {
    const start = this.textStart + token.startOffset;
    this.#report(MISSING_KEY, {
      severity: 'error',
      message: 'the name of a directive is missing before "="',
      span: this.#span(start, start + 1),
    });
  }

  ordinaryLines({ startOffset, payload }: IToken, items: ItemList, section: string | null): void {
    if (!(payload instanceof OrdinaryRun)) throw new TypeError('a token without its lines');
    const { file } = this.#logical;
    let start = this.textStart + startOffset;
    const end = this.textStart + payload.end;
    const moved = this.#logical.isVerbatim(start, end)
      ? this.#logical.originOf(start) - start
      : null;
    for (const line of payload.lines) {
      if (moved === null) {
        const item = this.#placed(line, start, section);
        if (item !== null) items.push(item);
      } else {
        this.#reportCut(line.value, start + moved + line.end, section);
        items.push(new OrdinaryDirective(line, file, start + moved));
      }
      start += line.end + 1;
    }
  }

  /** An ordinary line among others that do not stand in the file in direct sequence. */
  #placed(line: OrdinaryLine, start: number, section: string | null): SectionItem | null {
    const { key, value, keyStart, valueStart } = line;
    const end = start + line.end;
    if (this.#logical.isVerbatim(start, end)) {
      const origin = this.#logical.originOf(start);
      this.#reportCut(value, origin + line.end, section);
      return new OrdinaryDirective(line, this.#logical.file, origin);
    }
    const keyEnd = start + keyStart + key.length;
    return this.#item(
      key,
      { keyStart: start + keyStart, keyEnd, valueStart: start + valueStart, end, equals: 1 },
      section,
    );
  }

  directive(
    key: IToken,
    separator: IToken | null,
    value: IToken | null,
    section: string | null,
  ): SectionItem | null {
    const { textStart } = this;
    const line: LineParts = {
      keyStart: textStart + key.startOffset,
      keyEnd: textStart + endOf(key),
      valueStart: value === null ? null : textStart + value.startOffset,
      end: textStart + endOf(value ?? separator ?? key),
      equals: separator === null ? 0 : countEquals(separator.image),
    };
    if (key.image.includes('\t')) return this.#rescan(line, TAB_AS_SEPARATOR, section);
    if (this.#hasInvisible && INVISIBLE.test(this.#logical.text.slice(line.keyStart, line.end))) {
      return this.#withInvisible(line, section);
    }
    if (line.equals > 1) this.#reportDoubleEquals(line);
    return this.#item(key.image, line, section);
  }

  #item(key: string, line: LineParts, section: string | null): SectionItem | null {
    if (isKeyword(key)) return this.#statement(key, line);
    if (line.valueStart === null) {
      if (this.#allowsEmptyValues && line.end > line.keyEnd) {
        const nothing = this.#logical.slice(line.end, line.end);
        return new WrittenDirective(this.#sharedKey(key), nothing, this.#logical, line);
      }
      return this.#reportNoValue(key, line, this.#span(line.keyStart, line.keyEnd), section);
    }
    const value = this.#value(line.valueStart, line.end, section);
    return new WrittenDirective(this.#sharedKey(key), value, this.#logical, line);
  }

  #statement(key: string, line: LineParts): SectionItem | null {
    const keySpan = this.#span(line.keyStart, line.keyEnd);
    const span = this.#span(line.keyStart, line.end);
    if (key.toLowerCase() === 'set') return this.#definition(line, keySpan, span);
    if (line.end <= line.keyEnd) return this.#missing(keySpan, 'Include', 'the name of a file');
    const target = this.#logical.slice(line.keyEnd + 1, line.end);
    return { kind: 'include', keySpan, target, span };
  }

  /** One string for all lines with a key: it is kept, and looked up, a hundred thousand times. */
  #sharedKey(key: string): string {
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    this.#keys.set(key, key);
    return key;
  }

  #definition(line: LineParts, keySpan: SourceSpan, span: SourceSpan): SectionItem | null {
    if (line.end <= line.keyEnd) return this.#missing(keySpan, 'set', 'a name and a value');
    const definition = this.#logical.slice(line.keyEnd + 1, line.end);
    const equals = definition.text.indexOf('=');
    if (equals === -1) {
      this.#report(INVALID_VALUE, {
        severity: 'error',
        message: `the definition "${definition.text}" has no "="`,
        span: definition.span,
        notes: [{ message: 'write: set NAME = value', span: null }],
      });
      return null;
    }
    const name = definition.slice(0, equals).trim();
    const value = definition.slice(equals + 1).trim();
    if (value.text.startsWith('=')) {
      this.#report(DOUBLE_EQUALS, {
        severity: 'warning',
        message: `the value of "${name.text}" begins with "="`,
        span: value.spanOf(0, 1),
        notes: [
          {
            message: 'the first "=" separates it from the name; the second is part of it',
            span: null,
          },
        ],
        fix: { title: 'remove it', safe: false, edits: [{ span: value.spanOf(0, 1), text: '' }] },
      });
    }
    return { kind: 'variable-definition', keySpan, name, value, span };
  }

  #missing(span: SourceSpan, word: string, what: string): null {
    this.#report(INVALID_VALUE, {
      severity: 'error',
      message: `"${word}" needs ${what} behind it`,
      span,
    });
    return null;
  }

  /** A key without value: because a comment cut it off, or because there is none. */
  #reportNoValue(key: string, line: LineParts, keySpan: SourceSpan, section: string | null): null {
    const rest = this.#restOfLine(keySpan.end);
    const hash = /^[ \t]*=?[ \t]+(#\S.*)$/.exec(rest)?.[1];
    if (hash !== undefined && line.end > line.keyEnd && rest.includes('=')) {
      const start = keySpan.end + rest.length - hash.length;
      this.#report(HASH_IN_VALUE, {
        severity: 'error',
        message: `"${hash.split(/[ \t]/, 1)[0] ?? hash}" is a comment, because a blank stands before the "#", so "${key}" has no value`,
        span: { ...keySpan, start, end: start + hash.length },
        notes: [{ message: 'no value can begin with "#" behind a blank', span: null }],
      });
      return null;
    }
    this.#report(INVALID_VALUE, {
      severity: 'error',
      message: `"${key}" has no value`,
      span: line.end > line.keyEnd ? this.#span(line.keyStart, line.end) : keySpan,
      notes: [
        {
          message:
            section === 'urltoolkit'
              ? 'a rule is a condition with its argument, and an action, as "Match ^/old Redirect /new"'
              : `write: ${key} = value`,
          span: null,
        },
      ],
    });
    return null;
  }

  /** The value of a directive, with warnings for what is rarely meant. */
  #value(start: number, end: number, section: string | null): MappedText {
    const value = this.#logical.slice(start, end);
    const { text } = value;
    if (text.startsWith('\t')) {
      const tabs = /^[ \t]*/.exec(text)?.[0].length ?? 1;
      const span = value.spanOf(0, tabs);
      this.#report(TAB_AS_SEPARATOR, {
        severity: 'warning',
        message: 'the tab behind "=" is part of the value',
        span,
        notes: [{ message: 'write a space', span: null }],
        fix: {
          title: 'write a space',
          safe: true,
          edits: [{ span, text: this.#logical.text[start - 1] === ' ' ? '' : ' ' }],
        },
      });
    }
    const quote = text[0];
    if ((quote === '"' || quote === "'") && text.length > 1 && text.endsWith(quote)) {
      this.#report(QUOTED_VALUE, {
        severity: 'warning',
        message: `the quotes are part of the value ${text}`,
        span: value.span,
        notes: [{ message: 'write the value without quotes', span: null }],
        fix: {
          title: 'remove the quotes',
          safe: false,
          edits: [
            { span: value.spanOf(0, 1), text: '' },
            { span: value.spanOf(text.length - 1, text.length), text: '' },
          ],
        },
      });
    }
    if (text.includes('#')) this.#reportGluedHash(value);
    this.#reportCut(text, value.span.end, section);
    return section === 'urltoolkit' ? this.#withoutTabsAtJoints(value) : value;
  }

  /** `yes# remark`: a `#` that looks like the beginning of a comment and is none. */
  #reportGluedHash(value: MappedText): void {
    const hash = /[^ \t]#+(?=[ \t]|$)/.exec(value.text);
    if (hash === null || hash.index + hash[0].length === value.text.length) return;
    const start = hash.index + 1;
    const span = value.spanOf(start, value.text.length);
    this.#report(HASH_IN_VALUE, {
      severity: 'warning',
      message: `"${value.text.slice(start)}" is part of the value, because no blank stands before the "#"`,
      span,
      notes: [{ message: 'write a space before the "#" to make it a comment', span: null }],
      fix: {
        title: 'write a space before the "#"',
        safe: false,
        edits: [{ span: { ...span, end: span.start }, text: ' ' }],
      },
    });
  }

  /** `#fff`: a comment behind a value that looks like a part of it. */
  #reportCut(text: string, end: number, section: string | null): void {
    const { file } = this.#logical;
    const next = file.text[end];
    if (next !== ' ' && next !== '\t') return;
    const comment = /^[ \t]+(#\S.*)$/.exec(this.#restOfLine(end))?.[1];
    if (comment === undefined) return;
    const isPart =
      /^#[0-9a-f]{1,8}$/i.test(comment) ||
      text.endsWith(':') ||
      (section === 'urltoolkit' &&
        TOOLKIT_ACTION.test(comment) &&
        // Without an action before the "#" the rule is refused, which says it all.
        TOOLKIT_ACTION.test(text));
    if (!isPart) return;
    const start = end + this.#restOfLine(end).length - comment.length;
    const word = comment.split(/[ \t]/, 1)[0] ?? comment;
    const last = text.split(/[ \t]/).at(-1) ?? '';
    this.#report(HASH_IN_VALUE, {
      severity: 'warning',
      message: `"${word}" is a comment, because a blank stands before the "#"; the value ends at "${last}"`,
      span: { file, start, end: start + word.length },
      notes: [
        { message: 'a "#" behind a blank cannot be part of a value', span: null },
        { message: 'if it is a comment, write a blank behind the "#"', span: null },
      ],
    });
  }

  /** In the rules of a toolkit only spaces separate, so a continued line must not begin with a tab. */
  #withoutTabsAtJoints(value: MappedText): MappedText {
    let repaired = value;
    for (let at = value.text.indexOf('\t'); at !== -1; at = value.text.indexOf('\t', at + 1)) {
      const before = at === 0 ? null : value.spanOf(at - 1, at);
      const span = value.spanOf(at, at + 1);
      if (before === null || before.end === span.start) continue;
      this.#report(BROKEN_CONTINUATION, {
        severity: 'error',
        message:
          'the continued line begins with a tab, which does not separate the words of a rule',
        span,
        notes: [{ message: 'begin the line with a space', span: null }],
        fix: { title: 'write a space', safe: true, edits: [{ span, text: ' ' }] },
      });
      const tabs = /^\t+/.exec(value.text.slice(at))?.[0].length ?? 1;
      repaired = repaired.replace(at, at + tabs, ' '.repeat(tabs));
    }
    return repaired;
  }

  #reportDoubleEquals(line: LineParts): void {
    const from = this.#logical.text.indexOf('=', line.keyEnd);
    const end = line.valueStart ?? line.end;
    const span = this.#span(from, this.#logical.text.lastIndexOf('=', end - 1) + 1);
    const key = this.#logical.text.slice(line.keyStart, line.keyEnd);
    if (/^(?:match|matchci|denybody)$/i.test(key)) {
      this.#report(INVALID_VALUE, {
        severity: 'error',
        message: 'an expression cannot begin with "="',
        span,
        notes: [{ message: 'the first "=" separates it from the name; write "[=]"', span: null }],
      });
      return;
    }
    this.#report(DOUBLE_EQUALS, {
      severity: 'error',
      message: 'more than one "=" stands between the key and its value',
      span,
      fix: { title: 'write one "="', safe: true, edits: [{ span, text: '=' }] },
    });
  }

  /** Reads a line again whose key was ended by something that does not end one. */
  #rescan(line: LineParts, rule: DiagnosticRule, section: string | null): SectionItem | null {
    const text = this.#logical.text.slice(line.keyStart, line.end);
    let keyLength = 0;
    while (keyLength < text.length && !isSeparator(text.charAt(keyLength))) keyLength += 1;
    let valueAt = keyLength;
    while (valueAt < text.length && isSeparator(text.charAt(valueAt))) valueAt += 1;
    const gap = text.slice(keyLength, valueAt);
    const key = text.slice(0, keyLength);
    const span = this.#span(line.keyStart + keyLength, line.keyStart + valueAt);
    const hasValue = valueAt < text.length;
    if (key === '') {
      this.#report(rule, {
        severity: 'error',
        message: `${nameOfInvisible(gap)} is no blank to Hiawatha, so it begins a name`,
        span,
        notes: [{ message: 'remove it', span: null }],
      });
      return null;
    }
    this.#report(rule, {
      severity: 'error',
      message:
        rule === TAB_AS_SEPARATOR
          ? `the tab does not end the key "${key}", only a space or "=" does`
          : `${nameOfInvisible(gap)} does not end the key "${key}", only a space or "=" does`,
      span,
      notes: [{ message: 'write a space', span: null }],
      fix: {
        title: 'write a space',
        safe: true,
        edits: [{ span, text: gap.includes('=') ? ' = ' : ' ' }],
      },
    });
    if (!hasValue) return null;
    const rescanned: LineParts = {
      keyStart: line.keyStart,
      keyEnd: line.keyStart + keyLength,
      valueStart: line.keyStart + valueAt,
      end: line.end,
      equals: countEquals(gap),
    };
    if (rescanned.equals > 1) this.#reportDoubleEquals(rescanned);
    return this.#item(
      key,
      isKeyword(key) ? { ...rescanned, keyEnd: line.keyStart + valueAt - 1 } : rescanned,
      section,
    );
  }

  #withInvisible(line: LineParts, section: string | null): SectionItem | null {
    const text = this.#logical.text;
    const key = text.slice(line.keyStart, line.keyEnd);
    if (INVISIBLE.test(key)) return this.#rescan(line, INVISIBLE_CHARACTER, section);
    const found = INVISIBLE.exec(text.slice(line.keyEnd, line.end));
    const at = line.keyEnd + (found?.index ?? 0);
    this.#reportInvisible(text.charAt(at), this.#span(at, at + 1));
    if (line.equals > 1) this.#reportDoubleEquals(line);
    return this.#item(key, line, section);
  }

  #reportInvisible(character: string, span: SourceSpan): void {
    if (character === '\r') {
      this.diagnostics.push(bareReturnInText(span, 'value'));
      return;
    }
    this.#report(INVISIBLE_CHARACTER, {
      severity: 'warning',
      message: `${nameOfInvisible(character)} is part of the value`,
      span,
      notes: [{ message: 'write a space, or nothing', span: null }],
      fix: ANY_BLANK.test(character)
        ? { title: 'write a space', safe: false, edits: [{ span, text: ' ' }] }
        : null,
    });
  }

  /** The text of the source from an offset to the end of its line. */
  #restOfLine(start: number): string {
    const { text } = this.#logical.file;
    const feed = text.indexOf('\n', start);
    return text.slice(start, feed === -1 ? undefined : feed).replace(/\r$/, '');
  }

  #span(start: number, end: number): SourceSpan {
    return this.#logical.spanOf(start, end);
  }

  #report(rule: DiagnosticRule, details: DiagnosticDetails): void {
    this.diagnostics.push(diagnose(rule, details));
  }
}

/** What a rule ends in; in a comment it shows that the rule was cut. */
const TOOLKIT_ACTION =
  /[ \t](?:Ban|Call|DenyAccess|Exit|Goto|NotFound|OmitRequestLog|Redirect|Return|Rewrite|Skip|Use|UseFastCGI)(?:[ \t]|$)/i;

const LONGEST_KEYWORD = 'include'.length;

function isKeyword(key: string): boolean {
  return key.length <= LONGEST_KEYWORD && /^(?:set|include)$/i.test(key);
}

function isSeparator(character: string): boolean {
  return character === '=' || ANY_BLANK.test(character) || INVISIBLE.test(character);
}

function countEquals(text: string): number {
  if (text === ' = ') return 1;
  let count = 0;
  for (let at = text.indexOf('='); at !== -1; at = text.indexOf('=', at + 1)) count += 1;
  return count;
}
