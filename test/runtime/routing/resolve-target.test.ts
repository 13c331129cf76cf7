import { describe, expect, test } from 'vitest';
import { readLocalSettings } from '../../../compiler/local-settings.ts';
import type { Authenticator } from '../../../runtime/auth/authenticator.ts';
import type { RequestContext } from '../../../runtime/request-context.ts';
import type { FileFacts, FileKind, FileSystem } from '../../../runtime/routing/file-system.ts';
import type { ErrorTarget } from '../../../runtime/routing/request-target.ts';
import { resolveTarget } from '../../../runtime/routing/resolve-target.ts';
import { prepareSites } from '../../../runtime/routing/site.ts';
import { findUserSite, userSiteRules } from '../../../runtime/routing/user-site.ts';
import type { AccessRule, RoutingTable } from '../../../routing-table/schema.ts';
import { makeRequest } from '../../support/request-context.ts';
import { makeTable, type TableParts } from '../../support/routing-table.ts';

function facts(kind: FileKind): FileFacts {
  return { kind, size: 0, modifiedMs: 0, changedMs: 0, inode: 0 };
}

/** A disk of given names; a trailing `!` forbids, a trailing `*` makes executable. */
function mapFileSystem(names: readonly string[]): FileSystem {
  const kinds = new Map<string, FileKind>([['/srv/www', 'directory']]);
  const executable = new Set<string>();
  for (const name of names) {
    const path = `/srv/www${name.replace(/[!*/]+$/, '')}`;
    if (name.endsWith('*')) executable.add(path);
    kinds.set(path, name.endsWith('!') ? 'forbidden' : name.endsWith('/') ? 'directory' : 'file');
  }
  return {
    look(path) {
      const tidy = path.replace(/\/+/g, '/').replace(/\/$/, '');
      const kind = kinds.get(tidy);
      if (kind === 'file' && path.endsWith('/')) return facts('not-directory');
      if (kind !== undefined) return facts(kind);
      const isBelowFile = [...kinds].some(
        ([file, its]) => its === 'file' && tidy.startsWith(`${file}/`),
      );
      return facts(isBelowFile ? 'not-directory' : 'missing');
    },
    lookForFile: () => null,
    isReadable: () => true,
    isExecutable: (path) => executable.has(path),
    isWithin: (path) => !path.includes('outside'),
  };
}

/** Lets in whoever says so. */
const authenticator: Authenticator = {
  isMember: (_, { requiredGroups }) => Promise.resolve(!requiredGroups.includes('others')),
  authenticate: (request, { scheme }) =>
    Promise.resolve(
      request.fields.some(([name]) => name === 'Authorization')
        ? { kind: 'granted', login: { scheme: 'Basic', user: 'anna' } }
        : { kind: 'refused', isAttempt: false, challenges: [scheme], unreadable: null },
    ),
};

/** The hash of every file is its name. */
const hashes = { sha256Of: (path: string) => Promise.resolve(path) };

interface Asked {
  readonly parts?: TableParts;
  readonly files?: readonly string[] | FileSystem;
  readonly request?: Partial<RequestContext>;
  /** Texts of `.hiawatha` files, by directory. */
  readonly local?: Readonly<Record<string, string>>;
}

