import { describe, expect, test } from 'vitest';
import type { ConfigItem } from '../../grammar/ast.ts';
import { parse } from '../../grammar/parse.ts';
import { decodeSource, lineColumnAt } from '../../grammar/source.ts';

/** Items as short text: `key=value`, `Name{…}`; an unclosed section ends in `…`. */
function show(item: ConfigItem): string {
  switch (item.kind) {
    case 'directive':
      return `${item.key}=${item.value.text}`;
    case 'include':
      return `include:${item.target.text}`;
    case 'variable-definition':
      return `set:${item.name.text}=${item.value.text}`;
    case 'section':
      return `${item.name}{${item.items.map(show).join('; ')}}${item.isClosed ? '' : '…'}`;
  }
}

/** What a text is read as, and what is said about it: `line:column severity code`. */
function read(text: string): { items: string[]; problems: string[] } {
  const { file, diagnostics } = parse({ path: 'hiawatha.conf', text });
  return {
    items: file.items.map(show),
    problems: diagnostics.map(({ span, severity, code }) => {
      const { line, column } = lineColumnAt(span.file, span.start);
      return `${String(line)}:${String(column)} ${severity} ${code}`;
    }),
  };
}

interface Row {
  readonly name: string;
  readonly text: string;
  readonly items: readonly string[];
  readonly problems?: readonly string[];
}

const LINES: readonly Row[] = [
  { name: 'key, equals sign and value', text: 'a = b\n', items: ['a=b'] },
  { name: 'a key separated by a space alone', text: 'a b\n', items: ['a=b'] },
  { name: 'a key glued to its value', text: 'a=b', items: ['a=b'] },
  { name: 'a value that holds equals signs', text: 'a b = c\n', items: ['a=b = c'] },
  { name: 'blanks around everything', text: ' \ta   =   b \t\n', items: ['a=b'] },
  { name: 'CRLF line ends', text: 'a = b\r\n\r\nc = d\r\n', items: ['a=b', 'c=d'] },
  {
    name: 'comments behind a space or a tab',
    text: 'a = b # x\nc = d\t# y\n',
    items: ['a=b', 'c=d'],
  },
  { name: 'a hash inside a word', text: 'a = b#c\n', items: ['a=b#c'] },
  { name: 'a continued line', text: 'a = b, \\\n\tc\n', items: ['a=b,\tc'] },
  { name: 'a continued section header', text: 'Binding \\\n{\n}\n', items: ['Binding{}'] },
  { name: 'a continued line with CRLF', text: 'a = b, \\\r\n\tc\r\n', items: ['a=b,\tc'] },
  { name: 'a section', text: 'Binding {\n\tPort = 80\n}\n', items: ['Binding{Port=80}'] },
  { name: 'a brace glued to its name', text: 'Binding{\n}\n', items: ['Binding{}'] },
  { name: 'a definition', text: 'set N = 1 = 2\n', items: ['set:N=1 = 2'] },
  { name: 'a definition with an equals sign behind set', text: 'set=N=1\n', items: ['set:N=1'] },
  { name: 'a definition without name', text: 'set = N = 1\n', items: ['set:=N = 1'] },
  { name: 'a definition without value', text: 'set N =\n', items: ['set:N='] },
  { name: 'an inclusion', text: 'Include a b\n', items: ['include:a b'] },
  {
    name: 'the blank that belongs to an included name',
    text: 'Include  a\n',
    items: ['include: a'],
  },
  {
    name: 'names from the prototype chain',
    text: '__proto__ = constructor\n',
    items: ['__proto__=constructor'],
  },
  {
    name: 'a tab before the equals sign',
    text: 'a\t= b\n',
    items: ['a=b'],
    problems: ['1:2 error HW101'],
  },
  {
    name: 'a tab behind set',
    text: 'set\tN = 1\n',
    items: ['set:N=1'],
    problems: ['1:4 error HW101'],
  },
  { name: 'a no-break space', text: 'a\u00a0= b\n', items: ['a=b'], problems: ['1:2 error HW110'] },
  { name: 'two equals signs', text: 'a == b\n', items: ['a=b'], problems: ['1:3 error HW112'] },
  { name: 'a line without key', text: '= b\n', items: [], problems: ['1:1 error HW113'] },
  {
    name: 'a key without value',
    text: 'a\nb =\n',
    items: [],
    problems: ['1:1 error HW404', '2:1 error HW404'],
  },
  { name: 'a value that is a comment', text: 'a = #b\n', items: [], problems: ['1:5 error HW106'] },
  { name: 'a NUL byte', text: 'a = b\0c\n', items: ['a=b'], problems: ['1:6 warning HW110'] },
  {
    name: 'a byte order mark',
    text: '\uFEFF# x\na = b\n',
    items: ['a=b'],
    problems: ['1:1 error HW105'],
  },
  {
    name: 'carriage returns for line ends',
    text: 'a = b\rc = d\r',
    items: ['a=b', 'c=d'],
    problems: ['1:6 error HW108'],
  },
  {
    name: 'a carriage return at the beginning of a line',
    text: 'a = b\n\rc = d\n',
    items: ['a=b', 'c=d'],
    problems: ['2:1 error HW108'],
  },
  {
    name: 'a carriage return behind a brace, and others in the same file',
    text: 'Binding {\r\tPort = 80\n}\n# x\ra = b\n',
    items: ['Binding{Port=80}', 'a=b'],
    problems: ['1:10 error HW108'],
  },
  {
    name: 'a carriage return in a value',
    text: 'a = b\rc\n',
    items: ['a=b\rc'],
    problems: ['1:6 warning HW108'],
  },
  {
    name: 'a carriage return in a comment that hides a line',
    text: '# x\ra = b\nc = d\n',
    items: ['c=d'],
    problems: ['1:4 warning HW108'],
  },
  { name: 'a carriage return in prose', text: '# x\rand y\na = b\n', items: ['a=b'] },
  { name: 'a carriage return too many', text: 'a = b\r\r\n', items: ['a=b'] },
  {
    name: 'a carriage return in a continued line',
    text: 'a = b \\\n\r c\n',
    items: ['a=b\r c'],
    problems: ['1:6 warning HW103', '2:1 warning HW108'],
  },
];

