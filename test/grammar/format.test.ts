import { describe, expect, test } from 'vitest';
import { format } from '../../grammar/format.ts';
import { decodeSource } from '../../grammar/source.ts';
import { readCorpus } from '../conformance/corpus.ts';

function formatted(text: string): string | null {
  return format({ path: 'hiawatha.conf', text });
}

const ROWS = [
  {
    name: 'writes one space around the equals sign',
    text: 'a=b\nc  =   d\n',
    result: 'a = b\nc = d\n',
  },
  {
    name: 'spells keys and sections as the manual does',
    text: 'binding{\nPORT 80\n}\n',
    result: 'Binding {\n\tPort = 80\n}\n',
  },
  {
    name: 'indents sections',
    text: 'Binding {\nPort = 80\n# x\n }\n',
    result: 'Binding {\n\tPort = 80\n\t# x\n}\n',
  },
  {
    name: 'writes rules without an equals sign',
    text: 'UrlToolkit {\nMatch = ^/a$ Return\n}\n',
    result: 'UrlToolkit {\n\tMatch ^/a$ Return\n}\n',
  },
  {
    name: 'keeps one empty line of several',
    text: '\n\na = b\n\n\n\nc = d\n\n',
    result: 'a = b\n\nc = d\n',
  },
  {
    name: 'drops empty lines inside braces',
    text: 'Binding {\n\nPort = 80\n\n}\n',
    result: 'Binding {\n\tPort = 80\n}\n',
  },
  {
    name: 'keeps comments behind lines',
    text: 'Binding { # x\n}\t\t# y\na = b   # z  \n',
    result: 'Binding { # x\n}\na = b # z\n'.replace('}\n', '} # y\n'),
  },
  {
    name: 'keeps continued lines as they are',
    text: 'a = b, \\\n     c\n',
    result: 'a = b, \\\n     c\n',
  },
  {
    name: 'keeps the line ends of the file',
    text: 'a=b\r\nc=d, \\\r\n e\r\n',
    result: 'a = b\r\nc = d, \\\r\n e\r\n',
  },
  { name: 'ends the last line', text: 'a = b', result: 'a = b\n' },
  { name: 'leaves an empty file empty', text: '\n \n', result: '' },
  { name: 'separates an included name with a space', text: 'include=x\n', result: 'Include x\n' },
  {
    name: 'keeps the blank that belongs to an included name',
    text: 'Include  x\n',
    result: 'Include  x\n',
  },
  {
    name: 'writes definitions evenly',
    text: 'SET  N=1\nset M =\n',
    result: 'set N = 1\nset M =\n',
  },
  {
    name: 'does not make a continuation of a backslash',
    text: 'a = b \\ \nc = d\n',
    result: 'a = b \\ \nc = d\n',
  },
];

describe('format', () => {
  test.each(ROWS)('$name', ({ text, result }) => {
    expect(formatted(text)).toBe(result);
  });

  test('leaves a line alone that would become too long', () => {
    const text = `a=${'x'.repeat(1019)}\n`;
    expect(formatted(text)).toBe(text);
  });

  test('gives nothing for a file with syntax errors', () => {
    expect(formatted('Binding {\n')).toBeNull();
  });

  const files = readCorpus().flatMap(({ name, files }) =>
    Object.entries(files).map(([path, text]) => ({ name: `${name} ${path}`, text })),
  );

  test('changes nothing when it is applied again, over the corpus', () => {
    const unstable = files.filter(({ text }) => {
      const source = decodeSource('x', Buffer.from(text, 'latin1'));
      const once = format(source);
      return once !== null && format({ ...source, text: once }) !== once;
    });
    expect(unstable.map(({ name }) => name)).toEqual([]);
  });
});