/** What a request resolves to, in short: kind, then what matters of it. */
async function resolved(
  target: string,
  { parts = {}, files = [], request = {}, local = {} }: Asked,
): Promise<string> {
  const table = makeTable(parts);
  const [site] = prepareSites(table, '/etc');
  if (site === undefined) throw new Error('no site');
  const found = await resolveTarget(
    makeRequest({ target, ...request }),
    site,
    {
      blockExtensions: new Set(table.server.blockExtensions),
      authenticator,
      hashes,
      toolkits: table.toolkits,
      fastCgiServers: table.fastCgiServers,
      bans: { isProtected: () => false, ban: () => undefined },
      countConnections: () => 1,
      userSites: userSiteRules(table.server, {
        homeOf: (user) => (user === 'anna' ? '/srv/www/home/anna' : null),
      }),
      localSettings: {
        read: (path) => {
          const text = local[path.replace(/\/\.hiawatha$/, '')];
          return Promise.resolve(text === undefined ? null : readLocalSettings(Buffer.from(text)));
        },
      },
    },
    'look' in files ? files : mapFileSystem(files),
    { login: null, isUnlogged: false, runAfter: null, site },
  );
  switch (found.kind) {
    case 'static-file':
      return `file ${found.path}`;
    case 'directory-index':
      return `${found.format} index of ${found.directory}`;
    case 'transformed-xml':
      return `${found.script.scriptFilename} by ${found.sheet}`;
    case 'alter':
      return `${found.method} ${found.path}`;
    case 'trace':
      return 'trace';
    case 'redirect':
      return `${found.status} ${found.location}`;
    case 'error':
      return `${found.status}${found.isConnectionClosed ? ' close' : ''}${logged(found)}`;
    case 'fastcgi':
    case 'cgi': {
      const { scriptFilename, scriptName, pathInfo, query } = found.script;
      const by = found.kind === 'cgi' ? (found.interpreter ?? 'itself') : found.server.id;
      return `${by} ${scriptFilename} ${scriptName} ${String(pathInfo)} ${query}`;
    }
  }
}

/** What the error log has of an answer: the file, and what is wrong with it. */
function logged({ logFile, logMessage }: ErrorTarget): string {
  if (logMessage === null) return '';
  return logFile === null ? ` (${logMessage})` : ` (${logFile}: ${logMessage})`;
}

const CGI: TableParts = {
  server: {
    cgiHandlers: [{ extension: 'pl', program: '/usr/bin/perl' }],
    cgiExtensions: ['cgi'],
  },
  hosts: [{ executeCgi: true }],
};

const PHP: TableParts = {
  server: { cgiHandlers: [{ extension: 'php', program: '/usr/bin/php-cgi' }] },
  hosts: [{ executeCgi: true, fastCgiServers: [0], enablePathInfo: true, startFile: 'index.php' }],
  fastCgiServers: [{}],
};

/** A toolkit that makes every URL another one. */
function use(url: string): RoutingTable['toolkits'][number] {
  return { id: 't', rules: [{ condition: { kind: 'always' }, action: { kind: 'use', url } }] };
}

const deny: readonly AccessRule[] = [{ action: 'deny', network: null }];

