import { describe, expect, test } from 'vitest';
import { expand } from '../../compiler/expand.ts';
import { lineColumnAt } from '../../grammar/source.ts';
import { mapSourceLoader } from '../support/map-source-loader.ts';

type Files = Readonly<Record<string, string>>;

/** The flat configuration as short text, and the problems as `file:line:column severity code`. */
function read(files: Files): { lines: string[]; problems: string[] } {
  const { config, diagnostics } = expand(mapSourceLoader(files), 'hiawatha.conf');
  return {
    lines: [
      ...config.directives.map(({ key, value }) => `${key}=${value.text}`),
      ...config.sections.map(
        ({ name, directives }) =>
          `${name}{${directives.map(({ key, value }) => `${key}=${value.text}`).join('; ')}}`,
      ),
    ],
    problems: diagnostics.map(({ span, severity, code }) => {
      const { line, column } = lineColumnAt(span.file, span.start);
      return `${span.file.path}:${String(line)}:${String(column)} ${severity} ${code}`;
    }),
  };
}

interface Row {
  readonly name: string;
  readonly files: Files;
  readonly lines: readonly string[];
  readonly problems?: readonly string[];
}

const main = (text: string): Files => ({ 'hiawatha.conf': text });

const VARIABLES: readonly Row[] = [
  { name: 'replaces a name', files: main('set NAME = x\na = NAME\n'), lines: ['a=x'] },
  {
    name: 'replaces names in the order newest first',
    files: main('set ONE = x\nset TWO = ONE\na = TWO\n'),
    lines: ['a=x'],
  },
  {
    name: 'leaves newer names in the value of older variables',
    files: main('set ONE = TWO\nset TWO = x\na = ONE\n'),
    lines: ['a=TWO'],
    problems: ['hiawatha.conf:1:11 error HW203'],
  },
  {
    name: 'uses the newest definition',
    files: main('set NAME = x\nset NAME = y\na = NAME\n'),
    lines: ['a=y'],
    problems: ['hiawatha.conf:2:5 warning HW201'],
  },
  {
    name: 'puts the older value into a newer one that names itself',
    files: main('set NAME = x\nset NAME = NAME/y\na = NAME\n'),
    lines: ['a=x/y'],
    problems: ['hiawatha.conf:2:5 warning HW201'],
  },
  {
    name: 'replaces inside longer words and says so',
    files: main('set WEB = x\na = /WEBSITE\n'),
    lines: ['a=/xSITE'],
    problems: ['hiawatha.conf:2:6 warning HW204'],
  },
  {
    name: 'replaces a hundred occurrences',
    files: main(`set ABC = x\na = ${'ABC '.repeat(100)}\n`),
    lines: [`a=${'x '.repeat(100).trimEnd()}`],
  },
  {
    name: 'replaces none of a hundred and one occurrences',
    files: main(`set ABC = x\na = ${'ABC '.repeat(101)}\n`),
    lines: [`a=${'ABC '.repeat(101).trimEnd()}`],
    problems: ['hiawatha.conf:2:5 error HW205'],
  },
  {
    name: 'knows CONFIG_DIR',
    files: main('a = CONFIG_DIR/x\n'),
    lines: ['a=/etc/hiawatha/x'],
  },
  {
    name: 'reports a variable that is used too early',
    files: main('a = NAME\nset NAME = x\n'),
    lines: ['a=NAME'],
    problems: ['hiawatha.conf:1:5 warning HW203'],
  },
  {
    name: 'reports a variable that is never used',
    files: main('set NAME = x\na = b\n'),
    lines: ['a=b'],
    problems: ['hiawatha.conf:1:5 warning HW203'],
  },
  {
    name: 'takes names from the prototype chain for ordinary names',
    files: main('set __PROTO__ = x\nset constructor = y\na = __PROTO__ constructor toString\n'),
    lines: ['a=x y toString'],
    problems: ['hiawatha.conf:2:5 warning HW202'],
  },
  {
    name: 'keeps a definition in a section for what follows',
    files: main('Binding {\n\tset NAME = x\n}\na = NAME\n'),
    lines: ['a=x', 'Binding{}'],
    problems: ['hiawatha.conf:2:6 warning HW207'],
  },
];

const INCLUDES: readonly Row[] = [
  {
    name: 'reads a file in place',
    files: { 'hiawatha.conf': 'a = 1\nInclude x.conf\nb = 2\n', 'x.conf': 'c = 3\n' },
    lines: ['a=1', 'c=3', 'b=2'],
  },
  {
    name: 'reads sub-directories first and sorts without regard to case',
    files: {
      'hiawatha.conf': 'Include d\n',
      'd/B.conf': 'b = 1\n',
      'd/a.conf': 'a = 1\n',
      'd/z/x.conf': 'z = 1\n',
      'd/.hidden': '}\n',
    },
    lines: ['z=1', 'a=1', 'b=1'],
  },
  {
    name: 'shares variables in both directions',
    files: {
      'hiawatha.conf': 'set ONE = x\nInclude x.conf\na = TWO\n',
      'x.conf': 'b = ONE\nset TWO = y\n',
    },
    lines: ['b=x', 'a=y'],
  },
  {
    name: 'replaces variables in the name',
    files: { 'hiawatha.conf': 'set DIR_ = d\nInclude DIR_/x.conf\n', 'd/x.conf': 'a = 1\n' },
    lines: ['a=1'],
  },
  {
    name: 'reads the meant file behind a wrong separator',
    files: { 'hiawatha.conf': 'Include = x.conf\n', 'x.conf': 'a = 1\n' },
    lines: ['a=1'],
    problems: ['hiawatha.conf:1:8 error HW302'],
  },
  {
    name: 'refuses an inclusion in an included file',
    files: { 'hiawatha.conf': 'Include x.conf\n', 'x.conf': 'Include y.conf\na = 1\n' },
    lines: ['a=1'],
    problems: ['x.conf:1:1 error HW303'],
  },
  {
    name: 'refuses the main file however it is spelt',
    files: main('Include ./hiawatha.conf\na = 1\n'),
    lines: ['a=1'],
    problems: ['hiawatha.conf:1:9 error HW303'],
  },
  {
    name: 'refuses an inclusion in a section',
    files: main('Binding {\n\tInclude x.conf\n}\n'),
    lines: ['Binding{}'],
    problems: ['hiawatha.conf:2:2 error HW305'],
  },
  {
    name: 'reports a missing file',
    files: main('Include x.conf\n'),
    lines: [],
    problems: ['hiawatha.conf:1:9 error HW301'],
  },
  {
    name: 'reports a file that is included twice',
    files: { 'hiawatha.conf': 'Include x.conf\nInclude ./x.conf\n', 'x.conf': 'a = 1\n' },
    lines: ['a=1', 'a=1'],
    problems: ['hiawatha.conf:2:9 warning HW306'],
  },
  {
    name: 'reports a backup in an included directory',
    files: { 'hiawatha.conf': 'Include d\n', 'd/a.conf~': 'a = 1\n' },
    lines: ['a=1'],
    problems: ['hiawatha.conf:1:9 warning HW304'],
  },
];