const WRONG_BLANKS: readonly Row[] = [
  {
    name: 'a vertical tab behind the brace that opens',
    text: 'Binding {\v\n\tPort = 80\n}\n',
    items: ['Binding{Port=80}'],
    problems: ['1:10 error HW110'],
  },
  {
    name: 'a vertical tab before a comment behind the brace',
    text: 'Binding {\v # x\n\tPort = 80\n}\n',
    items: ['Binding{Port=80}'],
    problems: ['1:10 error HW110'],
  },
  {
    name: 'a no-break space between name and brace',
    text: 'Binding\u00a0{\n\tPort = 80\n}\n',
    items: ['Binding{Port=80}'],
    problems: ['1:8 error HW110'],
  },
  {
    name: 'a form feed behind the brace that closes',
    text: 'Binding {\n\tPort = 80\n}\f\n',
    items: ['Binding{Port=80}'],
    problems: ['3:2 error HW110'],
  },
  {
    name: 'a no-break space before names, braces and comments',
    text: '\u00a0Binding {\n\u00a0Port = 80\n \u00a0# x\n\u00a0}\n',
    items: ['Binding{Port=80}'],
    problems: ['1:1 error HW110', '2:1 error HW110', '3:2 error HW110', '4:1 error HW110'],
  },
  {
    name: 'a form feed alone in its line',
    text: 'a = b\n\f\n',
    items: ['a=b'],
    problems: ['2:1 error HW110'],
  },
  {
    name: 'a byte order mark in the middle of a file',
    text: '\uFEFFa = b\n\uFEFFc = d\n',
    items: ['a=b', 'c=d'],
    problems: ['2:1 error HW110', '1:1 error HW105'],
  },
  {
    name: 'a no-break space at the end of a value that ends in a brace',
    text: 'a = {\u00a0\n',
    items: ['a={\u00a0'],
    problems: ['1:6 warning HW110'],
  },
  {
    name: 'a no-break space at the beginning of a continued line',
    text: 'a = b \\\n\u00a0c\n',
    items: ['a=b\u00a0c'],
    problems: ['1:6 warning HW103', '2:1 warning HW110'],
  },
  {
    name: 'a vertical tab before a name in a section on one line',
    text: 'Binding { \vPort = 80 }\n',
    items: ['Binding{}'],
    problems: ['1:1 error HW107', '1:11 error HW110'],
  },
];

