import { describe, expect, test } from 'vitest';
import { compile } from '../../../compiler/compile.ts';
import type { RoutingTable } from '../../../routing-table/schema.ts';
import { mapSourceLoader } from '../../support/map-source-loader.ts';

const SITE = 'Hostname = 127.0.0.1\nWebsiteRoot = /var/www/site\nBinding {\n    Port = 8080\n}\n';

function tableOf(lines: string): RoutingTable {
  const loader = mapSourceLoader({ 'hiawatha.conf': `${SITE}${lines}`, 'mimetype.conf': '' });
  const { table, diagnostics } = compile(loader, 'hiawatha.conf');
  if (table === null) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  return table;
}

function rulesOf(...rules: readonly string[]): unknown {
  const lines = rules.map((rule) => `    ${rule}\n`).join('');
  return tableOf(`UseToolkit = t\nUrlToolkit {\n    ToolkitID = t\n${lines}}\n`).toolkits[0]?.rules;
}

describe('lowering a toolkit', () => {
  test('keeps rules of different conditions in the order of the file', () => {
    expect(
      rulesOf('UseTLS Skip 1', 'Match ^/a Return', 'Do Exit', 'Match ^/b NotFound'),
    ).toMatchObject([
      { condition: { kind: 'use-tls' }, action: { kind: 'skip', rules: 1 } },
      { condition: { kind: 'match', pattern: { source: '^/a' } }, action: { kind: 'return' } },
      { condition: { kind: 'always' }, action: { kind: 'exit' } },
      { condition: { kind: 'match', pattern: { source: '^/b' } }, action: { kind: 'not-found' } },
    ]);
  });

  test('writes conditions and actions in full', () => {
    expect(
      rulesOf(
        'Match !^/(a|b) Redirect 302 /c',
        'Match ^/x Rewrite /y 3 Continue',
        'Header User-Agent "bad bot" Ban 5m',
        'Header * evil Use /no.html',
        'Method !GET DenyAccess',
        'RequestURI isfile Return',
        'TotalConnections 9 OmitRequestLog',
      ),
    ).toEqual([
      {
        condition: {
          kind: 'match',
          pattern: {
            source: '^/(a|b)',
            ignoreCase: false,
            engine: 'javascript',
            translated: '^/(a|b)',
          },
          negated: true,
        },
        action: { kind: 'redirect', status: 302, location: '/c' },
      },
      {
        condition: {
          kind: 'match',
          pattern: { source: '^/x', ignoreCase: false, engine: 'javascript', translated: '^/x' },
          negated: false,
        },
        action: { kind: 'rewrite', replacement: '/y', count: 3, then: 'continue' },
      },
      {
        condition: {
          kind: 'header',
          name: 'user-agent',
          pattern: {
            source: 'bad bot',
            ignoreCase: true,
            engine: 'javascript',
            translated: '[Bb][Aa][Dd] [Bb][Oo][Tt]',
          },
          negated: false,
        },
        action: { kind: 'ban', ms: 300_000 },
      },
      {
        condition: {
          kind: 'header',
          name: null,
          pattern: {
            source: 'evil',
            ignoreCase: true,
            engine: 'javascript',
            translated: '[Ee][Vv][Ii][Ll]',
          },
          negated: false,
        },
        action: { kind: 'use', url: '/no.html' },
      },
      {
        condition: { kind: 'method', method: 'GET', negated: true },
        action: { kind: 'deny-access' },
      },
      { condition: { kind: 'request-uri', test: 'isfile' }, action: { kind: 'return' } },
      {
        condition: { kind: 'total-connections', connections: 9 },
        action: { kind: 'omit-request-log' },
      },
    ]);
  });

  test('resolves ids: of toolkits the last with the id, of FastCGI servers in any case', () => {
    const { toolkits, fastCgiServers } = tableOf(
      [
        'UseToolkit = t',
        'UrlToolkit {\n ToolkitID = sub\n Do Exit\n}',
        'UrlToolkit {\n ToolkitID = t\n Do Call sub\n Match ^/a UseFastCGI php\n}',
        'UrlToolkit {\n ToolkitID = sub\n Do Return\n}',
        'FastCGIserver {\n FastCGIid = other\n ConnectTo = 127.0.0.1:9001\n Extension = x\n}',
        'FastCGIserver {\n FastCGIid = PHP\n ConnectTo = 127.0.0.1:9000\n Extension = php\n}',
        '',
      ].join('\n'),
    );
    expect(toolkits.map(({ id }) => id)).toEqual(['t', 'sub']);
    expect(toolkits[0]?.rules.map(({ action }) => action)).toEqual([
      { kind: 'call', toolkit: 1 },
      { kind: 'use-fastcgi', fastCgiServer: 1 },
    ]);
    expect(toolkits[1]?.rules.map(({ action }) => action)).toEqual([{ kind: 'return' }]);
    expect(fastCgiServers[1]?.id).toBe('PHP');
  });

  test('carries proxies, WebSockets and DenyBody of a host', () => {
    const [host] = tableOf(
      [
        'ReverseProxy !^/static 1 http://192.0.2.1:8080/app/ 10 keep-alive',
        'WebSocket = ws://192.0.2.1:5000 /chat,/feed 30',
        'DenyBody = select .* from',
        '',
      ].join('\n'),
    ).hosts;
    expect(host).toMatchObject({
      reverseProxies: [
        {
          pattern: { source: '^/static', ignoreCase: false },
          negated: true,
          skipDirectories: 1,
          target: { scheme: 'http', host: '192.0.2.1', port: 8080, path: '/app' },
          timeoutMs: 10_000,
          keepAlive: true,
        },
      ],
      webSockets: [
        {
          scheme: 'ws',
          endpoint: { kind: 'tcp', host: '192.0.2.1', port: 5000 },
          paths: ['/chat', '/feed'],
          timeoutMs: 1_800_000,
        },
      ],
      denyBody: [{ source: 'select .* from', ignoreCase: true, engine: 're2' }],
    });
  });
});