describe('expand', () => {
  test.each([...VARIABLES, ...INCLUDES])('$name', ({ files, lines, problems }) => {
    expect(read(files)).toEqual({ lines, problems: problems ?? [] });
  });

  test('stops where values grow without bounds', () => {
    const definitions = Array.from({ length: 9 }, (_, level) => {
      const older = `VAR${String(level - 1)}_ `;
      return `set VAR${String(level)}_ = ${level === 0 ? 'x' : older.repeat(40)}\n`;
    });
    expect(read(main(`${definitions.join('')}a = VAR8_\n`)).problems).toEqual([
      'hiawatha.conf:10:5 error HW205',
    ]);
  });

  test('reports a main file that cannot be read', () => {
    expect(read({ 'other.conf': '' }).problems).toEqual(['hiawatha.conf:1:1 error HW301']);
  });

  test.each([
    { name: 'a.conf', second: 'link.conf', message: '"link.conf" is included twice' },
    { name: 'hiawatha.conf', second: 'link.conf', message: '"link.conf" includes itself' },
  ])('knows $name behind a link', ({ name, second, message }) => {
    const files = { 'a.conf': 'x = y\n', ...main(`Include a.conf\nInclude ${second}\n`) };
    const loader = mapSourceLoader(files);
    const linked = {
      configDirectory: loader.configDirectory,
      load: (path: string) => {
        const target = path === second ? name : path;
        const loaded = loader.load(target);
        return loaded.kind === 'file' ? { ...loaded, identity: `inode of ${target}` } : loaded;
      },
    };
    const { diagnostics } = expand(linked, 'hiawatha.conf');
    expect(diagnostics.map((one) => one.message)).toEqual([message]);
  });

  test('ends in a directory that leads back to itself', () => {
    const loader = mapSourceLoader(main('Include d\n'));
    const looping = {
      configDirectory: loader.configDirectory,
      load: (path: string) =>
        path.startsWith('d')
          ? ({ kind: 'directory', names: ['one', 'two'] } as const)
          : loader.load(path),
    };
    const { diagnostics } = expand(looping, 'hiawatha.conf');
    expect(diagnostics.every(({ code }) => code === 'HW301')).toBe(true);
    expect(diagnostics.length).toBeGreaterThan(0);
  });

  test('names a link that leads back once, and reads what stands beside it once', () => {
    const loader = mapSourceLoader(main('Include d\n'));
    const looping = {
      configDirectory: loader.configDirectory,
      load: (path: string) => {
        if (path.endsWith('.conf') && path.startsWith('d')) {
          return { kind: 'file', bytes: new TextEncoder().encode('a = b\n') } as const;
        }
        return path.startsWith('d')
          ? ({ kind: 'directory', names: ['back', 'x.conf'], identity: '1' } as const)
          : loader.load(path);
      },
    };
    const { config, diagnostics } = expand(looping, 'hiawatha.conf');
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'cannot read "d/back": it is a link that leads back to a directory that it stands in',
    ]);
    expect(config.directives.map(({ valueText }) => valueText)).toEqual(['b']);
  });

  test.each([
    { inner: 'Include hiawatha.conf', advice: 'remove the line: that file is being read already' },
    { inner: 'Include a.conf', advice: 'remove the line: that file is being read already' },
    { inner: 'Include b.conf', advice: 'move the line to hiawatha.conf' },
  ])('says what to do about "$inner" in an included file', ({ inner, advice }) => {
    const loader = mapSourceLoader({ ...main('Include a.conf\n'), 'a.conf': `${inner}\n` });
    const { diagnostics } = expand(loader, 'hiawatha.conf');
    expect(diagnostics[0]?.notes[0]?.message).toBe(advice);
  });

  test('maps a replaced variable to its name in the file', () => {
    const text = 'set NAME = /srv/x\na = b NAME c\n';
    const { config } = expand(mapSourceLoader(main(text)), 'hiawatha.conf');
    const value = config.directives[0]?.value;
    const from = value?.text.indexOf('/srv') ?? -1;
    const span = value?.spanOf(from, from + 6);
    expect(text.slice(span?.start, span?.end)).toBe('NAME');
    const end = value?.spanOf(value.text.length - 1, value.text.length);
    expect(text.slice(end?.start, end?.end)).toBe('c');
  });
});
