import { describe, expect, test } from 'vitest';

import { unpainted } from '../../../cli/console.ts';
import { codeFrame } from '../../../cli/report/code-frame.ts';
import type { SourceFile } from '../../../grammar/source.ts';

/** The frame of the text between « and », which are taken out. */
function frame(marked: string, columns: number | null = null): string[] {
  const start = marked.indexOf('«');
  const end = marked.indexOf('»') - 1;
  const file: SourceFile = { path: 'x.conf', text: marked.replace('«', '').replace('»', '') };
  return codeFrame({ file, start, end }, 'error', { paint: unpainted, columns }).split('\n');
}

describe('codeFrame', () => {
  test('underlines the text', () => {
    expect(frame(`${'\n'.repeat(11)}  «Hostnme» = www.example.org`)).toEqual([
      '   |',
      '12 |   Hostnme = www.example.org',
      '   |   ^~~~~~~',
    ]);
  });

  test('keeps tabs, so that the underline stands below the text', () => {
    expect(frame('\tPort\t= «http»')).toEqual(['  |', '1 | \tPort\t= http', '  | \t    \t  ^~~~']);
  });

  test('counts wide characters as two columns and combining ones as none', () => {
    expect(frame('日本 = «語語»')).toEqual(['  |', '1 | 日本 = 語語', '  |        ^~~~']);
    expect(frame('e\u0301 «x»')).toEqual(['  |', '1 | e\u0301 x', '  |   ^']);
  });

  test('marks an empty span at the end of a line', () => {
    expect(frame('Port =«»')).toEqual(['  |', '1 | Port =', '  |       ^']);
  });

  test('marks an empty file', () => {
    expect(frame('«»')).toEqual(['  |', '1 |', '  | ^']);
  });

  test('underlines text over several lines to the end of the first', () => {
    expect(frame('a «b c\nd» e')).toEqual(['  |', '1 | a b c', '  |   ^~~']);
  });

  test('shows control characters as pictures', () => {
    expect(frame('a\u001b[31m«b»\u0000')).toEqual(['  |', '1 | a␛[31mb␀', '  |       ^']);
  });

  test('leaves out the carriage return of a line end', () => {
    expect(frame('a = «b»\r\nc')).toEqual(['  |', '1 | a = b', '  |     ^']);
  });

  test.each([
    { where: 'at the start', line: `«start»${' and on'.repeat(30)}`, shown: '1 | start and on' },
    {
      where: 'in the middle',
      line: `${'before '.repeat(30)}«middle»${' after'.repeat(30)}`,
      shown: '1 | …',
    },
    { where: 'at the end', line: `${'before '.repeat(30)}«end»`, shown: '1 | …' },
  ])('shows a window of a long line around a span $where', ({ line, shown }) => {
    const lines = frame(line, 60);
    const source = lines[1] ?? '';
    expect(source.startsWith(shown)).toBe(true);
    expect(Math.max(...lines.map((text) => text.length))).toBeLessThanOrEqual(60);
    const wanted = /«(.*)»/.exec(line)?.[1] ?? '';
    const at = (lines[2] ?? '').indexOf('^');
    expect(source.slice(at, at + wanted.length)).toBe(wanted);
    expect(lines[2]?.slice(at)).toBe(`^${'~'.repeat(wanted.length - 1)}`);
  });

  test('shows the beginning of a span that is longer than the window', () => {
    const lines = frame(`key = «${'x'.repeat(500)}»`, 60);
    expect(lines[1]).toMatch(/^1 \| key = x+…$/);
    expect(lines[2]?.length).toBeLessThanOrEqual(60);
  });
});
