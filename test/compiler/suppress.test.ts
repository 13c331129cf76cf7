import { describe, expect, test } from 'vitest';
import { applySuppressions } from '../../compiler/suppress.ts';
import type { Diagnostic, Severity } from '../../grammar/diagnostic.ts';
import { parse } from '../../grammar/parse.ts';
import { lineColumnAt } from '../../grammar/source.ts';

/** What is left of one diagnostic `HW999 a-rule` at the text `HERE`, and what is said about the comments. */
function suppress(text: string, severity: Severity = 'warning'): string[] {
  const source = { path: 'hiawatha.conf', text };
  const { file } = parse(source);
  const start = text.indexOf('HERE');
  const diagnostic: Diagnostic = {
    code: 'HW999',
    slug: 'a-rule',
    severity,
    message: '',
    span: { file: source, start, end: start + 4 },
    notes: [],
    fix: null,
    acceptedByHiawatha: severity !== 'error',
    since: null,
  };
  const { diagnostics, suppressed } = applySuppressions([diagnostic], [file]);
  return [
    ...diagnostics.map(
      ({ slug, span }) => `${slug} on line ${String(lineColumnAt(source, span.start).line)}`,
    ),
    ...suppressed.map(({ reason }) => `allowed: ${reason}`),
  ];
}

const ALLOW = '# hiawatha-ts: allow a-rule -- it is meant';

const ROWS = [
  {
    name: 'allows on the next line',
    text: `a = b\n${ALLOW}\nc = HERE\n`,
    left: ['allowed: it is meant'],
  },
  { name: 'allows on its own line', text: `a = HERE ${ALLOW}\n`, left: ['allowed: it is meant'] },
  {
    name: 'allows by code',
    text: 'a = b\n# hiawatha-ts: allow HW999 -- x\nc = HERE\n',
    left: ['allowed: x'],
  },
  {
    name: 'looks past other comments',
    text: `a = b\n${ALLOW}\n# x\nc = HERE\n`,
    left: ['allowed: it is meant'],
  },
  {
    name: 'counts for a continued line',
    text: `a = b\n${ALLOW}\nc = d, \\\n HERE\n`,
    left: ['allowed: it is meant'],
  },
  {
    name: 'counts for the file at its top',
    text: `# x\n${ALLOW}\n\na = b\nc = HERE\n`,
    left: ['allowed: it is meant'],
  },
  {
    name: 'counts for the file at its top, also where a line follows at once',
    text: `${ALLOW}\na = b\nc = HERE\n`,
    left: ['allowed: it is meant'],
  },
  {
    name: 'reports one that is not used',
    text: `a = b\n${ALLOW}\nc = d\ne = HERE\n`,
    left: ['a-rule on line 4', 'unused-suppression on line 2'],
  },
  {
    name: 'reports each unused name of several',
    text: 'a = b\n# hiawatha-ts: allow a-rule, other -- x\nc = HERE\n',
    left: ['unused-suppression on line 2', 'allowed: x'],
  },
  {
    name: 'reports a missing reason and allows all the same',
    text: 'a = b\n# hiawatha-ts: allow a-rule\nc = HERE\n',
    left: ['suppression-without-reason on line 2', 'allowed: '],
  },
  {
    name: 'reports a comment that allows nothing',
    text: 'a = b\n# hiawatha-ts: ignore\nc = HERE\n',
    left: ['a-rule on line 3', 'suppression-without-reason on line 2'],
  },
];

describe('applySuppressions', () => {
  test.each(ROWS)('$name', ({ text, left }) => {
    expect(suppress(text)).toEqual(left);
  });

  test('does not allow errors', () => {
    expect(suppress(`a = b\n${ALLOW}\nc = HERE\n`, 'error')).toEqual([
      'a-rule on line 3',
      'unused-suppression on line 2',
    ]);
  });
});