describe('resolveTarget', () => {
  test.each([
    ['/a.txt', 'file /srv/www/a.txt'],
    ['/a.txt?b', 'file /srv/www/a.txt'],
    ['/', 'file /srv/www/index.html'],
    ['/dir', '301 /dir/'],
    ['/dir?x=1', '301 /dir/?x=1'],
    ['//dir', '301 /dir/'],
    ['/d%20r', '301 /d%20r/'],
    ['/dir/', '404'],
    ['/no', '404'],
    ['/a.txt/more', '404'],
    ['/closed', '403 (/srv/www/closed: access denied via filesystem)'],
    ['/.hidden', '404 close'],
    ['/a/../b', '404 close'],
    ['/%2e%2e/b', '404 close'],
    ['/a%00', '403 close'],
    ['/a?%00', '403 (URL contains forbidden characters)'],
    ['/.well-known/a', '404'],
    ['/.well-known/.a', '404 close'],
  ])('%s is %s', async (target, expected) => {
    const files = ['/a.txt', '/index.html', '/dir/', '/d r/', '/closed!'];
    expect(await resolved(target, { files })).toBe(expected);
  });

  test.each([
    ['/s.pl', '/usr/bin/perl /srv/www/s.pl /s.pl null '],
    ['/s.pl?a=%20', '/usr/bin/perl /srv/www/s.pl /s.pl null a=%20'],
    ['/p.cgi', 'itself /srv/www/p.cgi /p.cgi null '],
    [
      '/n.cgi',
      '403 (/srv/www/n.cgi: the server may not execute this CGI program; set its executable bit (chmod +x))',
    ],
    ['/missing.pl', '404'],
    ['/s.pl/info', '404'],
    ['/outside.pl', '403 (/srv/www/outside.pl: symlink not allowed)'],
  ])('a CGI request %s is %s', async (target, expected) => {
    const files = ['/s.pl', '/p.cgi*', '/n.cgi', '/outside.pl'];
    expect(await resolved(target, { parts: CGI, files })).toBe(expected);
  });

  test.each([
    ['/closed', {}, '403 (/srv/www/closed: access denied via filesystem)'],
    ['/outside.pl', CGI, '403 (/srv/www/outside.pl: symlink not allowed)'],
    [
      '/s.pl',
      { ...CGI, hosts: [{ executeCgi: false }] },
      '403 (/srv/www/s.pl: CGI execution not allowed)',
    ],
  ])('a refused file is named in the error log: %s', async (target, parts, expected) => {
    const files = ['/closed!', '/outside.pl', '/s.pl'];
    expect(await resolved(target, { parts, files })).toBe(expected);
  });

  test('a script without ExecuteCGI is refused, not sent', async () => {
    const parts = { ...CGI, hosts: [{}] };
    expect(await resolved('/s.pl', { parts, files: ['/s.pl'] })).toBe(
      '403 (/srv/www/s.pl: CGI execution not allowed)',
    );
  });

  test.each([
    ['/i.php', 'PHP /srv/www/i.php /i.php null '],
    ['/', 'PHP /srv/www/index.php /index.php null '],
    ['/i.php/a/b?c', 'PHP /srv/www/i.php /i.php /a/b c'],
    ['/up.jpg/x.php', 'file /srv/www/up.jpg'],
    ['/gone.php', 'PHP /srv/www/gone.php /gone.php null '],
    ['/i.php/%zz', '404'],
  ])('a FastCGI request %s is %s', async (target, expected) => {
    const files = ['/i.php', '/index.php', '/up.jpg'];
    expect(await resolved(target, { parts: PHP, files })).toBe(expected);
  });

  test.each(['/i.php%2Fa', '/i.php/a%2fb', '/dir%2fi.php', '/dir%2fs.pl'])(
    'a script is not found by an encoded slash: %s',
    async (target) => {
      const cgiHandlers = [{ extension: 'pl', program: '/usr/bin/perl' }];
      const parts = { ...PHP, server: { cgiHandlers } };
      const files = ['/i.php', '/dir/i.php', '/dir/s.pl'];
      expect(await resolved(target, { parts, files })).toMatch(/^404 .*encoded slash/);
    },
  );

  test('an encoded slash in a query or in the name of a file is none of a script', async () => {
    const files = ['/i.php', '/dir/a.txt'];
    const asked = ['/i.php?a%2Fb', '/dir%2fa.txt'].map((target) =>
      resolved(target, { parts: PHP, files }),
    );
    expect(await Promise.all(asked)).toEqual([
      'PHP /srv/www/i.php /i.php null a%2Fb',
      'file /srv/www/dir/a.txt',
    ]);
  });

  test('a script name behind an upload never runs where path information is off', async () => {
    const parts = { ...PHP, hosts: [{ executeCgi: true, fastCgiServers: [0] }] };
    expect(await resolved('/up.jpg/x.php', { parts, files: ['/up.jpg'] })).toBe('404');
  });

  test('a FastCGI server without Extension takes files without extension', async () => {
    const parts = { ...PHP, fastCgiServers: [{ extensions: [] }] };
    expect(await resolved('/bare', { parts, files: ['/bare'] })).toBe(
      'PHP /srv/www/bare /bare null ',
    );
  });

  test('NoExtensionAs gives files without extension one', async () => {
    const parts = { ...CGI, hosts: [{ executeCgi: true, noExtensionAs: 'pl' }] };
    expect(await resolved('/bare', { parts, files: ['/bare'] })).toBe(
      '/usr/bin/perl /srv/www/bare /bare null ',
    );
  });

  test.each([
    ['/x/y.txt', 'file /opt/x/y.txt'],
    ['/run', 'itself /opt/run.cgi /run null '],
    ['/run/more', 'itself /opt/run.cgi /run /more '],
    ['/xy', '404'],
  ])('with aliases %s is %s', async (target, expected) => {
    const files: FileSystem = {
      look: (path) => facts(path.startsWith('/opt/') ? 'file' : 'missing'),
      lookForFile: () => null,
      isReadable: () => true,
      isExecutable: () => true,
      isWithin: () => true,
    };
    const parts: TableParts = {
      ...CGI,
      hosts: [
        {
          executeCgi: true,
          enablePathInfo: true,
          aliases: [{ urlPath: '/x', target: '/opt/x' }],
          scriptAliases: [{ urlPath: '/run', target: '/opt/run.cgi' }],
        },
      ],
    };
    expect(await resolved(target, { parts, files })).toBe(expected);
  });

  test.each(['/area/x', '/%61rea/x', '//area/x', '/area//x', '/ar%65a%2fx'])(
    'Directory records match decoded paths with slashes collapsed: %s',
    async (target) => {
      const parts: TableParts = {
        hosts: [{ directories: [0] }],
        directories: [{ paths: ['/area'], accessList: [...deny] }],
      };
      expect(await resolved(target, { parts, files: ['/area/x'] })).toBe(
        '403 (access denied via accesslist)',
      );
    },
  );

  test.each([
    ['/area/x', '/open'],
    ['/open', '/area/x'],
  ])(
    'Directory records hold for the URL that was asked for and for what rules made of it: %s is %s',
    async (target, rewritten) => {
      const parts: TableParts = {
        hosts: [{ directories: [0], toolkits: [0] }],
        directories: [{ paths: ['/area'], accessList: [...deny] }],
        toolkits: [use(rewritten)],
      };
      expect(await resolved(target, { parts, files: ['/area/x', '/open'] })).toBe(
        '403 (access denied via accesslist)',
      );
    },
  );

  test.each([
    ['/new/a', '404'],
    ['new', '404 close'],
    ['/../x', '404 close'],
    ['/a.txt?x', 'file /srv/www/a.txt'],
  ])('a URL rewritten to %s resolves to %s', async (rewritten, expected) => {
    const parts = { hosts: [{ toolkits: [0] }], toolkits: [use(rewritten)] };
    expect(await resolved('/x', { parts, files: ['/a.txt'] })).toBe(expected);
  });

  test('no rules are run for a challenge of a certificate authority', async () => {
    const parts = { hosts: [{ toolkits: [0] }], toolkits: [use('/other')] };
    const files = ['/.well-known/acme-challenge/x'];
    expect(await resolved('/.well-known/acme-challenge/x', { parts, files })).toBe(
      'file /srv/www/.well-known/acme-challenge/x',
    );
  });

  test.each([
    ['/a.txt', 'php /srv/www/a.txt /a.txt null '],
    ['/no/such?q', 'php /srv/www/no/such /no/such null q'],
    ['/no%2fsuch', 'php /srv/www/no/such /no/such null '],
    ['/dir', 'php /srv/www/dir /dir null '],
    ['/dir/', 'php /srv/www/dir/ /dir/index.html null '],
  ])('a rule with UseFastCGI takes %s, whatever is on disk', async (target, expected) => {
    const parts: TableParts = {
      hosts: [{ toolkits: [0], executeCgi: false }],
      fastCgiServers: [{ id: 'php' }],
      toolkits: [
        {
          id: 't',
          rules: [
            { condition: { kind: 'always' }, action: { kind: 'use-fastcgi', fastCgiServer: 0 } },
          ],
        },
      ],
    };
    expect(await resolved(target, { parts, files: ['/a.txt', '/dir/'] })).toBe(expected);
  });

  test.each([
    { checksFiles: false, target: '/no.php', expected: 'PHP /srv/www/no.php /no.php null ' },
    { checksFiles: true, target: '/no.php', expected: '404' },
    { checksFiles: true, target: '/empty/', expected: '404' },
    { checksFiles: true, target: '/a.php', expected: 'PHP /srv/www/a.php /a.php null ' },
    { checksFiles: true, target: '/a.php/x', expected: 'PHP /srv/www/a.php /a.php /x ' },
    { checksFiles: true, target: '/no.php/x', expected: '404' },
  ])(
    'a script of an application whose files are looked for ($checksFiles): $target',
    async ({ checksFiles, target, expected }) => {
      const parts: TableParts = {
        hosts: [
          { fastCgiServers: [0], executeCgi: true, enablePathInfo: true, startFile: 'index.php' },
        ],
        fastCgiServers: [{ checksFiles }],
      };
      expect(await resolved(target, { parts, files: ['/a.php', '/empty/'] })).toBe(expected);
    },
  );

  test.each([false, true])(
    'an application that a rule chooses is asked (%s)',
    async (checksFiles) => {
      const parts: TableParts = {
        hosts: [{ toolkits: [0] }],
        fastCgiServers: [{ checksFiles }],
        toolkits: [
          {
            id: 't',
            rules: [
              { condition: { kind: 'always' }, action: { kind: 'use-fastcgi', fastCgiServer: 0 } },
            ],
          },
        ],
      };
      expect(await resolved('/no', { parts })).toBe('PHP /srv/www/no /no null ');
    },
  );

  test.each(['/areax/x', '/area'])('a Directory record does not cover %s', async (target) => {
    const parts: TableParts = {
      hosts: [{ directories: [0] }],
      directories: [{ paths: ['/area'], accessList: [...deny] }],
    };
    expect(await resolved(target, { parts, files: ['/areax/x', '/area'] })).toMatch(/^file/);
  });

  test('later Directory records override earlier ones setting by setting', async () => {
    const parts: TableParts = {
      hosts: [{ directories: [0, 1] }],
      directories: [
        { paths: ['/'], startFile: 'a.html', accessList: [...deny] },
        { paths: ['/d'], accessList: [] },
      ],
    };
    expect(await resolved('/d/', { parts, files: ['/d/', '/d/a.html'] })).toBe(
      'file /srv/www/d/a.html',
    );
    expect(await resolved('/e/', { parts })).toBe('403 (access denied via accesslist)');
  });

  test.each<[string, TableParts, string]>([
    ['access lists', { hosts: [{ accessList: [...deny] }] }, '403 (access denied via accesslist)'],
    [
      'passwords',
      { hosts: [{ passwordFile: { scheme: 'basic', passwordFile: '/p', groupFile: null } }] },
      '401',
    ],
    [
      'FileHashes',
      { hosts: [{ fileHashes: [] }] },
      '403 (/srv/www/other: its content is not the one that FileHashes names)',
    ],
    [
      'NoExtensionAs',
      { ...CGI, hosts: [{ executeCgi: true, noExtensionAs: 'pl' }] },
      '/usr/bin/perl /srv/www/other /other null ',
    ],
    [
      'Directory records',
      {
        hosts: [{ directories: [0] }],
        directories: [{ paths: ['/'], accessList: [...deny] }],
      },
      '403 (access denied via accesslist)',
    ],
  ])('challenges of certificate authorities pass %s', async (_, parts, otherwise) => {
    const path = '/.well-known/acme-challenge/t';
    const files = [path, '/other'];
    expect(await resolved(path, { parts, files })).toBe(`file /srv/www${path}`);
    expect(await resolved('/other', { parts, files })).toBe(otherwise);
  });

  test.each<[string, Partial<RequestContext>, string]>([
    ['another name', { hostname: 'www.default.test' }, '301 http://default.test/a?b'],
    [
      'another name with port',
      { hostname: 'www.default.test', hostPort: 8080 },
      '301 http://default.test:8080/a?b',
    ],
    ['no name', { hostname: null }, '404'],
    ['the first name', {}, '404'],
  ])('EnforceFirstHostname: %s', async (_, request, expected) => {
    const parts: TableParts = { hosts: [{ enforceFirstHostname: true }] };
    expect(await resolved('/a?b', { parts, request })).toBe(expected);
  });

  test('RequireTLS redirects plain requests, port dropped', async () => {
    const parts: TableParts = { hosts: [{ requireTls: { enabled: true, hsts: null } }] };
    expect(await resolved('/a?b', { parts, request: { hostPort: 8080 } })).toBe(
      '301 https://default.test/a?b',
    );
    expect(await resolved('/a?b', { parts, request: { isTls: true } })).toBe('404');
    // A trusted proxy in front speaks TLS: there would be no end of redirects.
    expect(await resolved('/a?b', { parts, request: { isSecure: true } })).toBe('404');
    expect(await resolved('/.well-known/acme-challenge/t', { parts })).toBe('404');
  });

  test.each([
    ['POST', '405'],
    ['PUT', '501'],
    ['OPTIONS', '501'],
    ['TRACE', '501'],
    ['FOO', '501'],
  ])('%s of a file is %s', async (method, expected) => {
    expect(await resolved('/a.txt', { files: ['/a.txt'], request: { method } })).toBe(expected);
  });

  test('BlockExtensions refuses files', async () => {
    const parts: TableParts = { server: { blockExtensions: ['key'] } };
    expect(await resolved('/a.key', { parts, files: ['/a.key'] })).toMatch(/^403/);
  });
});

