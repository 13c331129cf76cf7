/** `hiawatha-ts explain`: the whole story behind a diagnostic. */
import type { DiagnosticRule } from '../grammar/diagnostic.ts';
import { CommandError } from './command-error.ts';
import type { Console, Paint } from './console.ts';
import { EXIT, type ExitCode } from './exit-code.ts';

/** A configuration, indented, so that it stands out from the words around it. */
function example(text: string, paint: Paint): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? '' : `    ${paint('faint', line)}`))
    .join('\n');
}

function explanationText(rule: DiagnosticRule, paint: Paint): string {
  return (
    [
      `${paint('strong', `${rule.code} ${rule.slug}`)}\n${rule.summary}`,
      rule.explanation.trim(),
      `${paint('error', 'Bad:')}\n\n${example(rule.bad, paint)}`,
      `${paint('good', 'Good:')}\n\n${example(rule.good, paint)}`,
      paint('faint', `Source: ${rule.source}`),
      '',
    ]
      .join('\n\n')
      .trimEnd() + '\n'
  );
}

function listText(rules: readonly DiagnosticRule[]): string {
  const width = Math.max(...rules.map(({ slug }) => slug.length));
  return rules
    .map(({ code, slug, summary }) => `${code} ${slug.padEnd(width)}  ${summary}\n`)
    .join('');
}

/**
 * @param name - A code (`HW401`) or a slug, in any case; null lists every rule.
 * @throws {@link CommandError} when there is no such rule.
 */
export function runExplain(
  name: string | null,
  rules: readonly DiagnosticRule[],
  console: Console,
): ExitCode {
  if (name === null) {
    console.out(listText(rules));
    return EXIT.ok;
  }
  const wanted = name.toLowerCase();
  const rule = rules.find(({ code, slug }) => code.toLowerCase() === wanted || slug === wanted);
  if (rule === undefined) {
    const near = rules.filter(({ slug }) => slug.includes(wanted)).map(({ slug }) => slug);
    const advice = near.length === 0 ? '' : `; did you mean ${near.slice(0, 5).join(', ')}?`;
    throw new CommandError(
      EXIT.usage,
      `there is no rule "${name}"${advice === '' ? '; hiawatha-ts explain lists them all' : advice}`,
    );
  }
  console.out(explanationText(rule, console.paint));
  return EXIT.ok;
}
