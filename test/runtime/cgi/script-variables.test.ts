/** Where an application is told that its files are. */
import { expect, test } from 'vitest';
import { scriptVariables, type ScriptRequest } from '../../../runtime/cgi/script-variables.ts';
import type { ScriptLocation } from '../../../runtime/routing/request-target.ts';
import { prepareSites } from '../../../runtime/routing/site.ts';
import { makeRequest } from '../../support/request-context.ts';
import { makeFastCgiServer, makeTable } from '../../support/routing-table.ts';

const LINKS: ReadonlyMap<string, string> = new Map([
  ['/srv/app/current/public', '/srv/app/releases/42/public'],
  ['/srv/tools', '/opt/tools/7'],
]);

function told(
  resolvesLinks: boolean,
  script: Partial<ScriptLocation>,
  serverRoot: string | null = null,
): Record<string, string | undefined> {
  const table = makeTable({ hosts: [{}] });
  const [site] = prepareSites(table, '/etc');
  if (site === undefined) throw new Error('no site');
  const target: ScriptRequest['target'] = {
    kind: 'fastcgi',
    site,
    server: makeFastCgiServer({ resolvesLinks, serverRoot }),
    script: {
      scriptFilename: '/srv/app/current/public/index.php',
      scriptName: '/index.php',
      pathInfo: null,
      query: '',
      documentRoot: '/srv/app/current/public',
      alias: null,
      ...script,
    },
    errorStatus: null,
    timeoutMs: 1000,
  };
  return Object.fromEntries(
    scriptVariables({
      request: makeRequest({}),
      site,
      target,
      login: null,
      bodyBytes: 0,
      server: table.server,
      onFieldDropped: null,
      realPath: (path) => LINKS.get(path) ?? null,
    }),
  );
}

test('is the name of its root, links and all', () => {
  expect(told(false, {})).toMatchObject({
    SCRIPT_FILENAME: '/srv/app/current/public/index.php',
    DOCUMENT_ROOT: '/srv/app/current/public',
  });
});

test('is where its root leads, when that is asked for', () => {
  expect(told(true, {})).toMatchObject({
    SCRIPT_FILENAME: '/srv/app/releases/42/public/index.php',
    DOCUMENT_ROOT: '/srv/app/releases/42/public',
    SCRIPT_NAME: '/index.php',
  });
});

test('is where an alias leads, for scripts below it', () => {
  const script = {
    scriptFilename: '/srv/tools/a.php',
    alias: { from: '/tools', to: '/srv/tools' },
  };
  expect(told(true, script)).toMatchObject({
    SCRIPT_FILENAME: '/opt/tools/7/a.php',
    DOCUMENT_ROOT: '/srv/app/releases/42/public',
    ALIAS_TO: '/opt/tools/7',
  });
});

test('is below the root that the application sees', () => {
  expect(told(true, {}, '/srv/app')).toMatchObject({
    SCRIPT_FILENAME: '/releases/42/public/index.php',
    DOCUMENT_ROOT: '/releases/42/public',
  });
});

test('stays as it is where nothing is found', () => {
  const script = { documentRoot: '/nowhere', scriptFilename: '/nowhere/a.php' };
  expect(told(true, script)).toMatchObject({
    SCRIPT_FILENAME: '/nowhere/a.php',
    DOCUMENT_ROOT: '/nowhere',
  });
});