const BRACES: readonly Row[] = [
  {
    name: 'a brace on its own line',
    text: 'Binding\n{\n\tPort = 80\n}\n',
    items: ['Binding{Port=80}'],
    problems: ['2:1 error HW107'],
  },
  {
    name: 'a section on one line',
    text: 'Binding { Port = 80 }\na = b\n',
    items: ['Binding{Port=80}', 'a=b'],
    problems: ['1:1 error HW107'],
  },
  {
    name: 'a section on one line inside another',
    text: 'VirtualHost {\n\tDirectory { Path = /x }\n\tHostname = a\n}\nb = c\n',
    items: ['VirtualHost{Hostname=a}', 'b=c', 'Directory{Path=/x}'],
    problems: ['2:2 error HW107', '2:2 error HW107'],
  },
  {
    name: 'a section inside another that goes on behind its first line',
    text: 'VirtualHost {\n\tDirectory { Path = /x\n\t}\n\tHostname = a\n}\nb = c\n',
    items: ['VirtualHost{Hostname=a}', 'b=c', 'Directory{Path=/x}'],
    problems: ['2:2 error HW107', '2:2 error HW107'],
  },
  {
    name: 'sections on one line that are left open',
    text: 'Binding { Port = 80\nBinding { Port = 81\n',
    items: ['Binding{Port=80}…', 'Binding{Port=81}…'],
    problems: ['1:1 error HW107', '2:1 error HW107', '1:9 error HW107', '2:9 error HW107'],
  },
  {
    name: 'angle brackets inside angle brackets',
    text: '<VirtualHost>\na = b\n<Directory>\nc = d\n</Directory >\n</VirtualHost>\ne = f\n',
    items: ['<VirtualHost>{a=b}', 'e=f'],
    problems: ['3:1 error HW107'],
  },
  {
    name: 'a closing brace behind a value',
    text: 'Binding {\n\tPort = 80 }\na = b\n',
    items: ['Binding{Port=80}', 'a=b'],
    problems: ['2:12 error HW107'],
  },
  {
    name: 'a surplus closing brace',
    text: 'Binding {\n}\n}\na = b\n',
    items: ['Binding{}', 'a=b'],
    problems: ['3:1 error HW107'],
  },
  {
    name: 'a section left open at the end',
    text: 'Binding {\n\tPort = 80\n',
    items: ['Binding{Port=80}…'],
    problems: ['1:9 error HW107'],
  },
  {
    name: 'a section left open before another',
    text: 'Binding {\n\tPort = 80\nVirtualHost {\n\tHostname = a\n}\n',
    items: ['Binding{Port=80}…', 'VirtualHost{Hostname=a}'],
    problems: ['1:9 error HW107'],
  },
  {
    name: 'an unindented line behind an open section',
    text: 'Binding {\n\tPort = 80\na = b\nVirtualHost {\n}\n',
    items: ['Binding{Port=80}…', 'a=b', 'VirtualHost{}'],
    problems: ['1:9 error HW107'],
  },
  {
    name: 'a section inside another',
    text: 'VirtualHost {\n\ta = b\n\tDirectory {\n\t\tPath = /x\n\t}\n\tc = d\n}\n',
    items: ['VirtualHost{a=b; c=d}', 'Directory{Path=/x}'],
    problems: ['3:2 error HW107'],
  },
  {
    name: 'a section with an argument',
    text: 'VirtualHost www.example.org {\n\ta = b\n}\n',
    items: ['VirtualHost{a=b}'],
    problems: ['1:13 error HW107'],
  },
  {
    name: 'a value that ends in a brace',
    text: 'a = {\nb = c\nBinding {\n}\n',
    items: ['b=c', 'Binding{}'],
    problems: ['1:5 error HW107'],
  },
  {
    name: 'an unknown section as a section',
    text: 'Location /x {\n\ta = b\n}\nc = d\n',
    items: ['Location /x{a=b}', 'c=d'],
  },
  {
    name: 'angle brackets as a section of that name',
    text: '<VirtualHost>\n\ta = b\n</VirtualHost>\nc = d\n',
    items: ['<VirtualHost>{a=b}', 'c=d'],
  },
  {
    name: 'balanced braces at the end of a value',
    text: 'UrlToolkit {\n\tMatch ^/x{2}\n}\n',
    items: ['UrlToolkit{Match=^/x{2}}'],
  },
];

const LONG = 'x'.repeat(1021);