describe('ShowIndex', () => {
  const files = ['/dir/', '/start/', '/start/index.html', '/noshow/'];
  const parts: TableParts = {
    hosts: [{ showIndex: { kind: 'builtin' }, directories: [0, 1] }],
    directories: [
      { paths: ['/noshow'], showIndex: { kind: 'off' } },
      { paths: ['/xml'], showIndex: { kind: 'xml' } },
    ],
  };

  test.each([
    ['/dir/', 'html index of /srv/www/dir/'],
    ['/start/', 'file /srv/www/start/index.html'],
    ['/noshow/', '404'],
    ['/xml/', 'xml index of /srv/www/xml/'],
    ['/missing/', '404'],
    ['/dir', '301 /dir/'],
  ])('%s: %s', async (target, expected) => {
    expect(await resolved(target, { parts, files: [...files, '/xml/'] })).toBe(expected);
  });

  test('is not for POST', async () => {
    const request = { method: 'POST' };
    expect(await resolved('/dir/', { parts, files, request })).toBe('405');
  });
});

describe('FileHashes', () => {
  const parts: TableParts = {
    ...CGI,
    hosts: [
      {
        executeCgi: true,
        fileHashes: [
          { path: '/srv/www/good.txt', sha256: '/srv/www/good.txt' },
          { path: '/srv/www/good.pl', sha256: '/srv/www/good.pl' },
          { path: '/srv/www/changed.txt', sha256: 'another' },
        ],
      },
    ],
  };
  const files = ['/good.txt', '/changed.txt', '/new.txt', '/good.pl', '/new.pl'];

  test.each([
    ['/good.txt', 'file /srv/www/good.txt'],
    ['/good.pl', '/usr/bin/perl /srv/www/good.pl /good.pl null '],
    ['/missing.txt', '404'],
  ])('lets %s through', async (target, expected) => {
    expect(await resolved(target, { parts, files })).toBe(expected);
  });

  test.each(['/changed.txt', '/new.txt', '/new.pl'])('refuses %s', async (target) => {
    expect(await resolved(target, { parts, files })).toMatch(/^403 .*FileHashes/);
  });
});

