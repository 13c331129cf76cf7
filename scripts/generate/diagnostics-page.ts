import { CATALOG } from '../../compiler/catalog.ts';
import type { DiagnosticRule } from '../../grammar/diagnostic.ts';
import { exampleOutput } from './example-output.ts';
import { anchorOf } from './markdown.ts';

const GROUPS: Readonly<Record<string, string>> = {
  '1': 'Lines',
  '2': 'Variables',
  '3': 'Files',
  '4': 'Directives and values',
  '5': 'References and sections',
  '6': 'Hosts and TLS',
  '7': 'CGI and FastCGI',
  '8': 'UrlToolkit',
  '9': 'Access and security',
};

/** The reference of all diagnostics. */
export function diagnosticsPage(): string {
  const groups = Map.groupBy(CATALOG, ({ code }) => GROUPS[code.charAt(2)] ?? 'Others');
  return [
    '# Diagnostics',
    '',
    'Made from the catalogue by `npm run generate`; do not edit. `hiawatha-ts explain <code or name>` prints the same.',
    '',
    `${CATALOG.length} rules. An error means that Hiawatha refuses the configuration, or that what is written cannot work; those that Hiawatha accepts are left out with \`check --compat\`.`,
    '',
    ...[...groups].flatMap(([title, rules]) => [
      `- [${title}](#${anchorOf(title)})`,
      ...rules.map((rule) => `  - [${rule.code} ${rule.slug}](#${anchorOf(headingOf(rule))})`),
    ]),
    '',
    ...[...groups].flatMap(([title, rules]) => [`## ${title}`, '', ...rules.flatMap(rulePart)]),
  ].join('\n');
}

function headingOf({ code, slug }: DiagnosticRule): string {
  return `${code} ${slug}`;
}

function rulePart(rule: DiagnosticRule): readonly string[] {
  return [
    `### ${headingOf(rule)}`,
    '',
    rule.summary,
    '',
    rule.explanation,
    '',
    'Bad:',
    '',
    ...exampleOf(rule.bad),
    ...outputOf(rule),
    'Good:',
    '',
    ...exampleOf(rule.good),
    `Source: ${rule.source}`,
    '',
  ];
}

/** What `check` says of the bad example. */
function outputOf(rule: DiagnosticRule): readonly string[] {
  return ['`check` says:', '', ...exampleOf(exampleOutput(rule))];
}

/** A configuration as a block; what cannot be seen is written as an escape. */
function exampleOf(text: string): readonly string[] {
  const shown = text
    .trimEnd()
    // eslint-disable-next-line no-control-regex -- These characters are what the example is about.
    .replace(/[\0-\x08\x0b-\x1f\x7f\u00a0\ufeff\ufffd]/g, (character) => {
      const point = character.codePointAt(0) ?? 0;
      return `\\u${point.toString(16).padStart(4, '0')}`;
    });
  return ['```', ...shown.split('\n'), '```', ''];
}
