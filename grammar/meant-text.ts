/**
 * The text of a file as it was meant, where characters that nobody sees make Hiawatha refuse it anyway: line feeds for
 * carriage returns that were to end a line, spaces for what looks like a blank around names and braces. One character
 * stands for one, so that places stay what they are; each mistake is one message.
 */
import { INVISIBLE, isBlank, nameOfInvisible } from './blanks.ts';
import { commentStart } from './comment-start.ts';
import type { Diagnostic } from './diagnostic.ts';
import * as problem from './line-problems.ts';
import { SECTION_NAMES } from './section-names.ts';
import { isPlain, type SourceFile } from './source.ts';

/** A text, and what is wrong with the one in the file. */
export interface MeantText {
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a file as it was meant. */
export function readAsMeant(file: SourceFile): MeantText {
  if (isPlain(file)) return { text: file.text, diagnostics: [] };
  const diagnostics: Diagnostic[] = [];
  const text = withLineFeeds(file, diagnostics);
  return { text: withBlanks(file, text, diagnostics), diagnostics };
}

function withLineFeeds(file: SourceFile, diagnostics: Diagnostic[]): string {
  const { text } = file;
  const first = text.search(BARE_RETURN);
  if (first === -1) {
    reportMixedLineEnds(file, diagnostics);
    return text;
  }
  const bareReturns = text.match(new RegExp(BARE_RETURN, 'g'))?.length ?? 0;
  const lineFeeds = text.match(/\n/g)?.length ?? 0;
  if (bareReturns >= 2 && bareReturns > lineFeeds) {
    diagnostics.push(problem.bareReturns(file, first));
  } else {
    const inStructure = returnInStructure(text);
    if (inStructure === null) {
      reportMixedLineEnds(file, diagnostics);
      return text;
    }
    diagnostics.push(problem.bareReturnInLine(file, inStructure));
  }
  return text.replace(new RegExp(BARE_RETURN, 'g'), '\n');
}

const BARE_RETURN = /\r(?!\n)/;

/**
 * A carriage return alone at the beginning of a line or behind a brace, where Hiawatha refuses it; what stands behind it
 * in its line may be nothing but more of them. Null: there is none.
 */
function returnInStructure(text: string): number | null {
  for (let start = 0; start < text.length;) {
    const at = text.indexOf('\r', start);
    if (at === -1) return null;
    const feed = text.indexOf('\n', at);
    const end = feed === -1 ? text.length : feed;
    const lineStart = text.lastIndexOf('\n', at) + 1;
    if (
      /[^ \t\r]/.test(text.slice(at, end)) &&
      !isContinued(text, lineStart) &&
      isStructure(text.slice(lineStart, at))
    ) {
      return at;
    }
    start = end + 1;
  }
  return null;
}

/** Whether a part of a line is nothing, a brace, or the beginning of a section. */
function isStructure(part: string): boolean {
  const words = part.trim();
  if (words === '' || words === '}') return true;
  return words.endsWith('{') && isSectionName(words.slice(0, -1).trim());
}

function isSectionName(name: string): boolean {
  return SECTION_NAMES.has(name.toLowerCase());
}

/** Whether the line that begins at an offset goes on with the one before it. */
function isContinued(text: string, lineStart: number): boolean {
  return / \\\r?\n$/.test(text.slice(Math.max(0, lineStart - ' \\\r\n'.length), lineStart));
}

function reportMixedLineEnds(file: SourceFile, diagnostics: Diagnostic[]): void {
  const { text } = file;
  const pairs = text.match(/\r\n/g)?.length ?? 0;
  const lineFeeds = text.match(/\n/g)?.length ?? 0;
  if (pairs === 0 || pairs === lineFeeds) return;
  const rarer = pairs * 2 <= lineFeeds ? '\r\n' : '\n';
  const first = rarer === '\r\n' ? text.indexOf('\r\n') : text.search(/(?<!\r)\n/);
  diagnostics.push(problem.mixedLineEnds(file, first, rarer));
}

/** NUL and line ends have diagnostics of their own. */
const WRONG_BLANK = `(?![\\0\\r])${INVISIBLE.source}`;

function withBlanks(file: SourceFile, text: string, diagnostics: Diagnostic[]): string {
  let result = '';
  let done = 0;
  const wrongBlank = new RegExp(WRONG_BLANK, 'g');
  // A byte order mark is no blank, and reported elsewhere.
  const textStart = text.startsWith('\ufeff') ? 1 : 0;
  wrongBlank.lastIndex = textStart;
  for (let found = wrongBlank.exec(text); found !== null; found = wrongBlank.exec(text)) {
    const lineStart = Math.max(textStart, text.lastIndexOf('\n', found.index) + 1);
    const feed = text.indexOf('\n', found.index);
    const end = feed === -1 ? text.length : feed;
    if (!isContinued(text, lineStart)) {
      const line = text.slice(lineStart, end);
      for (const { start, end: behind, message } of wrongBlanksIn(line)) {
        const span = { file, start: lineStart + start, end: lineStart + behind };
        diagnostics.push(problem.wrongBlank(span, message));
        result += text.slice(done, span.start) + ' '.repeat(behind - start);
        done = span.end;
      }
    }
    wrongBlank.lastIndex = end;
  }
  return result + text.slice(done);
}

/** Wrong blanks where Hiawatha refuses them, and why. */
interface WrongBlank {
  readonly start: number;
  readonly end: number;
  readonly message: string;
}

/** From the first wrong blank in a range to the last one; null: there is none. */
function wrongBlankIn(
  line: string,
  range: { readonly start: number; readonly end: number },
  effect: string,
): WrongBlank | null {
  const part = line.slice(range.start, range.end);
  const wrong = [...part.matchAll(new RegExp(WRONG_BLANK, 'g'))];
  const [first] = wrong;
  const last = wrong.at(-1);
  if (first === undefined || last === undefined) return null;
  return {
    start: range.start + first.index,
    end: range.start + last.index + 1,
    message: `${nameOfInvisible(first[0])} ${effect}`,
  };
}

function wrongBlanksIn(line: string): WrongBlank[] {
  const start = seenFrom(line);
  const hash = commentStart(line);
  const end = seenBefore(line, hash < start ? line.length : hash);
  const words = line.slice(start, end);
  const leading = wrongBlankIn(
    line,
    { start: 0, end: start },
    words === ''
      ? 'is no blank to Hiawatha, so the line is not empty'
      : 'begins the line, so Hiawatha takes it for part of the name behind it',
  );
  const found = [leading];
  const brace = words.at(-1);
  const name = words.slice(0, -1);
  const nameEnd = start + seenBefore(name, name.length);
  const opens = brace === '{' && isSectionName(line.slice(start, nameEnd));
  if (opens) {
    const between = { start: nameEnd, end: end - 1 };
    found.push(wrongBlankIn(line, between, 'stands before the "{", so no section is called so'));
  }
  if (opens || words === '}') {
    const what = opens ? 'begins no section' : 'ends no section';
    found.push(
      wrongBlankIn(
        line,
        { start: end, end: hash < end ? line.length : hash },
        `stands behind the "${words.at(-1) ?? ''}", so the line ${what}`,
      ),
    );
  }
  return found.filter((wrong) => wrong !== null);
}

/** Where what can be seen begins. */
function seenFrom(line: string): number {
  let start = 0;
  while (start < line.length && !isSeen(line, start)) start += 1;
  return start;
}

/** Where what can be seen ends, of what stands before an offset. */
function seenBefore(line: string, offset: number): number {
  let end = offset;
  while (end > 0 && !isSeen(line, end - 1)) end -= 1;
  return end;
}

function isSeen(line: string, at: number): boolean {
  return !isBlank(line.charCodeAt(at)) && !INVISIBLE.test(line.charAt(at));
}
