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

  test.each<{ name: string; edits: readonly Edit[]; applied: number }>([
    {
      name: 'a long edit over a short one',
      edits: [
        [700, 701, 'x'],
        [10, 1000, 'y'],
      ],
      applied: 1,
    },
    {
      name: 'a short edit in a long one',
      edits: [
        [10, 1000, 'y'],
        [700, 700, 'x'],
      ],
      applied: 1,
    },
    {
      name: 'edits that meet',
      edits: [
        [0, 512, 'x'],
        [512, 513, 'y'],
        [513, 513, 'z'],
      ],
      applied: 3,
    },
  ])('compares $name far apart in a file', ({ edits, applied }) => {
    const file: SourceFile = { path: 'long.conf', text: '.'.repeat(1000) };
    const fixes = edits.map((edit) => withFix([edit], true, file));
    expect(applyFixes(fixes, false).applied).toBe(applied);
  });

  test('looks at each fix of a long file a few times, however many there are', () => {
    const looks = (count: number): number => {
      const file: SourceFile = { path: 'long.conf', text: '.'.repeat(count * 40) };
      let asked = 0;
      const fixes = Array.from({ length: count }, (_, index) => {
        const span = { file, start: index * 40, end: index * 40 + 1 };
        const edit = {
          text: '!',
          get span() {
            asked++;
            return span;
          },
        };
        const shown = withFix([]);
        return { ...shown, fix: { title: 't', safe: true, edits: [edit] } };
      });
      expect(applyFixes(fixes, false).applied).toBe(count);
      return asked;
    };
    expect(looks(4000)).toBeLessThan(looks(1000) * 5);
  });
});