describe('.hiawatha files', () => {
  const files = ['/dir/', '/dir/a.txt', '/dir/start.html', '/dir/sub/', '/dir/sub/b.txt', '/c.txt'];
  const on: TableParts = { hosts: [{ useLocalConfig: true }] };

  function asked(local: Readonly<Record<string, string>>, parts: TableParts = on): Asked {
    return { parts, files, local };
  }

  test.each<readonly [string, string, Readonly<Record<string, string>>, string]>([
    [
      'are looked for in the directory of the file',
      '/dir/a.txt',
      { '/srv/www/dir': 'AccessList = deny all' },
      '403 (access denied via accesslist)',
    ],
    [
      'hold for the directories below',
      '/dir/sub/b.txt',
      { '/srv/www/dir': 'AccessList = deny all' },
      '403 (access denied via accesslist)',
    ],
    [
      'may lie above the website root',
      '/c.txt',
      { '/srv': 'AccessList = deny all' },
      '403 (access denied via accesslist)',
    ],
    [
      'do not hold beside their directory',
      '/c.txt',
      { '/srv/www/dir': 'AccessList = deny all' },
      'file /srv/www/c.txt',
    ],
    [
      'are not looked for in the root of the disk',
      '/c.txt',
      { '': 'AccessList = deny all' },
      'file /srv/www/c.txt',
    ],
    [
      'take the place of lists above',
      '/dir/a.txt',
      { '/srv/www': 'AccessList = deny all', '/srv/www/dir': 'AccessList = allow all' },
      'file /srv/www/dir/a.txt',
    ],
    [
      'are found behind repeated slashes',
      '/dir//a.txt',
      { '/srv/www/dir': 'AccessList = deny all' },
      '403 (access denied via accesslist)',
    ],
    [
      'may name the start file',
      '/dir/',
      { '/srv/www/dir': 'StartFile = start.html' },
      'file /srv/www/dir/start.html',
    ],
    [
      'may show an index',
      '/dir/',
      { '/srv/www/dir': 'ShowIndex = xml' },
      'xml index of /srv/www/dir/',
    ],
    [
      'may ask for a password',
      '/dir/a.txt',
      { '/srv/www/dir': 'PasswordFile = basic:/srv/users' },
      '401',
    ],
    [
      'are an error with a directive that they may not hold',
      '/dir/a.txt',
      { '/srv/www/dir': 'StartFile = a\nExecuteCGI = yes' },
      '500 (/srv/www/dir/.hiawatha: error in configuration file on line 2)',
    ],
    [
      'are an error with UseToolkit in another directory than the website root',
      '/dir/a.txt',
      { '/srv/www/dir': 'UseToolkit = t' },
      '500 (/srv/www/dir/.hiawatha: error in configuration file on line 1)',
    ],
    [
      'are an error with an unknown toolkit',
      '/c.txt',
      { '/srv/www': '\nUseToolkit = nowhere' },
      '500 (/srv/www/.hiawatha: error in configuration file on line 2)',
    ],
  ])('%s', async (_, target, local, expected) => {
    expect(await resolved(target, asked(local))).toBe(expected);
  });

  test('count for nothing without UseLocalConfig', async () => {
    const local = { '/srv/www/dir': 'nonsense' };
    expect(await resolved('/dir/a.txt', asked(local, {}))).toBe('file /srv/www/dir/a.txt');
  });

  test('of the website root take the place of UseToolkit', async () => {
    const always = { kind: 'always' } as const;
    const parts: TableParts = {
      hosts: [{ useLocalConfig: true, toolkits: [0] }],
      toolkits: [
        { id: 'deny', rules: [{ condition: always, action: { kind: 'deny-access' } }] },
        { id: 'other', rules: [{ condition: always, action: { kind: 'use', url: '/c.txt' } }] },
      ],
    };
    expect(await resolved('/x', asked({}, parts))).toBe('403 (access denied via URL toolkit rule)');
    expect(await resolved('/x', asked({ '/srv/www': 'UseToolkit = other' }, parts))).toBe(
      'file /srv/www/c.txt',
    );
  });
});

