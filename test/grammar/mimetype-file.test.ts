import { describe, expect, test } from 'vitest';
import { parseMimetypeFile } from '../../grammar/mimetype-file.ts';

function read(text: string) {
  const problems: string[] = [];
  const entries = parseMimetypeFile(text, ({ message, start, end }) =>
    problems.push(`${text.slice(start, end)}: ${message}`),
  );
  return { entries: entries.map(({ extension, type }) => `${extension} ${type}`), problems };
}

describe('parseMimetypeFile', () => {
  test('takes the first type of an extension, in any case', () => {
    expect(read('text/html HTML htm\ntext/plain html\n')).toEqual({
      entries: ['html text/html', 'htm text/html'],
      problems: [],
    });
  });

  test('ends a line at a hash, and skips types without extensions', () => {
    expect(read('# all\nimage/png\timg png # x\nimage/webp#webp\n')).toEqual({
      entries: ['img image/png', 'png image/png'],
      problems: [],
    });
  });

  test('reports what is no type', () => {
    expect(read('nonsense\n{ a\n').problems).toEqual([
      'nonsense: "nonsense" is no media type',
      '{: "{" is no media type',
    ]);
  });

  test('reports extensions that no file has', () => {
    expect(read('image/png .png tar.gz\na/b seventeenletters1\n').problems).toEqual([
      '.png: no file has the extension ".png"',
      'tar.gz: no file has the extension "tar.gz"',
      'seventeenletters1: the extension "seventeenletters1" is ignored: it is longer than 16 bytes',
    ]);
  });

  test('splits a long line where Hiawatha does', () => {
    const extensions = Array.from({ length: 100 }, (_, index) => `x${index}`).join(' ');
    const { entries, problems } = read(`a/b ${extensions}\n`);
    expect(entries.at(0)).toBe('x0 a/b');
    expect(problems).not.toEqual([]);
  });
});
