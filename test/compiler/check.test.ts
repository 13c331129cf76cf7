/**
 * The checker on whole files. `test/cases/ok/*.conf` have no diagnostics at all; what is said about
 * `test/cases/check/*.conf` stands in the `.out` file beside each.
 */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkFile } from '../support/check-file.ts';
import { describeDiagnostic, sortDiagnostics } from '../support/describe-diagnostic.ts';

const CASES = join(import.meta.dirname, '../cases');

function namesIn(folder: string): readonly string[] {
  return globSync('*.conf', { cwd: join(CASES, folder) }).map((file) => basename(file, '.conf'));
}

function report(folder: string, name: string): string {
  const { diagnostics } = checkFile(readFileSync(join(CASES, folder, `${name}.conf`), 'utf8'));
  return sortDiagnostics(diagnostics)
    .map((diagnostic) => `${describeDiagnostic(diagnostic)}\n`)
    .join('');
}

describe('check', () => {
  test.each(namesIn('ok'))('ok/%s has nothing to say', (name) => {
    expect(report('ok', name)).toBe('');
  });

  test.each(namesIn('check'))('check/%s', async (name) => {
    await expect(report('check', name)).toMatchFileSnapshot(join(CASES, 'check', `${name}.out`));
  });
});

describe('check with a module', () => {
  const SITE = 'Hostname = 127.0.0.1\nWebsiteRoot = /srv/www\nBinding {\n\tPort = 80\n}\n';

  function severitiesOf(line: string, modules: readonly ('monitor' | 'tomahawk')[]): string[] {
    const { diagnostics } = checkFile(`${SITE}${line}\n`, {}, modules);
    return diagnostics.map(({ code, severity }) => `${code} ${severity}`);
  }

  test.each([
    ['MonitorServer = 127.0.0.1', 'monitor'],
    ['Tomahawk = 8181, 5ebe2294ecd0e0f08eab7690d2a6ee69', 'tomahawk'],
  ] as const)('%s is an error without %s and a warning with it', (line, module) => {
    expect(severitiesOf(line, [])).toEqual(['HW408 error']);
    expect(severitiesOf(line, [module])).toEqual(['HW408 warning']);
  });

  test('the Monitor takes the host name monitor', () => {
    const host = 'VirtualHost {\n\tHostname = monitor\n\tWebsiteRoot = /srv/m\n}';
    expect(severitiesOf(host, [])).toEqual([]);
    expect(severitiesOf(host, ['monitor'])).toEqual(['HW605 error']);
  });
});

describe('check of files beside the configuration', () => {
  const SITE = 'Hostname = 127.0.0.1\nWebsiteRoot = /srv/www\nBinding {\n\tPort = 80\n}\n';
  const HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

  function messagesOf(line: string, files: Readonly<Record<string, string>>): string[] {
    const { diagnostics } = checkFile(`${SITE}${line}\n`, files);
    return diagnostics.map(({ code, message }) => `${code} ${message}`);
  }

  test.each([
    ['one line', `${HASH}:/srv/a\n`, []],
    ['blanks around the colon', `${HASH} : /srv/a b\n`, []],
    ['nothing', '', ['HW404 "h.txt" is no list of hashes: it is empty']],
    ['a blank line', `${HASH}:/srv/a\n\n`, ['HW404 "h.txt" is no list of hashes: line 2 is blank']],
    [
      'a short hash',
      'abc:/srv/a\n',
      ['HW404 "h.txt" is no list of hashes: the hash of line 1 has 3 digits, not 64'],
    ],
    [
      'no colon',
      `${HASH}\n`,
      ['HW404 "h.txt" is no list of hashes: line 1 has no hash with a colon and a file name'],
    ],
  ])('FileHashes with %s', (_name, content, expected) => {
    expect(messagesOf('FileHashes = h.txt', { 'h.txt': content })).toEqual(expected);
  });

  test('FileHashes gives the sums by name, in lower case', () => {
    const { config } = checkFile(`${SITE}FileHashes = h.txt\n`, {
      'h.txt': `${HASH.toUpperCase()}:/srv/a\n`,
    });
    expect(config.fileHashes.get('h.txt')).toEqual([{ path: '/srv/a', sha256: HASH }]);
  });

  test('FileHashes that is missing is an error', () => {
    expect(messagesOf('FileHashes = h.txt', {})).toEqual([
      'HW301 cannot read the hashes in "h.txt": no such file',
    ]);
  });

  /** SEQUENCE { SEQUENCE {}, SEQUENCE {}, BIT STRING {} }: the shape of a certificate. */
  const CERTIFICATE = pem([0x30, 0x06, 0x30, 0x00, 0x30, 0x00, 0x03, 0x00]);

  function pem(bytes: readonly number[]): string {
    const body = Buffer.from(bytes).toString('base64');
    return `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
  }

  test.each([
    ['a certificate', CERTIFICATE, []],
    ['two certificates and remarks', `# ours\n${CERTIFICATE}${CERTIFICATE}`, []],
    ['no certificate', 'hello\n', ['HW612 "ca.pem" holds no certificate, or a damaged one']],
    [
      'a sequence of one sequence',
      pem([0x30, 0x02, 0x30, 0x00]),
      ['HW612 "ca.pem" holds no certificate, or a damaged one'],
    ],
    [
      'a cut certificate',
      pem([0x30, 0x06, 0x30, 0x00, 0x30]),
      ['HW612 "ca.pem" holds no certificate, or a damaged one'],
    ],
    [
      'bytes behind it',
      pem([0x30, 0x06, 0x30, 0x00, 0x30, 0x00, 0x03, 0x00, 0x00]),
      ['HW612 "ca.pem" holds no certificate, or a damaged one'],
    ],
    [
      'a length without end',
      pem([0x30, 0x80, 0x30, 0x00]),
      ['HW612 "ca.pem" holds no certificate, or a damaged one'],
    ],
    [
      'no base64',
      '-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n',
      ['HW612 "ca.pem" holds no certificate, or a damaged one'],
    ],
  ])('CAcertificates with %s', (_name, content, expected) => {
    expect(messagesOf('CAcertificates = ca.pem', { 'ca.pem': content })).toEqual(expected);
  });

  test('CAcertificates takes a directory only when every file in it is a certificate', () => {
    const files = { 'certs/a.pem': CERTIFICATE };
    expect(messagesOf('CAcertificates = certs', files)).toEqual([]);
    expect(messagesOf('CAcertificates = certs', { ...files, 'certs/README': 'x' })).toEqual([
      'HW612 "README" in "certs" is no certificate',
    ]);
  });
});
