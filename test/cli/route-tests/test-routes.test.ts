import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import type { RouteReportFormat } from '../../../cli/route-tests/report-routes.ts';
import { runTestRoutes, runTestRoutesAndWatch } from '../../../cli/route-tests/test-routes.ts';
import { compile } from '../../../compiler/compile.ts';
import { readLocalSettings } from '../../../compiler/local-settings.ts';
import { fileTree } from '../../support/file-tree.ts';
import { recordingConsole } from '../../support/recording-console.ts';

const CONFIG = `Binding {
  Port = 80
}
FastCGIserver {
  FastCGIid = php
  ConnectTo = 127.0.0.1:9000
  Extension = php
}
Hostname = a.example
WebsiteRoot = CONFIG_DIR/www
UseFastCGI = php
CustomHeaderClient = X-One: 1
`;

const ROUTES = `routes:
  - name: right
    request: POST http://a.example/a.php?b=c
    headers: { Content-Length: 3 }
    expect:
      host: a.example
      handler: fastcgi
      fastcgi: php
      script: CONFIG_DIR/www/a.php
      path-info: null
      variables: { CONTENT_LENGTH: 3, HTTPS: "off", PATH_INFO: null }
      headers: { x-one: 1, X-Two: null }
  - name: wrong <status>
    request: /missing
    expect:
      status: 200
      headers: { X-One: two, X-Two: "2" }
  - request: http://a.example:81/
    expect: { handler: static-file }
`;

async function run(files: Record<string, string>, format: RouteReportFormat = 'text') {
  const console = recordingConsole();
  const directory = fileTree({
    'hiawatha.conf': CONFIG,
    'mimetype.conf': 'text/html html\n',
    ...files,
  });
  const exitCode = await runTestRoutes(
    { paths: ['ROUTES.yaml'], format },
    {
      console,
      workingDirectory: directory,
      nowMs: 0,
      loadCompile: () => Promise.resolve(compile),
      loadLocalSettings: () => Promise.resolve(readLocalSettings),
    },
  );
  return { exitCode, output: console.output() };
}

describe('test', () => {
  test.each(['text', 'junit', 'github'] as const)(
    'tells in the format %s what is not as expected, and ends with 1',
    async (format) => {
      const { exitCode, output } = await run({ 'ROUTES.yaml': ROUTES }, format);
      expect(exitCode).toBe(1);
      await expect(output).toMatchFileSnapshot(join(import.meta.dirname, `report.${format}.txt`));
    },
  );

  test('ends with 0 when all is as expected', async () => {
    const routes = ROUTES.slice(0, ROUTES.indexOf('  - name: wrong'));
    expect(await run({ 'ROUTES.yaml': routes })).toEqual({
      exitCode: 0,
      output: '1 route, all as expected\n',
    });
  });

  test('looks at the disk where the file says so', async () => {
    const routes = 'files: disk\nroutes:\n  - request: /a.html\n    expect: { status: 404 }\n';
    expect((await run({ 'ROUTES.yaml': routes })).exitCode).toBe(0);
  });

  test.each([
    { text: 'routes: [', message: 'ROUTES.yaml:1:10: this is no YAML' },
    { text: 'routes: []\n', message: 'ROUTES.yaml:1:9: routes: write at least one request' },
    {
      text: 'routes:\n  - request: /\n    expect: { statsu: 200 }\n',
      message:
        'ROUTES.yaml:3:23: routes.0.expect: unknown key "statsu" (did you mean "status"?); there may be host, ',
    },
    {
      text: 'routes:\n  - request: /\n',
      message: 'ROUTES.yaml:2:5: routes.0.expect: it is missing',
    },
    {
      text: 'routes:\n  - request: /\n    expect: {}\n',
      message: 'ROUTES.yaml:3:13: routes.0.expect: expect something of the answer',
    },
    {
      text: 'routes:\n  - request: GET / HTTP/1.1\n    expect: { status: 200 }\n',
      message: 'ROUTES.yaml:2:14: routes.0.request: write "GET http://host/path", or the URL alone',
    },
    {
      text: 'routes:\n  - request: /\n    expect: { status: 1 }\n  - expect: { status: 200 }\n',
      message: 'ROUTES.yaml:4:5: routes.1.request: ',
    },
    { text: '', message: 'ROUTES.yaml:1:1: this is no file of route tests' },
    { text: 'Hostname = a\n', message: 'ROUTES.yaml:1:1: this is no file of route tests' },
    {
      text: 'routes:\n  - request: /\n    expect: { status: 20 }\n',
      message:
        'ROUTES.yaml:3:23: routes.0.expect.status: give the number of a status, from 100 to 599',
    },
  ])('names the place of a mistake in $text', async ({ text, message }) => {
    await expect(run({ 'ROUTES.yaml': text })).rejects.toThrow(message);
  });

  test('says that a file cannot be read', async () => {
    await expect(run({})).rejects.toThrow('cannot read ROUTES.yaml: ');
  });
});

describe('test --watch', () => {
  test('tests again at every change, also where a file could not be used', async () => {
    const console = recordingConsole();
    const directory = fileTree({
      'hiawatha.conf': CONFIG,
      'mimetype.conf': 'text/html html\n',
      'ROUTES.yaml': 'routes: []',
    });
    const watched: string[][] = [];
    const exitCode = await runTestRoutesAndWatch(
      { paths: ['ROUTES.yaml'], format: 'text' },
      {
        console,
        workingDirectory: directory,
        nowMs: 0,
        loadCompile: () => Promise.resolve(compile),
        loadLocalSettings: () => Promise.resolve(readLocalSettings),
      },
      async (check) => {
        watched.push([...(await check()).requested]);
        writeFileSync(
          join(directory, 'ROUTES.yaml'),
          'routes: [{ request: /a.php, expect: { handler: fastcgi } }]',
        );
        const outcome = await check();
        watched.push([...outcome.requested]);
        return outcome;
      },
    );
    expect(exitCode).toBe(0);
    expect(console.errors()).toMatch(/^hiawatha-ts: ROUTES\.yaml:1:/);
    expect(console.output()).toBe('1 route, all as expected\n');
    expect(watched[0]).toEqual([join(directory, 'ROUTES.yaml')]);
    expect(watched[1]).toContain(join(directory, 'hiawatha.conf'));
  });
});
