import { describe, expect, test } from 'vitest';

import type { ConfigItem } from '../../grammar/ast.ts';
import { KnownLines, type OrdinaryLine } from '../../grammar/ordinary-lines.ts';
import { parse, type ParsedFile } from '../../grammar/parse.ts';
import { readCorpus } from '../conformance/corpus.ts';
import { mutate, seededRandom } from '../support/mutate.ts';

/** With these every line is taken to pieces. */
class NoKnownLines extends KnownLines {
  override read(): null {
    return null;
  }
}

describe('KnownLines', () => {
  test.each([
    ['a = b', { key: 'a', value: 'b', keyStart: 0, valueStart: 4, end: 5 }],
    ['a b = c', { key: 'a', value: 'b = c', keyStart: 0, valueStart: 2, end: 7 }],
    ['a=b', { key: 'a', value: 'b', keyStart: 0, valueStart: 2, end: 3 }],
    [' \ta   =  b\tc', { key: 'a', value: 'b\tc', keyStart: 2, valueStart: 9, end: 12 }],
    ['a = {b} c', { key: 'a', value: '{b} c', keyStart: 0, valueStart: 4, end: 9 }],
    ['a{ = b', { key: 'a{', value: 'b', keyStart: 0, valueStart: 5, end: 6 }],
  ] satisfies [string, OrdinaryLine][])('take %j for an ordinary line', (text, line) => {
    expect(new KnownLines().read(text)).toEqual(line);
  });

  test.each([
    ['', 'empty'],
    ['a', 'a key alone'],
    ['a =', 'no value'],
    ['= b', 'no key'],
    ['a == b', 'two equals signs'],
    ['a = = b', 'two equals signs with a blank between them'],
    ['a\t= b', 'a tab behind the key'],
    ['a =\tb', 'a tab before the value'],
    ['a = b#c', 'what looks like a comment'],
    ['a = "b"', 'quotes'],
    ["a = 'b'", 'quotes'],
    ['a = é', 'a character that is not ASCII'],
    ['a = b\0', 'a character that cannot be seen'],
    ['Binding {', 'the head of a section'],
    ['a = b {', 'the head of what is none'],
    ['}', 'the end of a section'],
    ['} a = b', 'a line behind the end of a section'],
    ['a = b }', 'a line before the end of a section'],
    ['<VirtualHost x>', 'a section of Apache'],
    ['VirtualHost a', 'a section without brace'],
    ['set a = b', 'a variable'],
    ['Include a', 'a file'],
  ])('leave %j to the lexer: %s', (text) => {
    expect(new KnownLines().read(text)).toBeNull();
  });

  test('know a line again', () => {
    const known = new KnownLines();
    expect(known.read('a = b')).toBe(known.read('a = b'));
  });

  test('stop keeping lines when there are thousands, and read on', () => {
    const known = new KnownLines();
    for (let number = 0; number < 5000; number += 1) known.read(`a = ${number}`);
    expect(known.read('a = 4999')).toMatchObject({ value: '4999' });
    expect(known.read('a = 4999')).not.toBe(known.read('a = 4999'));
  });

  test('read a run up to the first line that is not ordinary', () => {
    const text = 'x\na = b\nc = d\n}\ne = f\n';
    const run = new KnownLines().readRun(text, 2);
    expect(run?.lines.map(({ key }) => key)).toEqual(['a', 'c']);
    expect(text.slice(run?.end)).toBe('}\ne = f\n');
    expect(new KnownLines().readRun(text, 0)).toBeNull();
  });
});

describe('parse', () => {
  test('finds the places of a line that stands there again', () => {
    const line = '  Hostname = www.example.org\n';
    const { file } = parse({
      path: 'x',
      text: `VirtualHost {\n${line}}\nVirtualHost {\n${line}}\n`,
    });
    const places = file.items.flatMap((item) =>
      item.kind === 'section' ? item.items.map(({ span }) => [span.start, span.end]) : [],
    );
    expect(places).toEqual([
      [16, 42],
      [61, 87],
    ]);
  });

  test('takes lines from another file with places of its own', () => {
    const knownLines = new KnownLines();
    const [one, other] = ['a = b\n', '# remark\na = b\n'].map(
      (text, index) => parse({ path: String(index), text }, { knownLines }).file.items[0]?.span,
    );
    expect(one).toMatchObject({ file: { path: '0' }, start: 0, end: 5 });
    expect(other).toMatchObject({ file: { path: '1' }, start: 9, end: 14 });
  });

  test('reads ordinary lines as if they had been taken to pieces, also in damaged files', () => {
    for (const [index, { files }] of readCorpus().entries()) {
      for (const text of Object.values(files)) {
        for (const one of [text, Buffer.from(mutate(text, seededRandom(index))).toString()]) {
          const source = { path: 'x', text: one };
          const fine = parse(source, { knownLines: new NoKnownLines() });
          expect(shown(parse(source))).toEqual(shown(fine));
        }
      }
    }
  });
});

/** Everything that a parsed file says, with its places. */
function shown({ file, diagnostics }: ParsedFile): unknown {
  return { items: file.items.map(shownItem), comments: file.comments, diagnostics };
}

function shownItem(item: ConfigItem): unknown {
  const { kind, span } = item;
  switch (item.kind) {
    case 'section': {
      const { name, nameSpan, isClosed, items } = item;
      return { kind, name, nameSpan, span, isClosed, items: items.map(shownItem) };
    }
    case 'directive': {
      const { key, keySpan, value, valueText } = item;
      return { kind, key, keySpan, span, valueText, text: value.text, valueSpan: value.span };
    }
    case 'include':
      return { kind, span, text: item.target.text, target: item.target.span };
    case 'variable-definition':
      return { kind, span, name: item.name.span, value: item.value.span };
  }
}
