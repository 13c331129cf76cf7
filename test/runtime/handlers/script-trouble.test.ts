import { describe, expect, test } from 'vitest';
import { disk } from '../../../runtime/disk.ts';
import { gatewayFailure } from '../../../runtime/gateway/failure.ts';
import type { ScriptTarget } from '../../../runtime/handlers/script-request.ts';
import {
  describeGatewayFailure,
  explainMissedScript,
  isScriptMissed,
} from '../../../runtime/handlers/script-trouble.ts';
import type { RuntimeErrorCode } from '../../../runtime/runtime-error.ts';
import { fileTree } from '../../support/file-tree.ts';
import { makeSite } from '../../support/prepared-site.ts';
import { makeTable } from '../../support/routing-table.ts';
import { makeScript } from '../../support/script-location.ts';

const TABLE = makeTable({ fastCgiServers: [{ id: 'A' }, { id: 'B' }] });
const SITE = makeSite();

const SERVICES = {
  files: disk,
  writtenAt: (pointer: string) => ` (${pointer})`,
  placeOf: (server: (typeof TABLE.fastCgiServers)[number]) => TABLE.fastCgiServers.indexOf(server),
};

function fastCgi(script = makeScript('/srv/www/a.php')): ScriptTarget & { kind: 'fastcgi' } {
  const server = TABLE.fastCgiServers[1];
  if (server === undefined) throw new Error('no such server');
  return { kind: 'fastcgi', site: SITE, server, script, errorStatus: null, timeoutMs: 5000 };
}

function cgi(interpreter: string | null): ScriptTarget {
  const script = makeScript('/srv/www/a.cgi');
  return {
    kind: 'cgi',
    site: SITE,
    interpreter,
    wrap: null,
    script,
    errorStatus: null,
    timeoutMs: 5000,
  };
}

describe('a failure names the line of the configuration that it is about', () => {
  const cases: readonly [string, RuntimeErrorCode, ScriptTarget, string][] = [
    ['TimeForCGI', 'HWR_CGI_TIMEOUT', fastCgi(), '/hosts/0/timeForCgiMs'],
    ['TimeForCGI of a program', 'HWR_CGI_TIMEOUT', cgi(null), '/hosts/0/timeForCgiMs'],
    ['ConnectTo', 'HWR_CONNECT', fastCgi(), '/fastCgiServers/1/connectTo'],
    ['CGIextension', 'HWR_CGI_SPAWN', cgi(null), '/server/cgiExtensions'],
    ['CGIhandler', 'HWR_CGI_SPAWN', cgi('/usr/bin/perl'), '/server/cgiHandlers'],
  ];
  test.each(cases)('%s', (_, code, target, pointer) => {
    const problem = gatewayFailure(code, 'it failed');
    expect(describeGatewayFailure(problem, target, SITE, SERVICES)).toBe(`it failed (${pointer})`);
  });
});

describe('an application that has not found its script', () => {
  test.each(['Primary script unknown', 'No input file specified.\n'])('says %j', (said) => {
    expect(isScriptMissed(said)).toBe(true);
    expect(isScriptMissed(Buffer.from(said))).toBe(true);
  });

  test('is not taken for one because of what a long answer says far down', () => {
    const said = `${'x'.repeat(1000)}No input file specified`;
    expect(isScriptMissed(said)).toBe(false);
    expect(isScriptMissed(Buffer.from(said))).toBe(false);
  });
});

/** What is said of a script below a root. */
function explain(documentRoot: string, name: string): string | null {
  const scriptFilename = `${documentRoot}/${name}`;
  const told = [
    ['SCRIPT_FILENAME', scriptFilename],
    ['DOCUMENT_ROOT', documentRoot],
  ] as const;
  const target = fastCgi({ ...makeScript(scriptFilename), documentRoot });
  return explainMissedScript(told, target, SITE, SERVICES);
}

describe('a script that an application has not found', () => {
  test('and that is here is a matter of ServerRoot', () => {
    const root = fileTree({ 'a.php': '' });
    const why = explain(root, 'a.php');
    expect(why).toContain(`SCRIPT_FILENAME=${root}/a.php (DOCUMENT_ROOT=${root}), which is there`);
    expect(why).toMatch(/ \(\/fastCgiServers\/1\/serverRoot\)$/);
  });

  test('and whose directory is not here either is a matter of WebsiteRoot', () => {
    const root = `${fileTree()}/gone`;
    const why = explain(root, 'a.php');
    expect(why).toContain('there is no such directory here either');
    expect(why).toMatch(/ \(\/hosts\/0\/websiteRoot\)$/);
  });

  test('and that is not in its directory is a URL that leads nowhere, of which nothing is said', () => {
    expect(explain(fileTree(), 'a.php')).toBeNull();
  });
});
