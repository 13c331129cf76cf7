import { expect, test } from 'vitest';

import { diagnose } from '../../grammar/diagnostic.ts';
import { QUOTED_VALUE } from '../../grammar/syntax-errors.ts';

test.each([
  ['"/srv" is missing', '"/srv" is missing'],
  ['""/srv"" begins with a quote', `'"/srv"' begins with a quote`],
  ['"" is neither "yes" nor "no"', '"" is neither "yes" nor "no"'],
])('a diagnostic puts nothing in double quotes twice: %s', (message, expected) => {
  const span = { file: { path: 'a.conf', text: '' }, start: 0, end: 0 };
  const notes = [{ message: `so ${message}`, span: null }];
  const diagnostic = diagnose(QUOTED_VALUE, { severity: 'error', message, span, notes });
  expect(diagnostic.message).toBe(expected);
  expect(diagnostic.notes.map((note) => note.message)).toEqual([`so ${expected}`]);
});
