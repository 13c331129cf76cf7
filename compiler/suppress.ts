/**
 * `# hiawatha-ts: allow SLUG -- reason`: warnings that somebody has looked at.
 *
 * Such a comment counts for the line it stands on, or for the next line that is no comment. Among the comments that a
 * file begins with, it counts for the whole file.
 */
import type { Comment } from '../grammar/ast.ts';
import type { Diagnostic, DiagnosticRule } from '../grammar/diagnostic.ts';
import { diagnose } from '../grammar/diagnostic.ts';
import type { SourceFile } from '../grammar/source.ts';
import { lineColumnAt, lineText } from '../grammar/source.ts';
import type { ExpandedFile } from './expanded.ts';

const SITE =
  'Binding {\n\tPort = 80\n}\nHostname = 127.0.0.1\nWebsiteRoot = /var/www\nAccessLogfile = none\n';
const SOURCE = 'this program; Hiawatha reads a comment';

export const SUPPRESSION_WITHOUT_REASON: DiagnosticRule = {
  code: 'HW114',
  slug: 'suppression-without-reason',
  summary: 'A comment allows a warning without saying why, or is not written as it should be.',
  explanation:
    'Write `# hiawatha-ts: allow SLUG -- reason`, with the name of the rule as it stands at the end of the message. ' +
    'Several names are separated by commas. The reason is for whoever reads the file next.',
  bad: `# hiawatha-ts: allow quoted-value\nServerString = "x"\n${SITE}`,
  good: `# hiawatha-ts: allow quoted-value -- the quotes are meant\nServerString = "x"\n${SITE}`,
  source: SOURCE,
};

export const UNUSED_SUPPRESSION: DiagnosticRule = {
  code: 'HW115',
  slug: 'unused-suppression',
  summary: 'A comment allows a warning that is not given.',
  explanation:
    'The warning has gone, stands on another line, or is an error: errors cannot be allowed. Remove the comment, or move ' +
    'it to the line in front of the warning.',
  bad: `# hiawatha-ts: allow quoted-value -- the quotes are meant\nServerString = x\n${SITE}`,
  good: `ServerString = x\n${SITE}`,
  source: SOURCE,
};

/** A warning that was found and allowed. */
export interface SuppressedDiagnostic {
  readonly diagnostic: Diagnostic;
  readonly reason: string;
}

/** Diagnostics after the comments that allow some of them. */
export interface Suppressed {
  /** What is left, and what is wrong with the suppressions themselves. */
  readonly diagnostics: readonly Diagnostic[];
  readonly suppressed: readonly SuppressedDiagnostic[];
}

interface Suppression {
  readonly comment: Comment;
  readonly slug: string;
  readonly reason: string;
  /** First and last line it counts for. */
  readonly firstLine: number;
  readonly lastLine: number;
  isUsed: boolean;
  hasErrorMet: boolean;
}

/** Takes out the diagnostics that comments in the files allow. */
export function applySuppressions(
  diagnostics: readonly Diagnostic[],
  files: readonly ExpandedFile[],
): Suppressed {
  const problems: Diagnostic[] = [];
  const byFile = new Map<SourceFile, Suppression[]>();
  for (const { source, comments } of files) {
    const found = suppressionsIn(source, comments, problems);
    if (found.length > 0) byFile.set(source, found);
  }
  if (byFile.size === 0) return { diagnostics: [...diagnostics, ...problems], suppressed: [] };
  const left: Diagnostic[] = [];
  const suppressed: SuppressedDiagnostic[] = [];
  for (const diagnostic of diagnostics) {
    const found = matching(diagnostic, byFile.get(diagnostic.span.file) ?? []);
    if (found === null) left.push(diagnostic);
    else suppressed.push({ diagnostic, reason: found.reason });
  }
  for (const suppression of [...byFile.values()].flat()) {
    if (!suppression.isUsed) problems.push(unused(suppression));
  }
  return { diagnostics: [...left, ...problems], suppressed };
}

function matching(
  diagnostic: Diagnostic,
  suppressions: readonly Suppression[],
): Suppression | null {
  const { line } = lineColumnAt(diagnostic.span.file, diagnostic.span.start);
  for (const suppression of suppressions) {
    const { slug, firstLine, lastLine } = suppression;
    if (line < firstLine || line > lastLine) continue;
    if (slug !== diagnostic.slug && slug !== diagnostic.code) continue;
    if (diagnostic.severity === 'error') {
      suppression.hasErrorMet = true;
      continue;
    }
    suppression.isUsed = true;
    return suppression;
  }
  return null;
}

function unused({ comment, slug, hasErrorMet }: Suppression): Diagnostic {
  return diagnose(UNUSED_SUPPRESSION, {
    severity: 'warning',
    message: hasErrorMet
      ? `"${slug}" is an error here, and errors cannot be allowed`
      : `there is no "${slug}" to be allowed here`,
    span: comment.span,
    notes: [
      { message: 'remove the comment, or move it in front of the line it is for', span: null },
    ],
  });
}

function suppressionsIn(
  file: SourceFile,
  comments: readonly Comment[],
  problems: Diagnostic[],
): Suppression[] {
  const marked = comments.filter(({ text }) => /^#+[ \t]*hiawatha-ts:/.test(text));
  if (marked.length === 0) return [];
  const headerEnd = lastHeaderLine(file);
  const found: Suppression[] = [];
  for (const comment of marked) {
    const parts = /^#+[ \t]*hiawatha-ts:[ \t]*allow[ \t]+(.+?)(?:[ \t]+--[ \t]*(.*))?$/.exec(
      comment.text,
    );
    const reason = parts?.[2]?.trim() ?? '';
    if (parts === null || reason === '') {
      problems.push(
        diagnose(SUPPRESSION_WITHOUT_REASON, {
          severity: 'warning',
          message:
            parts === null
              ? 'the comment is meant for hiawatha-ts, but allows nothing'
              : 'the comment does not say why the warning is allowed',
          span: comment.span,
          notes: [{ message: 'write: # hiawatha-ts: allow SLUG -- reason', span: null }],
        }),
      );
    }
    if (parts === null) continue;
    const [firstLine, lastLine] = linesOf(file, comment, headerEnd);
    for (const slug of (parts[1] ?? '').split(/[ \t]*,[ \t]*/)) {
      found.push({ comment, slug, reason, firstLine, lastLine, isUsed: false, hasErrorMet: false });
    }
  }
  return found;
}

/** First and last line that a comment counts for. */
function linesOf(file: SourceFile, comment: Comment, headerEnd: number): [number, number] {
  const own = lineColumnAt(file, comment.span.start).line;
  if (comment.isWholeLine && own <= headerEnd) return [1, Number.POSITIVE_INFINITY];
  const total = lineColumnAt(file, file.text.length).line;
  let first = own;
  if (comment.isWholeLine) {
    do first += 1;
    while (first < total && isComment(lineText(file, first)));
  }
  let last = first;
  while (last < total && lineText(file, last).endsWith(' \\')) last += 1;
  return [first, last];
}

/** The last line of the comments that a file begins with; 0 where it begins with something else. */
function lastHeaderLine(file: SourceFile): number {
  const total = lineColumnAt(file, file.text.length).line;
  let line = 1;
  while (line <= total && lineText(file, line).trim() === '') line += 1;
  while (line <= total && isComment(lineText(file, line))) line += 1;
  return line - 1;
}

function isComment(line: string): boolean {
  return /^[ \t]*#/.test(line);
}