const LONG_LINES: readonly Row[] = [
  { name: 'a line of 1022 bytes', text: `#${LONG}\na = b\n`, items: ['a=b'] },
  {
    name: 'a comment of 1023 bytes',
    text: `#${LONG}x\na = b\n`,
    items: ['a=b'],
    problems: ['1:1 warning HW102'],
  },
  {
    name: 'a comment of 1024 bytes',
    text: `#${LONG}xx\na = b\n`,
    items: ['a=b'],
    problems: ['1:1 error HW102'],
  },
  {
    name: 'a line of 1023 bytes in 1021 characters',
    text: `#${'x'.repeat(1018)}éé\na = b\n`,
    items: ['a=b'],
    problems: ['1:1 warning HW102'],
  },
  {
    name: 'a long value as a whole',
    text: `a = ${LONG}\n`,
    items: [`a=${LONG}`],
    problems: ['1:1 error HW102'],
  },
];

describe('parse', () => {
  test.each([...LINES, ...WRONG_BLANKS, ...BRACES, ...LONG_LINES])(
    'reads $name',
    ({ text, items, problems }) => {
      expect(read(text)).toEqual({ items, problems: problems ?? [] });
    },
  );

  test('keeps comments with their place and whether they stand alone', () => {
    const { file } = parse({ path: 'x', text: '# one\nBinding { # two\n\t# three\n}\n' });
    expect(
      file.comments.map(({ text, isWholeLine, span }) => [text, isWholeLine, span.start]),
    ).toEqual([
      ['# one', true, 0],
      ['# two', false, 16],
      ['# three', true, 23],
    ]);
  });

  test('maps a continued value to where each part was written', () => {
    const text = 'a = b, \\\n\tc\n';
    const { file } = parse({ path: 'x', text });
    const item = file.items[0];
    const value = item?.kind === 'directive' ? item.value : null;
    const span = value?.spanOf(3, 4);
    expect(text.slice(span?.start, span?.end)).toBe('c');
  });

  test('repairs what stands behind an opening brace, blank or not', () => {
    const text = 'Binding {\v\n\tPort = 80\n}\n';
    const { diagnostics } = parse({ path: 'hiawatha.conf', text });
    const edits = diagnostics.flatMap(({ fix }) => fix?.edits ?? []);
    expect(edits.map(({ span, text: to }) => [text.slice(span.start, span.end), to])).toEqual([
      ['\v', ''],
    ]);
  });

  test('places the note of a missing brace where the indentation ends', () => {
    const text = 'Binding {\n\tPort = 80\na = b\n';
    const { diagnostics } = parse({ path: 'x', text });
    const note = diagnostics[0]?.notes[0];
    expect(note?.message).toBe('the indentation suggests that it ends here');
    expect(text.slice(0, note?.span?.end)).toBe('Binding {\n\tPort = 80');
  });
});

describe('decodeSource', () => {
  test.each([
    { name: 'UTF-8', bytes: [0x61, 0xc3, 0xa9], text: 'aé', encoding: undefined },
    {
      name: 'a byte order mark',
      bytes: [0xef, 0xbb, 0xbf, 0x61],
      text: '\uFEFFa',
      encoding: undefined,
    },
    {
      name: 'other bytes one by one',
      bytes: [0x61, 0xe9, 0x80],
      text: 'aé\x80',
      encoding: 'latin-1',
    },
    { name: 'UTF-16', bytes: [0xff, 0xfe, 0x61, 0], text: '\uFEFFa', encoding: 'utf-16' },
    {
      name: 'UTF-16 without a mark, little end first',
      bytes: [...Buffer.from('Bind', 'utf16le')],
      text: 'Bind',
      encoding: 'utf-16',
    },
    {
      name: 'UTF-16 without a mark, big end first',
      bytes: [...Buffer.from('Bind', 'utf16le').swap16()],
      text: 'Bind',
      encoding: 'utf-16',
    },
    {
      name: 'a few NUL bytes',
      bytes: [0x61, 0, 0x61, 0, 0, 0, 0x61, 0],
      text: 'a\0a\0\0\0a\0',
      encoding: undefined,
    },
  ])('reads $name', ({ bytes, text, encoding }) => {
    const source = decodeSource('x', Uint8Array.from(bytes));
    expect([source.text, source.encoding]).toEqual([text, encoding]);
  });
});