describe('UserWebsites', () => {
  const parts: TableParts = {
    server: { cgiHandlers: [{ extension: 'pl', program: '/usr/bin/perl' }] },
    hosts: [
      {
        userWebsites: true,
        executeCgi: true,
        enablePathInfo: true,
        aliases: [{ urlPath: '/~anna/shared', target: '/srv/www/shared' }],
        errorHandlers: [{ status: 404, path: '/404.html', query: null }],
      },
    ],
  };
  const files = [
    '/home/anna/public_html/',
    '/home/anna/public_html/index.html',
    '/home/anna/public_html/s.pl',
    '/home/anna/web/page.html',
    '/shared/file.txt',
    '/~anna/own.html',
    '/404.html',
  ];

  test.each([
    ['/~anna', '301 /~anna/'],
    ['/~anna?a', '301 /~anna/?a'],
    ['/~anna/', 'file /srv/www/home/anna/public_html/index.html'],
    ['/%7Eanna/index.html', 'file /srv/www/home/anna/public_html/index.html'],
    ['/~anna/s.pl/info?q', '/usr/bin/perl /srv/www/home/anna/public_html/s.pl /~anna/s.pl /info q'],
    ['/~anna/own.html', '404'],
    ['/~anna/shared/file.txt', 'file /srv/www/shared/file.txt'],
    ['/~berta/', '404'],
    ['/~/', '404'],
    ['/~anna/../berta/', '404 close'],
  ])('%s is %s', async (target, expected) => {
    expect(await resolved(target, { parts, files })).toBe(expected);
  });

  test('look where UserDirectory says', async () => {
    const changed = { ...parts, server: { userDirectory: 'web' } };
    expect(await resolved('/~anna/page.html', { parts: changed, files })).toBe(
      'file /srv/www/home/anna/web/page.html',
    );
  });

  test('are off without the setting', async () => {
    expect(await resolved('/~anna/own.html', { parts: {}, files })).toBe(
      'file /srv/www/~anna/own.html',
    );
  });

  test('have programs run by their user with WrapUserCGI, and none of the pages of the host for errors', async () => {
    const table = makeTable({ ...parts, server: { wrapUserCgi: true } });
    const [site] = prepareSites(table, '/etc');
    if (site === undefined) throw new Error('no site');
    const rules = userSiteRules(table.server, { homeOf: () => '/home/anna/' });
    const found = await findUserSite(site, '/~anna/s.pl', rules);
    if (found?.kind !== 'found') throw new Error('no user site');
    expect(found.site.settings.wrapCgi).toBe('~anna');
    expect(found.site.root).toBe('/home/anna/public_html');
    expect(found.site.errorHandlers.size).toBe(0);
  });

  test('are refused where their directory is a link out of the home, unless links are followed', async () => {
    const root = '/srv/www/home/anna/public_html';
    const linked: FileSystem = {
      look: (path) => facts(path.endsWith('/') ? 'directory' : 'file'),
      lookForFile: () => null,
      isReadable: () => true,
      isExecutable: () => true,
      isWithin: (path, within) => path !== root || within !== '/srv/www/home/anna',
    };
    expect(await resolved('/~anna/a.txt', { parts, files: linked })).toBe(
      `403 (${root}: symlink not allowed)`,
    );
    const followed = { ...parts, hosts: [{ userWebsites: true, followSymlinks: true }] };
    expect(await resolved('/~anna/a.txt', { parts: followed, files: linked })).toBe(
      `file ${root}/a.txt`,
    );
  });

  test('may not choose toolkits by a file of their own', async () => {
    const local = { '/srv/www/home/anna/public_html': 'UseToolkit = t' };
    const asked = { ...parts, hosts: [{ userWebsites: true, useLocalConfig: true }] };
    expect(await resolved('/~anna/index.html', { parts: asked, files, local })).toMatch(
      /^500 .*error in configuration file on line 1/,
    );
  });
});

