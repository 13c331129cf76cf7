import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { type ExplainRequestOptions, runExplainRequest } from '../../../cli/explain-request.ts';
import { compile } from '../../../compiler/compile.ts';
import { readLocalSettings } from '../../../compiler/local-settings.ts';
import { fileTree } from '../../support/file-tree.ts';
import { recordingConsole } from '../../support/recording-console.ts';

const HERE = import.meta.dirname;

async function explain(options: Partial<ExplainRequestOptions>, workingDirectory = HERE) {
  const console = recordingConsole();
  const exitCode = await runExplainRequest(
    {
      url: '/',
      path: 'site.conf',
      method: 'GET',
      fields: [],
      from: '127.0.0.1',
      connections: 1,
      looksAtFiles: false,
      isJson: false,
      ...options,
    },
    {
      console,
      workingDirectory,
      nowMs: Date.UTC(2026, 0, 1),
      loadCompile: () => Promise.resolve(compile),
      loadLocalSettings: () => Promise.resolve(readLocalSettings),
    },
  );
  return { exitCode, output: console.output(), errors: console.errors() };
}

describe('explain-request', () => {
  test.each([
    { name: 'script', url: 'http://shop.example:8080/index.php/a/b?c=d' },
    { name: 'front-controller', url: 'http://www.shop.example:8080/products?page=2' },
    { name: 'redirect', url: 'http://shop.example:8080/old/x?y' },
    { name: 'denied-by-rule', url: 'http://shop.example:8080/secret' },
    { name: 'denied-by-list', url: 'http://shop.example:8080/%61dmin//x.html' },
    { name: 'allowed-by-list', url: 'http://shop.example:8080/admin/x.html', from: '192.0.2.7' },
    { name: 'expiring-file', url: 'http://shop.example:8080/images/a.png' },
    { name: 'alias', url: 'http://shop.example:8080/pictures/a.png' },
    {
      name: 'posted',
      url: 'https://shop.example:8443/form.php',
      method: 'POST',
      fields: ['Content-Length: 12', 'Content-Type: text/plain', 'Cookie: a=b'],
    },
    { name: 'default-host', url: 'http://other.example/a.html' },
    { name: 'path-alone', url: '/' },
    { name: 'login-asked', url: 'http://private.example:8080/a.html' },
    {
      name: 'logged-in',
      url: 'http://private.example:8080/a.html',
      fields: ['Authorization: Basic YW5uOnNlY3JldA=='],
    },
    { name: 'require-tls', url: 'http://secure.example:8080/a' },
    { name: 'hidden-file', url: 'http://shop.example:8080/.git/config' },
    { name: 'unknown-method', url: 'http://shop.example:8080/', method: 'BREW' },
    { name: 'trace', url: 'http://shop.example:8080/', method: 'TRACE' },
    { name: 'too-large', url: '/', method: 'POST', fields: ['Content-Length: 99999999'] },
    { name: 'two-hosts', url: '/', fields: ['Host: a', 'Host: b'] },
    { name: 'perl', url: 'http://shop.example:8080/a.pl', isJson: true },
  ])('tells the story of $name', async ({ name, ...options }) => {
    const { output, exitCode } = await explain(options);
    expect(exitCode).toBe(0);
    await expect(output).toMatchFileSnapshot(join(HERE, `${name}.txt`));
  });

  test('looks at the disk where that is wanted', async () => {
    const directory = fileTree({
      'hiawatha.conf':
        'Binding {\n  Port = 80\n}\nHostname = a.example\nWebsiteRoot = CONFIG_DIR/www\nUseLocalConfig = yes\n',
      'mimetype.conf': 'text/html html\n',
      'www/index.html': 'hello',
      'www/closed/.hiawatha': 'AccessList = deny all\n',
      'www/closed/a.html': 'hello',
    });
    const path = { path: '.', looksAtFiles: true };
    const found = await explain({ url: '/', ...path }, directory);
    expect(found.output).toContain(`answer      200, the file ${directory}/www/index.html\n`);
    expect(found.output).toContain(`${directory}/www/: a directory\n`);
    const missing = await explain({ url: '/no.html', ...path }, directory);
    expect(missing.output).toContain('answer      404\n');
    const closed = await explain({ url: '/closed/a.html', ...path }, directory);
    expect(closed.output).toContain('answer      403\n');
  });

  test('tells what hiawatha-ts.json makes of a script', async () => {
    const directory = fileTree({
      'hiawatha.conf':
        'Binding {\n  Port = 80\n}\nCGIextension = cgi\nFastCGIserver {\n  FastCGIid = PHP\n  ConnectTo = /run/a.sock\n  Extension = php\n}\n' +
        'Hostname = a.example\nWebsiteRoot = CONFIG_DIR/www\nExecuteCGI = yes\nUseFastCGI = PHP\n',
      'mimetype.conf': 'text/html html\n',
      'www/a.cgi': '',
      'www/a.php': '',
      'hiawatha-ts.json':
        '{ "cgi": { "clientGone": "finish" }, "fastCgiServers": { "PHP": { "clientGone": "finish" } }, "allowedFields": ["App_*"] }',
    });
    const fields = ['App_User: u', 'X_Token: t', 'Proxy: p'];
    const said = 'what it has begun it does to its end, though the client be gone';
    const program = (await explain({ url: '/a.cgi', path: '.', fields }, directory)).output;
    expect(program).toContain(said);
    expect(program).toContain('  HTTP_APP_USER=u\n');
    expect(program).toContain('the field X_Token is not passed to it: a program could take it for');
    expect(program).toContain(
      'the field Proxy is not passed to it: its variable would be one that',
    );
    const application = (await explain({ url: '/a.php', path: '.', fields }, directory)).output;
    expect(application).toContain(`/run/a.sock; ${said}`);
  });

  test.each([
    { options: { url: '' }, message: 'the URL is empty; give one' },
    { options: { url: 'index.html' }, message: 'index.html: give a URL' },
    { options: { url: 'http:///x' }, message: 'http:///x: give a URL' },
    { options: { url: '/a b' }, message: 'write them as %20' },
    { options: { fields: ['nonsense'] }, message: `field 'nonsense': give "Name: value"` },
    { options: { fields: ['A: b\r\nC: d'] }, message: 'give "Name: value"' },
    { options: { from: 'home' }, message: 'from home: give an IPv4 or IPv6 address' },
    { options: { method: 'A B' }, message: 'method A B: give a method' },
    {
      options: { url: 'http://shop.example:81/' },
      message:
        'site.conf: no binding serves http on port 81; there is http on 127.0.0.1:8080, https on 0.0.0.0:8443',
    },
  ])('refuses $options', async ({ options, message }) => {
    await expect(explain(options)).rejects.toThrow(message);
  });

  describe('of a program that runs as another user', () => {
    async function whoStarts(wrapper: string, looksAtFiles = true): Promise<string> {
      const directory = fileTree({
        'hiawatha.conf': `Binding {\n  Port = 80\n}\nCGIextension = cgi\nCGIwrapper = ${wrapper}\nHostname = a.example\nWebsiteRoot = CONFIG_DIR/www\nExecuteCGI = yes\nWrapCGI = site\nFollowSymlinks = yes\n`,
        'mimetype.conf': 'text/html html\n',
        'www/a.cgi': '',
      });
      chmodSync(join(directory, 'www/a.cgi'), 0o755);
      const options = { url: '/a.cgi', path: '.', looksAtFiles };
      return (await explain(options, directory)).output;
    }

    test('names the process that stays root where there is no setuid wrapper', async () => {
      const output = await whoStarts('/none');
      expect(output).toMatch(
        /started as site by the process that stays root .*because \/none is no setuid wrapper/,
      );
      expect(output).not.toContain('CGIWRAP_ID');
    });

    test.runIf(process.getuid?.() === 0)('names the wrapper that is there', async () => {
      const wrapper = join(fileTree({ wrapper: '' }), 'wrapper');
      chmodSync(wrapper, 0o4755);
      const output = await whoStarts(wrapper);
      expect(output).toContain(`started by ${wrapper} as site`);
      expect(output).toContain('CGIWRAP_ID');
    });

    test('names both where nobody looks', async () => {
      expect(await whoStarts('/none', false)).toMatch(
        /started as site by \/none, or, where there is no such setuid wrapper, by the process/,
      );
    });
  });

  test('shows the errors of a configuration, and ends with 1', async () => {
    const directory = fileTree({ 'broken.conf': 'Hostnme = x\n' });
    const { exitCode, errors } = await explain({ path: 'broken.conf' }, directory);
    expect(exitCode).toBe(1);
    expect(errors).toContain('Hostnme');
  });
});
