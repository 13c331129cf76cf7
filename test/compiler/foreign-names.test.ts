/** What people write who know another server, and what they are told. */
import { describe, expect, test } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import { mapSourceLoader } from '../support/map-source-loader.ts';

const SITE = 'Hostname = 127.0.0.1\nWebsiteRoot = /srv/www\nAccessLogfile = none\n';
const BINDING = 'Binding {\n  Port = 80\n}\n';

/** Errors with their notes, one text for each. */
function told(text: string): readonly string[] {
  const loader = mapSourceLoader({ 'hiawatha.conf': text, 'mimetype.conf': '' });
  return compile(loader, 'hiawatha.conf')
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ message, notes }) => [message, ...notes.map((note) => note.message)].join('; '));
}

describe('names of other servers', () => {
  test.each([
    { line: 'DocumentRoot = /srv', advice: 'here it is WebsiteRoot' },
    {
      line: 'ServerAlias = www.a.example',
      advice: 'here it is Hostname, which takes a list of names',
    },
    { line: 'server_name a.example', advice: 'here it is Hostname, with commas between the names' },
    { line: 'index index.php', advice: 'here it is StartFile, with one name' },
    {
      line: 'RewriteRule ^/a /b',
      advice: 'here it is "Match <expression> Rewrite <URL>" in a UrlToolkit section',
    },
  ])('$line is answered with the name here', ({ line, advice }) => {
    const name = line.split(' ', 1)[0] ?? '';
    expect(told(`${BINDING}${SITE}${line}\n`)).toEqual([
      `unknown directive "${name}" at top level; ${advice}`,
    ]);
  });

  test('sections are, too', () => {
    expect(told(`${BINDING}${SITE}location {\n  Path = /a\n}\n`)).toEqual([
      'unknown section "location"; here it is Directory, with a line "Path = …", listed in UseDirectory of the host',
    ]);
  });
});

describe('an action as the name of a rule', () => {
  test.each([
    { line: 'Rewrite ^/a /b', form: 'Match <expression> Rewrite …' },
    { line: 'DenyAccess', form: 'Do DenyAccess …' },
  ])('$line is shown its place', ({ line, form }) => {
    const toolkit = `UrlToolkit {\n  ToolkitID = t\n  ${line} x\n}\n`;
    expect(told(`${BINDING}${SITE}UseToolkit = t\n${toolkit}`)[0]).toContain(
      `here it is an action, which stands behind a condition: "${form}"`,
    );
  });
});

describe('one mistake is one message', () => {
  test.each([
    {
      name: 'a second id in a section does not take the first away',
      text: 'UseDirectory = d\nDirectory {\n  Path = /a\n  DirectoryID = d\n  DirectoryID = e\n}\n',
      found: ['"DirectoryID" may be given only once'],
    },
    {
      name: 'an id behind a misspelt name',
      text: 'UseDirectry = d\n',
      found: ['unknown directive "UseDirectry" at top level; did you mean "UseDirectory"?'],
    },
    {
      name: 'a rule without anything',
      text: 'UseToolkit = t\nUrlToolkit {\n  ToolkitID = t\n  Match\n}\n',
      found: ['"Match" has no value'],
    },
  ])('$name', ({ text, found }) => {
    expect(told(`${BINDING}${SITE}${text}`).map((one) => one.replace(/; (?!did).*$/, ''))).toEqual(
      found,
    );
  });

  test('lines of a file that is included twice are not given twice', () => {
    const loader = mapSourceLoader({
      'hiawatha.conf': `${BINDING}${SITE}Include a.conf\nInclude a.conf\n`,
      'a.conf': 'ConnectionsTotal = 5\nErrorHandler = 404:/a.html\n',
      'mimetype.conf': '',
    });
    expect(compile(loader, 'hiawatha.conf').diagnostics.map(({ code }) => code)).toEqual(['HW306']);
  });
});