describe('a program under the wrapper', () => {
  const blind: FileSystem = {
    look: () => facts('file'),
    lookForFile: () => null,
    isReadable: () => false,
    isExecutable: () => false,
    isWithin: () => false,
  };

  test.each(['/a.cgi', '/a.pl'])(
    'is looked at by the wrapper, not by the server: %s',
    async (target) => {
      const wrapped = { ...CGI, hosts: [{ executeCgi: true, wrapCgi: 'site1' }] };
      expect(await resolved(target, { parts: wrapped, files: blind })).toContain(
        `/srv/www${target}`,
      );
      expect(await resolved(target, { parts: CGI, files: blind })).toMatch(/^403/);
    },
  );
});

describe('UseXSLT', () => {
  const parts: TableParts = { hosts: [{ useXslt: true }] };

  test.each([
    ['/a.xml', ['/a.xml', '/a.xslt', '/index.xslt'], '/srv/www/a.xml by /srv/www/a.xslt'],
    ['/d/a.xml', ['/d/', '/d/a.xml', '/d/index.xslt'], '/srv/www/d/a.xml by /srv/www/d/index.xslt'],
    ['/d/a.xml', ['/d/', '/d/a.xml', '/index.xslt'], '/srv/www/d/a.xml by /srv/www/index.xslt'],
    ['/a.xml', ['/a.xml'], 'file /srv/www/a.xml'],
    ['/a.txt', ['/a.txt', '/a.xslt'], 'file /srv/www/a.txt'],
    ['/a.xml', ['/a.xslt'], '404'],
  ])('%s among %j is %s', async (target, files, expected) => {
    expect(await resolved(target, { parts, files })).toBe(expected);
  });

  test('is off without the setting', async () => {
    expect(await resolved('/a.xml', { files: ['/a.xml', '/a.xslt'] })).toBe('file /srv/www/a.xml');
  });

  test('takes a form, and refuses what BlockExtensions names', async () => {
    const files = ['/a.xml', '/a.xslt'];
    const request = { method: 'POST' };
    expect(await resolved('/a.xml', { parts, files, request })).toContain('by /srv/www/a.xslt');
    const blocked = { ...parts, server: { blockExtensions: ['xml'] } };
    expect(await resolved('/a.xml', { parts: blocked, files })).toBe('403');
  });
});
