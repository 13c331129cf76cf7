/** `hiawatha-ts explain`: the whole story behind a diagnostic. */
import type { DiagnosticRule } from '../grammar/diagnostic.ts';
import { nearestName } from '../grammar/values/nearest.ts';
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

/** Room for a line of prose; longer lines tire. */
const MAX_COLUMNS = 100;

/** Paragraphs with their lines broken between words. Lists and other lines that begin with a mark stay as they are. */
function wrapped(text: string, columns: number): string {
  return text
    .trim()
    .split('\n')
    .map((line) => (/^(\s|[-*>|`])/.test(line) ? line : wrappedLine(line, columns)))
    .join('\n');
}

function wrappedLine(line: string, columns: number): string {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    if (current !== '' && current.length + 1 + word.length > columns) {
      lines.push(current);
      current = word;
    } else {
      current = current === '' ? word : `${current} ${word}`;
    }
  }
  return [...lines, current].join('\n');
}

function explanationText(rule: DiagnosticRule, { paint, columns }: Console): string {
  const width = Math.min(columns ?? MAX_COLUMNS, MAX_COLUMNS);
  return (
    [
      `${paint('strong', `${rule.code} ${rule.slug}`)}\n${wrapped(rule.summary, width)}`,
      wrapped(rule.explanation, width),
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

/** As many names as may be meant are told. */
const MAX_NAMES = 5;

/** Names that hold what was written, or else the one that is nearest to it. */
function namesLike(written: string, rules: readonly DiagnosticRule[]): readonly string[] {
  if (written === '') return [];
  const slugs = rules.map(({ slug }) => slug);
  const holding = slugs.filter((slug) => slug.includes(written));
  const nearest = nearestName(written, slugs);
  return holding.length > 0 || nearest === null ? holding : [nearest];
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
    const near = namesLike(wanted, rules);
    const advice =
      near.length === 0
        ? 'hiawatha-ts explain lists them all'
        : `did you mean ${near.slice(0, MAX_NAMES).join(', ')}?`;
    throw new CommandError(EXIT.usage, `there is no rule "${name}"; ${advice}`);
  }
  console.out(explanationText(rule, console));
  return EXIT.ok;
}
