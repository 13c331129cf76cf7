/** One configuration as releases of different age read it. */
import { describe, expect, test } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import { isBefore, type TargetRelease } from '../../grammar/directives/release.ts';
import { mapSourceLoader } from '../support/map-source-loader.ts';

const SITE = 'Hostname = 127.0.0.1\nWebsiteRoot = /srv/www\n';
const BINDING = 'Binding {\n  Port = 80\n}\n';

/** What is wrong with lines of a host, for a release. */
function check(lines: string, target: TargetRelease): readonly string[] {
  const loader = mapSourceLoader({
    'hiawatha.conf': `${BINDING}${SITE}${lines}\n`,
    'mimetype.conf': '',
  });
  return compile(loader, 'hiawatha.conf', { target })
    .diagnostics.filter(({ code }) =>
      ['HW401', 'HW402', 'HW404', 'HW407', 'HW414', 'HW512'].includes(code),
    )
    .map(({ code, severity }) => `${code} ${severity}`);
}

describe('isBefore', () => {
  test.each([
    { release: '9.15', other: '10.0', expected: true },
    { release: '10.12', other: '10.8', expected: false },
    { release: '10.8', other: '10.12', expected: true },
    { release: '11.5', other: '11.5', expected: false },
  ])('$release, $other: $expected', ({ release, other, expected }) => {
    expect(isBefore(release, other)).toBe(expected);
  });
});

describe('a target release', () => {
  test.each([
    { line: 'Syslog = system', '8.8': ['HW414 error'], '9.15': ['HW414 error'] },
    { line: 'EnforceFirstHostname = yes', '8.8': ['HW414 error'] },
    { line: 'IgnoreDotHiawatha = yes', '10.12': ['HW402 error'], '11.5': ['HW402 error'] },
    { line: 'PublicKeyPins = x', '11.5': ['HW402 error'] },
    {
      line: 'DenyBot = x:/',
      '9.15': ['HW402 error'],
      '10.12': ['HW402 error'],
      '11.5': ['HW402 error'],
    },
    { line: 'PreventXSS = yes', '10.12': ['HW402 error'], '11.5': ['HW402 error'] },
    {
      line: 'RequireSSL = no',
      '10.12': ['HW402 error'],
      '11.5': ['HW402 error'],
    },
    {
      line: 'Directory {\n  Path = /srv/www/files\n}',
      '10.12': ['HW402 warning', 'HW512 warning'],
      '11.5': ['HW402 warning', 'HW512 warning'],
    },
    {
      line: 'UrlToolkit {\n  ToolkitID = t\n  Call x\n}',
      '9.15': ['HW402 error'],
      '10.12': ['HW402 error'],
      '11.5': ['HW402 error'],
    },
    {
      line: 'UrlToolkit {\n  ToolkitID = t\n  Match ^/a Expire 1 day\n}',
      '10.12': ['HW402 error'],
      '11.5': ['HW402 error'],
    },
    {
      line: 'CustomHeader = X-A: b',
      '10.12': ['HW407 warning'],
      '11.5': ['HW407 warning'],
    },
    {
      line: 'Hostnme = x',
      '8.8': ['HW401 error'],
      '9.15': ['HW401 error'],
      '10.12': ['HW401 error'],
      '11.5': ['HW401 error'],
    },
  ])('is what judges $line', ({ line, ...expected }) => {
    const found = (['8.8', '9.15', '10.12', '11.5'] as const).map((target) => [
      target,
      [...check(line, target)].sort(),
    ]);
    expect(Object.fromEntries(found)).toEqual({
      '8.8': [],
      '9.15': [],
      '10.12': [],
      '11.5': [],
      ...expected,
    });
  });
});
