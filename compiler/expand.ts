/** `Include` and `set`: from a main file to one flat configuration. */
import type { ConfigFile, Directive, Include, Section, SectionItem } from '../grammar/ast.ts';
import type { Diagnostic, DiagnosticDetails, DiagnosticRule } from '../grammar/diagnostic.ts';
import { diagnose } from '../grammar/diagnostic.ts';
import type { MappedText } from '../grammar/mapped-text.ts';
import { KnownLines } from '../grammar/ordinary-lines.ts';
import { parse } from '../grammar/parse.ts';
import type { SourceFile, SourceSpan } from '../grammar/source.ts';
import { decodeSource } from '../grammar/source.ts';
import {
  INCLUDE_IN_SECTION,
  INCLUDE_SEPARATOR,
  INCLUDED_TWICE,
  NESTED_INCLUDE,
  SUSPICIOUS_FILE,
  UNREADABLE_FILE,
} from './expand-errors.ts';
import type { ExpandedConfig, ExpandedDirective, ExpandedSection } from './expanded.ts';
import type { LoadedDirectory, LoadedFile, SourceLoader } from './source-loader.ts';
import { Variables } from './variables.ts';

/** Directories in directories; deeper ones are links that lead back. */
const MAX_DEPTH = 16;
/** Files and directories that one configuration may include. */
const MAX_INCLUDED = 10_000;

/** A configuration with its included files and without variables, and what was wrong on the way there. */
export interface Expansion {
  readonly config: ExpandedConfig;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a main file and everything that it includes, and substitutes variables.
 *
 * @param path - Name of the main file, as the loader takes it.
 */
export function expand(loader: SourceLoader, path: string): Expansion {
  return new Expander(loader, path).expand();
}

/** Names in an included directory that are hardly meant to be read. */
const SUSPICIOUS_NAME =
  /^(?:readme|license|changelog|todo|notes?|makefile)\b|^#.*#$|~$|\.(?:bak|backup|old|orig|save|sav|swp|tmp|copy|disabled|off|dist|sample|example|rpmnew|rpmsave|rpmorig|dpkg-[a-z]+|ucf-[a-z]+|md|rst|html?|gz|zip|tar|pem|key|crt)$/i;

/** A section as it was read. */
class SectionOfFile implements ExpandedSection {
  readonly directives: readonly ExpandedDirective[];
  readonly #section: Section;

  constructor(section: Section, directives: readonly ExpandedDirective[]) {
    this.directives = directives;
    this.#section = section;
  }

  get name(): string {
    return this.#section.name;
  }

  get nameSpan(): SourceSpan {
    return this.#section.nameSpan;
  }

  get span(): SourceSpan {
    return this.#section.span;
  }
}

function isDirective(item: SectionItem): item is Directive {
  return item.kind === 'directive';
}

class Expander {
  readonly #loader: SourceLoader;
  readonly #mainPath: string;
  readonly #variables: Variables;
  readonly #diagnostics: Diagnostic[] = [];
  readonly #files = new Map<string, ConfigFile>();
  readonly #knownLines = new KnownLines();
  readonly #directives: ExpandedDirective[] = [];
  readonly #sections: ExpandedSection[] = [];
  /** Where each file was first included. */
  readonly #includedAt = new Map<string, SourceSpan>();
  #includedCount = 0;
  #mainIdentity = '';

  constructor(loader: SourceLoader, mainPath: string) {
    this.#loader = loader;
    this.#mainPath = mainPath;
    this.#variables = new Variables(loader.configDirectory);
  }

  expand(): Expansion {
    const main = this.#readMain();
    this.#variables.finish();
    return {
      config: {
        main,
        directives: this.#directives,
        sections: this.#sections,
        files: [...this.#files.values()].map(({ source, comments }) => ({ source, comments })),
      },
      diagnostics: [...this.#diagnostics, ...this.#variables.diagnostics],
    };
  }

  #readMain(): SourceFile {
    const loaded = this.#loader.load(this.#mainPath);
    if (loaded.kind === 'file') {
      this.#mainIdentity = this.#fileIdentity(this.#mainPath, loaded);
      const file = this.#parse(this.#mainPath, loaded.bytes);
      this.#readItems(file, true);
      return file.source;
    }
    const source: SourceFile = { path: this.#mainPath, text: '' };
    const reason = loaded.kind === 'directory' ? 'is a directory' : loaded.reason;
    this.#report(UNREADABLE_FILE, {
      severity: 'error',
      message: `cannot read "${this.#mainPath}": ${reason}`,
      span: { file: source, start: 0, end: 0 },
    });
    return source;
  }