describe('ids in rules', () => {
  function problemsOf(rule: string): string[] {
    const loader = mapSourceLoader({
      'hiawatha.conf': `${SITE}UseToolkit = t\nUrlToolkit {\n ToolkitID = t\n ${rule}\n}\nUseFastCGI = PHP\nFastCGIserver {\n FastCGIid = PHP\n ConnectTo = 127.0.0.1:9000\n Extension = php\n}\n`,
      'mimetype.conf': '',
    });
    return compile(loader, 'hiawatha.conf').diagnostics.map(
      ({ code, severity, message, acceptedByHiawatha }) =>
        `${severity} ${code} ${message}${severity === 'error' && acceptedByHiawatha ? ' (accepted)' : ''}`,
    );
  }

  test.each([
    ['Do Call T', 'error HW503 unknown toolkit "T"; did you mean "t"?'],
    ['Match ^/ Goto nowhere', 'error HW503 unknown toolkit "nowhere"'],
    [
      'Match ^/a UseFastCGI PH',
      'error HW505 unknown FastCGI server "PH"; did you mean "PHP"? (accepted)',
    ],
    ['Match ^/a UseFastCGI php', 'warning HW505 the FastCGI server is called "PHP"'],
  ])('of "%s" are looked up', (rule, expected) => {
    expect(problemsOf(rule)).toContain(expected);
  });

  test('a rule that names no FastCGI server refuses the request', () => {
    const loader = mapSourceLoader({
      'hiawatha.conf': `${SITE}UrlToolkit {\n    ToolkitID = t\n    Match ^/ UseFastCGI none\n}\n`,
      'mimetype.conf': '',
    });
    const { table } = compile(loader, 'hiawatha.conf', { compat: true });
    expect(table?.toolkits[0]?.rules[0]?.action).toEqual({ kind: 'deny-access' });
  });
});
