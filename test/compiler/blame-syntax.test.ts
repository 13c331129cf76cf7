import { describe, expect, test } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import { lineColumnAt } from '../../grammar/source.ts';
import { mapSourceLoader } from '../support/map-source-loader.ts';

const SITE =
  'Binding {\n\tPort = 80\n}\nHostname = 127.0.0.1\nWebsiteRoot = /var/www\nAccessLogfile = none\n';

type Files = Readonly<Record<string, string>>;

/** What is said about files, as `file:line severity slug`; a mimetype file is there. */
function problems(files: Files): string[] {
  const loader = mapSourceLoader({ 'mimetype.conf': 'text/html html\n', ...files });
  return compile(loader, 'hiawatha.conf').diagnostics.map(
    ({ span, severity, slug }) =>
      `${span.file.path}:${String(lineColumnAt(span.file, span.start).line)} ${severity} ${slug}`,
  );
}

interface Row {
  readonly name: string;
  readonly files: Files;
  readonly problems: readonly string[];
}

const ROWS: readonly Row[] = [
  { name: 'finds nothing in a clean file', files: { 'hiawatha.conf': SITE }, problems: [] },
  {
    name: 'blames the tab for a number that is none',
    files: { 'hiawatha.conf': `${SITE}ConnectionsTotal =\t10\n` },
    problems: ['hiawatha.conf:7 error tab-as-separator'],
  },
  {
    name: 'blames the quotes for a path that is none',
    files: { 'hiawatha.conf': `${SITE}ErrorLogfile = "/var/log/x"\n` },
    problems: ['hiawatha.conf:7 error quoted-value'],
  },
  {
    name: 'blames a missing blank before a comment',
    files: { 'hiawatha.conf': `${SITE}KickOnBan = yes# always\n` },
    problems: ['hiawatha.conf:7 error hash-in-value'],
  },
  {
    name: 'blames the order of a variable',
    files: { 'hiawatha.conf': `${SITE}ConnectionsTotal = LIMIT\nset LIMIT = 20\n` },
    problems: ['hiawatha.conf:7 error variable-order'],
  },
  {
    name: 'makes one error of a note in an included directory',
    files: {
      'hiawatha.conf': `${SITE}Include sites\n`,
      'sites/README': 'Put sites here.\nOne file each.\n',
    },
    problems: ['hiawatha.conf:7 error suspicious-file'],
  },
  {
    name: 'sorts by file in the order of reading, then by place',
    files: { 'hiawatha.conf': `Include x.conf\n${SITE}Foo = 1\n`, 'x.conf': 'Bar = 1\n' },
    problems: ['hiawatha.conf:8 error unknown-directive', 'x.conf:1 error unknown-directive'],
  },
  {
    name: 'says once what a file included twice says twice',
    files: { 'hiawatha.conf': `${SITE}Include x.conf\nInclude x.conf\n`, 'x.conf': 'Bar = 1\n' },
    problems: ['hiawatha.conf:8 warning included-twice', 'x.conf:1 error unknown-directive'],
  },
];

describe('compile', () => {
  test.each(ROWS)('$name', (row) => {
    expect(problems(row.files)).toEqual(row.problems);
  });

  test('keeps what comments allow, with the reason', () => {
    const text = `${SITE}# hiawatha-ts: allow quoted-value -- the quotes are meant\nServerString = "x"\n`;
    const loader = mapSourceLoader({ 'mimetype.conf': '', 'hiawatha.conf': text });
    const { diagnostics, suppressed } = compile(loader, 'hiawatha.conf');
    expect(diagnostics).toEqual([]);
    expect(suppressed.map(({ diagnostic, reason }) => [diagnostic.slug, reason])).toEqual([
      ['quoted-value', 'the quotes are meant'],
    ]);
  });
});