  #parse(path: string, bytes: Uint8Array): ConfigFile {
    const key = this.#identityOf(path);
    const known = this.#files.get(key);
    if (known !== undefined) return known;
    const { file, diagnostics } = parse(decodeSource(path, bytes), {
      knownLines: this.#knownLines,
    });
    this.#files.set(key, file);
    for (const diagnostic of diagnostics) this.#diagnostics.push(diagnostic);
    return file;
  }

  #readItems(file: ConfigFile, isMain: boolean): void {
    for (const item of file.items) {
      if (item.kind === 'section') this.#readSection(item);
      else if (item.kind === 'include') this.#readInclude(item, isMain);
      else this.#readItem(item, this.#directives, false);
    }
  }

  #readSection(section: Section): void {
    this.#sections.push(new SectionOfFile(section, this.#linesOf(section)));
  }

  /** The lines of a section, with variables replaced: those of the file themselves where there was nothing to replace. */
  #linesOf({ name, items }: Section): readonly ExpandedDirective[] {
    if (items.every(isDirective)) {
      let replaced = 0;
      const lines = items.map((item) => {
        const line = this.#expandDirective(item);
        if (line !== item) replaced += 1;
        return line;
      });
      return replaced === 0 ? items : lines;
    }
    const directives: ExpandedDirective[] = [];
    for (const item of items) {
      if (item.kind === 'include') {
        this.#report(INCLUDE_IN_SECTION, {
          severity: 'error',
          message: `"Include" cannot stand inside a section, here "${name}"`,
          span: item.keySpan,
          notes: [{ message: 'move it in front of the section or behind it', span: null }],
        });
      } else {
        this.#readItem(item, directives, true);
      }
    }
    return directives;
  }

  #readItem(
    item: Exclude<SectionItem, Include>,
    directives: ExpandedDirective[],
    isInSection: boolean,
  ): void {
    if (item.kind === 'variable-definition') this.#variables.define(item, isInSection);
    else directives.push(this.#expandDirective(item));
  }

  #expandDirective(directive: Directive): ExpandedDirective {
    const value = this.#variables.substituteIn(directive);
    if (value === null) return directive;
    const { key, keySpan, span } = directive;
    return { key, keySpan, value, valueText: value.text, span };
  }

  #readInclude(include: Include, isMain: boolean): void {
    if (!isMain) {
      this.#report(NESTED_INCLUDE, {
        severity: 'error',
        message: 'an included file cannot include another',
        span: include.keySpan,
        notes: [{ message: this.#adviceForNested(include), span: null }],
      });
      return;
    }
    const target = this.#targetOf(include);
    if (target.text === '') return;
    const path = target.text;
    const loaded = this.#loader.load(path);
    if (loaded.kind === 'file' && this.#fileIdentity(path, loaded) === this.#mainIdentity) {
      this.#report(NESTED_INCLUDE, {
        severity: 'error',
        message: `"${path}" includes itself`,
        span: target.span,
        notes: [{ message: 'remove the line', span: null }],
      });
      return;
    }
    switch (loaded.kind) {
      case 'file':
        this.#readIncluded(path, loaded, target.span);
        break;
      case 'directory':
        this.#readDirectory(path, loaded, target.span, []);
        break;
      case 'unreadable':
        this.#reportUnreadable(path, loaded.reason, target.span, hintsFor(path));
    }
  }

  /** What to do about an inclusion in an included file: it may be one of the main file, or of itself. */
  #adviceForNested({ target, keySpan }: Include): string {
    const included = this.#identityOf(target.text.replace(/^[ =]*/, ''));
    const circle = [this.#mainPath, keySpan.file.path].map((path) => this.#identityOf(path));
    return circle.includes(included)
      ? 'remove the line: that file is being read already'
      : `move the line to ${this.#mainPath}`;
  }

  /** The name to include, without what the wrong separator put in front of it. */
  #targetOf(include: Include): MappedText {
    const { target, keySpan } = include;
    const isGlued = keySpan.file.text[keySpan.end] === '=';
    const surplus = /^[ =]*/.exec(target.text)?.[0].length ?? 0;
    if (isGlued || surplus > 0) {
      const name = target.slice(surplus);
      const span = { ...keySpan, start: keySpan.end, end: Math.max(keySpan.end, name.span.start) };
      this.#report(INCLUDE_SEPARATOR, {
        severity: surplus > 0 ? 'error' : 'warning',
        message:
          surplus > 0
            ? `the name of the file begins one character behind "Include": Hiawatha looks for "${target.text}"`
            : 'a space belongs between "Include" and the name; "=" works by accident',
        span,
        fix: { title: 'write one space', safe: true, edits: [{ span, text: ' ' }] },
      });
    }
    return this.#variables.substitute(target.slice(surplus));
  }

  #readIncluded(path: string, loaded: LoadedFile, span: SourceSpan): void {
    const key = this.#fileIdentity(path, loaded);
    const first = this.#includedAt.get(key);
    if (first === undefined) {
      this.#includedAt.set(key, span);
    } else {
      this.#report(INCLUDED_TWICE, {
        severity: 'warning',
        message: `"${path}" is included twice`,
        span,
        notes: [{ message: 'first included here', span: first }],
      });
    }
    this.#readItems(this.#parse(path, loaded.bytes), false);
  }

  /** Sub-directories first, then files, each sorted without regard to case; names with a leading dot are skipped. */
  #readDirectory(
    path: string,
    { names, identity = path }: LoadedDirectory,
    span: SourceSpan,
    above: readonly string[],
  ): void {
    if (above.includes(identity)) {
      const reason = 'it is a link that leads back to a directory that it stands in';
      this.#reportUnreadable(path, reason, span, ['remove the link, or move it elsewhere']);
      return;
    }
    if (above.length >= MAX_DEPTH) {
      this.#reportUnreadable(path, 'too many directories in each other', span, []);
      return;
    }
    const entries = names
      .filter((name) => !name.startsWith('.'))
      .map((name) => ({ name, path: path.endsWith('/') ? `${path}${name}` : `${path}/${name}` }))
      .sort((one, other) => compareIgnoringCase(one.name, other.name));
    const files: { name: string; path: string; loaded: LoadedFile }[] = [];
    for (const entry of entries) {
      this.#includedCount += 1;
      if (this.#includedCount > MAX_INCLUDED) {
        if (this.#includedCount === MAX_INCLUDED + 1) {
          const reason = `more than ${String(MAX_INCLUDED)} files; does a link lead back?`;
          this.#reportUnreadable(entry.path, reason, span, []);
        }
        return;
      }
      const loaded = this.#loader.load(entry.path);
      if (loaded.kind === 'directory')
        this.#readDirectory(entry.path, loaded, span, [...above, identity]);
      else if (loaded.kind === 'file') files.push({ ...entry, loaded });
      else if (loaded.reason !== 'no such file') {
        this.#reportUnreadable(entry.path, loaded.reason, span, []);
      }
    }
    for (const file of files) {
      if (SUSPICIOUS_NAME.test(file.name))
        this.#reportSuspicious(file.path, file.loaded.bytes, span);
      this.#readIncluded(file.path, file.loaded, span);
    }
  }

  #reportSuspicious(path: string, bytes: Uint8Array, span: SourceSpan): void {
    const { source } = this.#parse(path, bytes);
    this.#report(SUSPICIOUS_FILE, {
      severity: 'warning',
      message: `the included directory holds "${path}", which is read like any other file`,
      span,
      notes: [
        { message: 'this file', span: { file: source, start: 0, end: 0 } },
        { message: 'move it out of the directory', span: null },
      ],
    });
  }

  #reportUnreadable(
    path: string,
    reason: string,
    span: SourceSpan,
    hints: readonly string[],
  ): void {
    this.#report(UNREADABLE_FILE, {
      severity: 'error',
      message: `cannot read "${path}": ${reason}`,
      span,
      notes: hints.map((message) => ({ message, span: null })),
    });
  }

  /** One text for all names of a file, links to it among them. */
  #fileIdentity(path: string, { identity = this.#identityOf(path) }: LoadedFile): string {
    return identity;
  }

  /** One text for all names of a file that differ only in dots and slashes. */
  #identityOf(path: string): string {
    const absolute = path.startsWith('/') ? path : `${this.#loader.configDirectory}/${path}`;
    const parts: string[] = [];
    for (const part of absolute.split('/')) {
      if (part === '..') parts.pop();
      else if (part !== '' && part !== '.') parts.push(part);
    }
    return `/${parts.join('/')}`;
  }

  #report(rule: DiagnosticRule, details: DiagnosticDetails): void {
    this.#diagnostics.push(diagnose(rule, details));
  }
}

/** What people write who know the inclusion of other servers. */
function hintsFor(path: string): string[] {
  if (/[*?[]/.test(path))
    return ['there are no wildcards; name the directory to read all its files'];
  if (path.includes(',')) return ['one name only; write an Include line for each file'];
  if (/^["']|["']$/.test(path)) return ['the quotes are part of the name; remove them'];
  return ['names are relative to the directory of the configuration'];
}

function compareIgnoringCase(one: string, other: string): number {
  const left = one.toLowerCase();
  const right = other.toLowerCase();
  if (left === right) return one < other ? -1 : 1;
  return left < right ? -1 : 1;
}
