/**
 * A compiler for a language of a few words, which gives tests of the command line every kind of diagnostic without the
 * rules of the real one: `broken` is an error that Hiawatha refuses, `doubtful` one that it accepts, `odd` a warning with
 * a safe repair, `risky` one with an unsafe repair, `hint` a hint. `include NAME` reads another file.
 */
import type { CompileResult } from '../../compiler/compile.ts';
import type { SourceLoader } from '../../compiler/source-loader.ts';
import { diagnose, type Diagnostic, type DiagnosticRule } from '../../grammar/diagnostic.ts';
import type { SourceFile, SourceSpan } from '../../grammar/source.ts';

function rule(code: DiagnosticRule['code'], slug: string): DiagnosticRule {
  return {
    code,
    slug,
    summary: `Finds the word of ${slug}.`,
    explanation: 'The word is wrong. Write another one.',
    bad: `${slug}\n`,
    good: 'fine\n',
    source: 'the language of words',
  };
}

export const WORD_RULES = {
  broken: rule('HW901', 'broken-word'),
  doubtful: rule('HW902', 'doubtful-word'),
  odd: rule('HW903', 'odd-word'),
  risky: rule('HW904', 'risky-word'),
  hint: rule('HW905', 'hinted-word'),
} as const;

function diagnosticOf(word: string, span: SourceSpan): Diagnostic | null {
  switch (word) {
    case 'broken':
      return diagnose(WORD_RULES.broken, {
        severity: 'error',
        message: 'the word "broken" is broken',
        span,
      });
    case 'doubtful':
      return diagnose(WORD_RULES.doubtful, {
        severity: 'error',
        message: 'the word "doubtful" cannot work',
        span,
        acceptedByHiawatha: true,
        since: null,
      });
    case 'odd':
      return diagnose(WORD_RULES.odd, {
        severity: 'warning',
        message: 'the word "odd" is odd',
        span,
        notes: [{ message: 'every even word is better', span: null }],
        fix: { title: 'write "even"', safe: true, edits: [{ span, text: 'even' }] },
      });
    case 'risky':
      return diagnose(WORD_RULES.risky, {
        severity: 'warning',
        message: 'the word "risky" is risky',
        span,
        fix: { title: 'remove it', safe: false, edits: [{ span, text: '' }] },
      });
    case 'hint':
      return diagnose(WORD_RULES.hint, { severity: 'hint', message: 'take the hint', span });
    default:
      return null;
  }
}

/** `compile` of that language; it has no table. */
export function compileWords(loader: SourceLoader, path: string): CompileResult {
  const loaded = loader.load(path);
  if (loaded.kind !== 'file') return { table: null, diagnostics: [], suppressed: [] };
  const file: SourceFile = { path, text: new TextDecoder().decode(loaded.bytes) };
  const diagnostics = [...file.text.matchAll(/include (\S+)|[^\s]+/g)].flatMap((found) => {
    if (found[1] !== undefined) return compileWords(loader, found[1]).diagnostics;
    const span = { file, start: found.index, end: found.index + found[0].length };
    return diagnosticOf(found[0], span) ?? [];
  });
  return { table: null, diagnostics, suppressed: [] };
}
