import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { unpainted } from '../../cli/console.ts';
import { diagnosticText } from '../../cli/report/text.ts';
import { compile } from '../../compiler/compile.ts';
import { readLocalSettings } from '../../compiler/local-settings.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { mapSourceLoader } from '../support/map-source-loader.ts';

const CASES = join(import.meta.dirname, '../cases/side-files');

function checked(name: string, text: string): readonly Diagnostic[] {
  const { diagnostics, table } = compile(mapSourceLoader({ [name]: text }), name);
  expect(table).toBeNull();
  return diagnostics;
}

describe('side files', () => {
  test.each(globSync('*.conf', { cwd: CASES }).sort())('%s', async (file) => {
    const name = file.startsWith('local') ? '.hiawatha' : 'cgi-wrapper.conf';
    const report = checked(name, readFileSync(join(CASES, file), 'utf8')).map((diagnostic) =>
      diagnosticText(
        diagnostic,
        { path: name, diagnostics: [], suppressed: [], nameOf: ({ path }) => path },
        { paint: unpainted, columns: null },
      ),
    );
    const text = report.length === 0 ? 'nothing found\n' : `${report.join('\n\n')}\n`;
    await expect(text).toMatchFileSnapshot(join(CASES, file.replace(/\.conf$/, '.out')));
  });

  test('are known by their names, in whatever directory', () => {
    const path = '/srv/www/private/.hiawatha';
    expect(checked(path, 'ExecuteCGI = yes\n').map(({ code }) => code)).toEqual(['HW403']);
  });

  test('may leave a value empty where there is one to leave empty', () => {
    const found = checked('.hiawatha', 'StartFile =\nLoginMessage =\nAlterMode =\n');
    expect(found.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([
      'warning: the name of the start file is empty',
      'error: "AlterMode" has no value',
    ]);
  });

  test('of the CGI wrapper may not', () => {
    expect(checked('cgi-wrapper.conf', 'CGIhandler =\n').map(({ code }) => code)).toEqual([
      'HW404',
    ]);
  });

  test('may allow warnings by a comment', () => {
    const line = '# hiawatha-ts: allow wrong-case -- it is meant\n';
    expect(checked('.hiawatha', `${line}StartFile = a\n`).map(({ slug }) => slug)).toEqual([
      'unused-suppression',
    ]);
  });
});

function settingsOf(text: string): unknown {
  const result = readLocalSettings(Buffer.from(text));
  return result.ok ? result.settings : `error on line ${result.line}`;
}

const NOTHING = {
  accessList: null,
  alterGroups: null,
  alterList: null,
  alterMode: null,
  errorHandlers: [],
  loginMessage: null,
  passwordFile: null,
  requiredGroups: null,
  runOnAlter: null,
  setenv: [],
  showIndex: null,
  startFile: null,
  toolkits: null,
};

describe('readLocalSettings', () => {
  test.each([
    ['', {}],
    ['# only a comment\n', {}],
    [
      'AccessList = deny 10.0.0.1\nAccessList = allow all\n',
      {
        accessList: [
          { action: 'deny', network: { family: 4, address: '10.0.0.1', prefixLength: 32 } },
          { action: 'allow', network: null },
        ],
      },
    ],
    [
      'PasswordFile = basic:/srv/users\nRequiredGroup = a, b\nLoginMessage = Who is it\n',
      {
        passwordFile: { scheme: 'basic', passwordFile: '/srv/users', groupFile: null },
        requiredGroups: ['a', 'b'],
        loginMessage: 'Who is it',
      },
    ],
    ['StartFile = a.html\nShowIndex = xml\n', { startFile: 'a.html', showIndex: { kind: 'xml' } }],
    ['StartFile =\n', { startFile: '' }],
    ['StartFile = # none\n', { startFile: '' }],
    ['LoginMessage =\nRunOnAlter =\n', { loginMessage: '', runOnAlter: '' }],
    ['ShowIndex = no\n', { showIndex: { kind: 'off' } }],
    [
      'ErrorHandler = 404:/a.html\nSetenv a = 1\nSetenv a = 2\n',
      {
        errorHandlers: [{ status: 404, path: '/a.html', query: null }],
        setenv: [{ name: 'a', value: '1' }],
      },
    ],
    ['# toolkits\nUseToolkit = a, b\n', { toolkits: { ids: ['a', 'b'], line: 2 } }],
    [
      'AlterMode = 640\nAlterList = deny all\nAlterGroup = a, b\nRunOnAlter = /bin/true\n',
      {
        alterMode: 0o640,
        alterList: [{ action: 'deny', network: null }],
        alterGroups: ['a', 'b'],
        runOnAlter: '/bin/true',
      },
    ],
  ])('reads %j', (text, expected) => {
    expect(settingsOf(text)).toEqual({ ...NOTHING, ...expected });
  });

  test.each([
    ['StartFile = a\n\nExecuteCGI = yes\n', 3],
    ['Binding {\n}\n', 1],
    ['AccessList = deny nobody\nExecuteCGI = yes\n', 1],
    ['nonsense\n', 1],
    ['StartFile\n', 1],
    ['AccessList =\n', 1],
    ['PasswordFile =\n', 1],
    ['ShowIndex =\n', 1],
  ])('says where %j goes wrong', (text, line) => {
    expect(settingsOf(text)).toBe(`error on line ${line}`);
  });

  test('reads any bytes', () => {
    expect(() => readLocalSettings(Buffer.from([0, 0xff, 0x7b, 0x0a, 0x7d]))).not.toThrow();
  });
});
