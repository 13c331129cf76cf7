import { describe, expect, test } from 'vitest';

import { applyFixes } from '../../cli/repair.ts';
import { diagnose, type Diagnostic } from '../../grammar/diagnostic.ts';
import type { SourceFile } from '../../grammar/source.ts';
import { WORD_RULES } from '../support/word-compiler.ts';

const FILE: SourceFile = { path: 'x.conf', text: 'abcdef' };

type Edit = readonly [start: number, end: number, text: string];

function withFix(edits: readonly Edit[], safe = true, file = FILE): Diagnostic {
  return diagnose(WORD_RULES.odd, {
    severity: 'warning',
    message: 'm',
    span: { file, start: 0, end: 1 },
    fix: {
      title: 't',
      safe,
      edits: edits.map(([start, end, text]) => ({ span: { file, start, end }, text })),
    },
  });
}

function repair(
  fixes: readonly Diagnostic[],
  withUnsafe = false,
): { text: string; applied: number } {
  const { files, applied } = applyFixes(fixes, withUnsafe);
  return { text: files[0]?.text ?? FILE.text, applied };
}

describe('applyFixes', () => {
  test.each<{ name: string; fixes: readonly (readonly Edit[])[]; text: string; applied: number }>([
    { name: 'replaces', fixes: [[[0, 1, 'X']]], text: 'Xbcdef', applied: 1 },
    { name: 'inserts', fixes: [[[3, 3, '-']]], text: 'abc-def', applied: 1 },
    { name: 'deletes', fixes: [[[1, 5, '']]], text: 'af', applied: 1 },
    {
      name: 'applies fixes in any order',
      fixes: [[[4, 5, 'E']], [[0, 1, 'A']]],
      text: 'AbcdEf',
      applied: 2,
    },
    { name: 'applies neighbours', fixes: [[[0, 2, 'X']], [[2, 4, 'Y']]], text: 'XYef', applied: 2 },
    {
      name: 'leaves a fix that overlaps an earlier one',
      fixes: [[[0, 3, 'X']], [[2, 4, 'Y']]],
      text: 'Xdef',
      applied: 1,
    },
    {
      name: 'leaves a fix inside an earlier one',
      fixes: [[[0, 6, 'X']], [[2, 3, 'Y']]],
      text: 'X',
      applied: 1,
    },
    {
      name: 'leaves a second insertion at the same place',
      fixes: [[[2, 2, 'X']], [[2, 2, 'Y']]],
      text: 'abXcdef',
      applied: 1,
    },
    {
      name: 'makes an edit that two fixes share once',
      fixes: [
        [[2, 2, 'X']],
        [
          [2, 2, 'X'],
          [5, 6, 'F'],
        ],
      ],
      text: 'abXcdeF',
      applied: 2,
    },
    {
      name: 'applies a fix whole or not at all',
      fixes: [
        [[0, 1, 'A']],
        [
          [0, 2, 'Y'],
          [5, 6, 'F'],
        ],
      ],
      text: 'Abcdef',
      applied: 1,
    },
  ])('$name', ({ fixes, text, applied }) => {
    expect(repair(fixes.map((edits) => withFix(edits)))).toEqual({ text, applied });
  });

  test('makes unsafe fixes only where asked', () => {
    const fixes = [withFix([[0, 1, 'X']], false)];
    expect(repair(fixes)).toEqual({ text: 'abcdef', applied: 0 });
    expect(repair(fixes, true)).toEqual({ text: 'Xbcdef', applied: 1 });
  });

  test('repairs each of several files', () => {
    const other: SourceFile = { path: 'y.conf', text: 'abc' };
    const { files } = applyFixes(
      [withFix([[0, 1, 'X']]), withFix([[0, 1, 'Y']], true, other)],
      false,
    );
    expect(files.map(({ file, text }) => `${file.path} ${text}`)).toEqual([
      'x.conf Xbcdef',
      'y.conf Ybc',
    ]);
  });
});
