/** One configuration as releases of different age read it. */
import { describe, expect, test } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import { isBefore, TARGET_RELEASES, type TargetRelease } from '../../grammar/directives/release.ts';
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
      ['HW401', 'HW402', 'HW403', 'HW404', 'HW407', 'HW414', 'HW512'].includes(code),
    )
    .map(({ code, severity }) => `${code} ${severity}`);
}

/** A toolkit of one rule. */
function rule(line: string): string {
  return `UrlToolkit {\n  ToolkitID = t\n  ${line}\n}`;
}

/** What is wrong with a `.hiawatha` file, for a release. */
function checkLocal(text: string, target: TargetRelease): readonly string[] {
  return compile(mapSourceLoader({ '.hiawatha': text }), '.hiawatha', { target }).diagnostics.map(
    ({ code, severity }) => `${code} ${severity}`,
  );
}

/** Compares what each release says; one that is left out is expected to say nothing. */
function expectByRelease(
  check: (target: TargetRelease) => readonly string[],
  expected: Partial<Record<TargetRelease, readonly string[]>>,
): void {
  const found = TARGET_RELEASES.map((target) => [target, check(target)]);
  const silence = Object.fromEntries(TARGET_RELEASES.map((target) => [target, []]));
  expect(Object.fromEntries(found)).toEqual({ ...silence, ...expected });
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
    { line: 'PreventXSS = prevent', '8.8': ['HW414 error'], '9.15': ['HW414 error'] },
    { line: 'PreventXSS = block', '8.8': ['HW414 error'] },
    { line: 'PreventSQLi = block', '8.8': ['HW414 error'], '9.15': ['HW414 error'] },
    { line: 'BanOnMaxPerIP = 5m', '8.8': ['HW414 error'], '9.15': ['HW414 error'] },
    { line: 'BanOnMaxPerIP = 300' },
    { line: 'AccessLogfile = none', '8.8': ['HW414 error'] },
    { line: 'AccessLogfile = /var/log/a, daily', '8.8': ['HW414 error'] },
    {
      line: 'DHsize = 1024',
      '9.15': ['HW404 error'],
      '10.12': ['HW404 error'],
      '11.5': ['HW404 error'],
    },
    { line: 'DHsize = 8192', '8.8': ['HW414 error'] },
    { line: 'ReverseProxy ^/a 1 http://10.0.0.1/', '8.8': ['HW414 error'] },
    { line: 'ReverseProxy ^/a http://10.0.0.1/ 5 keep-alive', '8.8': ['HW414 error'] },
    { line: 'ReverseProxy ^/a /run/a.sock', '8.8': ['HW414 error'], '9.15': ['HW414 error'] },
    { line: 'ReverseProxy ^/a http://10.0.0.1/ 5' },
    {
      line: 'RequireTLS = no, 31536000; preload',
      '8.8': ['HW414 error', 'HW414 error'],
      '9.15': ['HW414 error'],
    },
    {
      line: 'TunnelSSH = 10.0.0.1; secret',
      '8.8': ['HW414 error', 'HW414 error'],
      '9.15': ['HW414 error'],
    },
    {
      line: 'Directory {\n  Path = /a\n  Setenv = A=b\n}',
      '9.15': ['HW403 error'],
      '10.12': ['HW403 error', 'HW512 warning'],
      '11.5': ['HW403 error', 'HW512 warning'],
    },
    {
      line: 'Directory {\n  Path = /a, /b\n}',
      '8.8': ['HW414 error'],
      '9.15': ['HW414 error'],
      '10.12': ['HW512 warning'],
      '11.5': ['HW512 warning'],
    },
    {
      line: 'Directory {\n  Path = /a\n  Path = /b\n}',
      '8.8': ['HW414 error'],
      '9.15': ['HW414 error'],
      '10.12': ['HW512 warning'],
      '11.5': ['HW512 warning'],
    },
    { line: rule('Match ^/a Redirect 302 /b'), '8.8': ['HW414 error'], '9.15': ['HW414 error'] },
    { line: rule('Match ^/a Redirect /b') },
    { line: rule('Match ^/a NotFound'), '8.8': ['HW414 error'], '9.15': ['HW414 error'] },
    { line: rule('Match !^/a DenyAccess'), '8.8': ['HW414 error'] },
    { line: rule('Match ^/a Ban 1h'), '8.8': ['HW414 error'], '9.15': ['HW414 error'] },
    { line: rule('RequestURI notfound Return'), '8.8': ['HW414 error'], '9.15': ['HW414 error'] },
    { line: rule('RequestURI exists Return') },
    { line: rule('RequestURI exists Skip 1'), '8.8': ['HW414 error'] },
    { line: rule('Do OmitRequestLog'), '8.8': ['HW414 error', 'HW414 error'] },
    { line: rule('Method GET Return'), '8.8': ['HW414 error'] },
    {
      line: 'Hostnme = x',
      '8.8': ['HW401 error'],
      '9.15': ['HW401 error'],
      '10.12': ['HW401 error'],
      '11.5': ['HW401 error'],
    },
  ])('is what judges $line', ({ line, ...expected }) => {
    expectByRelease((target) => [...check(line, target)].sort(), expected);
  });
});

describe('a target release and .hiawatha', () => {
  test.each([
    { text: 'UseToolkit = t\n', '8.8': ['HW414 error'] },
    { text: 'RequireSSL = yes\n', '10.12': ['HW403 error'], '11.5': ['HW403 error'] },
    { text: 'RequireTLS = yes\n', '10.12': ['HW403 error'], '11.5': ['HW403 error'] },
    { text: 'UseGZfile = yes\n', '10.12': ['HW402 error'], '11.5': ['HW402 error'] },
  ])('is what judges $text', ({ text, ...expected }) => {
    expectByRelease((target) => checkLocal(text, target), expected);
  });
});

describe('what came later', () => {
  test('is shown at its words, with what to write', () => {
    const loader = mapSourceLoader({
      'hiawatha.conf': `${BINDING}${SITE}UseToolkit = t\n${rule('Match ^/a Redirect 302 /b')}\n`,
      'mimetype.conf': '',
    });
    const found = compile(loader, 'hiawatha.conf', { target: '9.15' }).diagnostics.find(
      ({ code }) => code === 'HW414',
    );
    expect(found).toMatchObject({
      message: 'the code of a Redirect came after Hiawatha 9.15',
      notes: [{ message: 'write the URL alone; the answer is 301' }],
    });
    expect(found?.span.file.text.slice(found.span.start, found.span.end)).toBe('302');
  });
});
