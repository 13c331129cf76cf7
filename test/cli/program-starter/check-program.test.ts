import { chmodSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';

import {
  checkProgram,
  isRefusal,
  type CheckContext,
} from '../../../cli/program-starter/check-program.ts';
import type { StartOrder } from '../../../runtime/worker/starter-protocol.ts';
import { fileTree } from '../../support/file-tree.ts';

/** Whoever runs the tests owns the files. */
const UID = process.getuid?.() || 1234;
const IDENTITY = { uid: UID, gids: [1234, 50] as const };
const WRAP = { id: 'site', chroot: null, homeOf: null, user: 'anna', groups: [] };

let directory = '';

beforeEach(() => {
  directory = fileTree({
    'www/a.cgi': '#!/bin/sh\n',
    'www/plain.cgi': 'x',
    'www/a.pl': 'print 1',
    'home/anna/public_html/own.cgi': '#!/bin/sh\n',
    'elsewhere.cgi': '#!/bin/sh\n',
  });
  for (const file of ['www/a.cgi', 'home/anna/public_html/own.cgi', 'elsewhere.cgi']) {
    chmodSync(join(directory, file), 0o755);
  }
});

function contextWith(parts: Partial<CheckContext> = {}): CheckContext {
  return {
    rules: {
      wraps: [{ ...WRAP, root: join(directory, 'www') }],
      handlers: ['/usr/bin/perl'],
      problems: [],
    },
    // Nobody whose files these are.
    server: { uid: UID + 7, gids: [UID + 7] },
    accounts: {
      identityOf: () => IDENTITY,
      homeOf: (user) => (user === 'anna' ? join(directory, 'home/anna') : null),
    },
    userDirectory: 'public_html',
    homes: null,
    setenv: new Set(['GREETING=hello', 'LD_LIBRARY_PATH=/opt/lib']),
    ...parts,
  };
}

function order(file: string, parts: Partial<StartOrder> = {}): StartOrder {
  return {
    wrapId: 'site',
    isFollowingLinks: false,
    interpreter: null,
    file: join(directory, file),
    variables: [],
    ...parts,
  };
}

function decide(asked: StartOrder, context = contextWith()) {
  const decision = checkProgram(asked, context);
  return isRefusal(decision)
    ? `${decision.status} ${decision.reason.replaceAll(directory, '@')}`
    : decision;
}

describe('a program of another user', () => {
  test('is started as the user of its entry, in its directory', () => {
    expect(decide(order('www/a.cgi'))).toEqual({
      identity: IDENTITY,
      chroot: null,
      program: join(directory, 'www/a.cgi'),
      arguments: [],
      workingDirectory: join(directory, 'www'),
      variables: [['SCRIPT_FILENAME', join(directory, 'www/a.cgi')]],
      leftOut: [],
      openToServer: null,
    });
  });

  test.each([
    ['its file', 'www/a.cgi', 'www/a.cgi'],
    ['a directory above it', 'www', 'www'],
    ['a directory above its root', '', ''],
  ])('is said to be open to the user of the server who may change %s', (_name, changed, named) => {
    chmodSync(join(directory, changed), 0o775);
    const server = { uid: UID + 7, gids: [statSync(join(directory, changed)).gid] as const };
    expect(decide(order('www/a.cgi'), contextWith({ server }))).toMatchObject({
      openToServer: join(directory, named),
    });
  });

  test('of the user of the server is as safe as the server', () => {
    expect(decide(order('www/a.cgi'), contextWith({ server: IDENTITY }))).toMatchObject({
      openToServer: null,
    });
  });

  test('gets bytes that are not UTF-8 as they are', () => {
    const variables = [['QUERY_STRING', 'caf\xe9=\xff']] as const;
    expect(decide(order('www/a.cgi', { variables }))).toMatchObject({
      variables: [...variables, ['SCRIPT_FILENAME', join(directory, 'www/a.cgi')]],
    });
  });

  test('is started by an interpreter that cgi-wrapper.conf has', () => {
    expect(decide(order('www/a.pl', { interpreter: '/usr/bin/perl' }))).toMatchObject({
      program: '/usr/bin/perl',
      arguments: [join(directory, 'www/a.pl')],
    });
  });

  test('of a user who is named may lie in the web directory of that user', () => {
    const asked = order('home/anna/public_html/own.cgi', { wrapId: '~anna' });
    expect(decide(asked)).toMatchObject({ identity: IDENTITY });
  });

  test('gets no variable that neither the server nor the configuration sets', () => {
    const variables = [
      ['QUERY_STRING', 'a'],
      ['HTTP_ACCEPT', '*/*'],
      ['GREETING', 'hello'],
      ['LD_PRELOAD', '/tmp/evil.so'],
      ['PERL5OPT', '-Mevil'],
      ['HTTP_PROXY', 'evil.test'],
    ] as const;
    expect(decide(order('www/a.cgi', { variables }))).toMatchObject({
      variables: [...variables.slice(0, 3), ['SCRIPT_FILENAME', join(directory, 'www/a.cgi')]],
      leftOut: ['LD_PRELOAD', 'PERL5OPT', 'HTTP_PROXY'],
    });
  });

  test('gets a variable of the configuration with no other value', () => {
    const variables = [['GREETING', '/tmp/evil']] as const;
    expect(decide(order('www/a.cgi', { variables }))).toMatchObject({ leftOut: ['GREETING'] });
  });

  test('gets nothing that says which code is loaded, whoever sets it', () => {
    const variables = [['LD_LIBRARY_PATH', '/opt/lib']] as const;
    expect(decide(order('www/a.cgi', { variables }))).toMatchObject({
      leftOut: ['LD_LIBRARY_PATH'],
    });
  });

  test('hears of no other script than itself', () => {
    const variables = [['SCRIPT_FILENAME', '/tmp/evil.php']] as const;
    expect(decide(order('www/a.cgi', { variables }))).toMatchObject({
      variables: [['SCRIPT_FILENAME', join(directory, 'www/a.cgi')]],
    });
  });

  test('behind a chroot sees the paths that are there', () => {
    const wraps = [{ ...WRAP, chroot: directory, root: join(directory, 'www') }];
    const context = contextWith({ rules: { ...contextWith().rules, wraps } });
    const variables = [
      ['DOCUMENT_ROOT', join(directory, 'www')],
      ['SCRIPT_FILENAME', join(directory, 'www/a.cgi')],
    ] as const;
    expect(decide(order('www/a.cgi', { variables }), context)).toMatchObject({
      chroot: directory,
      program: '/www/a.cgi',
      variables: [
        ['DOCUMENT_ROOT', '/www'],
        ['SCRIPT_FILENAME', '/www/a.cgi'],
      ],
    });
  });
});

describe('a program is refused', () => {
  test.each<[string, string, Partial<StartOrder>, string]>([
    [
      'with an entry that is not there',
      'www/a.cgi',
      { wrapId: 'other' },
      '500 cgi-wrapper.conf has no entry "other"; add "Wrap = other ; <root> ; <user>"',
    ],
    ['that is not there', 'www/none.cgi', {}, '404 there is no @/www/none.cgi'],
    [
      'that may not be executed',
      'www/plain.cgi',
      {},
      '403 the user of "site" may not execute @/www/plain.cgi; set its executable bit (chmod +x)',
    ],
    ['outside of its root', 'elsewhere.cgi', {}, '403 @/elsewhere.cgi does not lie below @/www'],
    [
      'with dots in its path',
      'x',
      { file: '/www/../elsewhere.cgi' },
      '403 /www/../elsewhere.cgi does not lie below @/www',
    ],
    [
      'with an interpreter that is not allowed',
      'www/a.pl',
      { interpreter: '/bin/sh' },
      '500 /bin/sh may not run scripts for "site"; add "CGIhandler = /bin/sh" to cgi-wrapper.conf',
    ],
    [
      'for a user that nobody knows',
      'www/a.cgi',
      { wrapId: '~carol' },
      '500 this machine knows no user "carol"',
    ],
    [
      'for a name that is an option',
      'www/a.cgi',
      { wrapId: '~--help' },
      '500 this machine knows no user "--help"',
    ],
    [
      'of another place than the web directory of a user',
      'www/a.cgi',
      { wrapId: '~anna' },
      '403 @/www/a.cgi does not lie below @/home/anna/public_html',
    ],
    [
      'with a path that is not UTF-8',
      'www/a.cgi',
      { file: '/www/\xff.cgi' },
      '500 a path that is not UTF-8 cannot be given to a program of another user',
    ],
  ])('%s', (_name, file, parts, reason) => {
    expect(decide(order(file, parts))).toBe(reason);
  });

  test('that is a directory', () => {
    mkdirSync(join(directory, 'www/d.cgi'));
    expect(decide(order('www/d.cgi'))).toBe('403 @/www/d.cgi is no file');
  });

  test('that everybody may change', () => {
    chmodSync(join(directory, 'www/a.cgi'), 0o777);
    expect(decide(order('www/a.cgi'))).toMatch(/^403 everybody may change @\/www\/a.cgi/);
  });

  test('in a directory that everybody may change', () => {
    chmodSync(join(directory, 'www'), 0o1777);
    expect(decide(order('www/a.cgi'))).toMatch(/^403 everybody may change @\/www: nothing in it/);
  });

  test('below a directory that everybody may change', () => {
    chmodSync(directory, 0o777);
    expect(decide(order('www/a.cgi'))).toMatch(/^403 everybody may change @: nothing below it/);
  });

  test.each(['/', '//', '', tmpdir(), `${tmpdir()}/`])(
    'with a document root that makes php-cgi look where everybody may write: "%s"',
    (documentRoot) => {
      const variables = [['DOCUMENT_ROOT', documentRoot]] as const;
      expect(decide(order('www/a.cgi', { variables }))).toBe(
        `403 everybody may change ${tmpdir()}: nothing in it is run as another user`,
      );
    },
  );

  test.each([
    ['the user of the server', 0o775],
    ['everybody', 0o1777],
  ])('with a chroot that %s may change', (who, mode) => {
    chmodSync(directory, mode);
    const server = { uid: UID + 7, gids: [statSync(directory).gid] as const };
    const rules = {
      ...contextWith().rules,
      wraps: [{ ...WRAP, chroot: directory, root: join(directory, 'www') }],
    };
    expect(decide(order('www/a.cgi'), contextWith({ rules, server }))).toBe(
      `500 ${who} may change @: @ cannot be a root directory of programs; give it to root (chown root, chmod go-w)`,
    );
  });

  test('behind a link in a directory that everybody may change', () => {
    mkdirSync(join(directory, 'www/open'));
    chmodSync(join(directory, 'www/open'), 0o777);
    symlinkSync('../a.cgi', join(directory, 'www/open/in.cgi'));
    expect(decide(order('www/open/in.cgi', { isFollowingLinks: true }))).toMatch(
      /^403 everybody may change @\/www\/open/,
    );
  });

  test('in a directory of a user that a group of others may change', () => {
    chmodSync(join(directory, 'home/anna/public_html'), 0o775);
    const asked = order('home/anna/public_html/own.cgi', { wrapId: '~anna' });
    expect(decide(asked)).toMatch(/^403 a group may change @\/home\/anna\/public_html/);
  });

  test('of a user whom the configuration did not name', () => {
    const asked = order('home/anna/public_html/own.cgi', { wrapId: '~anna' });
    expect(decide(asked, contextWith({ homes: new Set(['bert']) }))).toMatch(
      /^500 the configuration had no WrapCGI = ~anna/,
    );
    expect(decide(asked, contextWith({ homes: new Set(['anna']) }))).toMatchObject({
      identity: IDENTITY,
    });
  });

  test('that is a link out of its root, also where links are followed', () => {
    symlinkSync('../elsewhere.cgi', join(directory, 'www/out.cgi'));
    expect(decide(order('www/out.cgi', { isFollowingLinks: true }))).toMatch(
      /^403 @\/www\/out.cgi is a link to a place that is not below @\/www$/,
    );
  });

  test('that is a link, unless links are followed', () => {
    symlinkSync('a.cgi', join(directory, 'www/in.cgi'));
    expect(decide(order('www/in.cgi'))).toMatch(/^403 .* is a link \(FollowSymlinks\)$/);
    expect(decide(order('www/in.cgi', { isFollowingLinks: true }))).toMatchObject({ leftOut: [] });
  });

  test.each([
    ['the user', { uid: 0, gids: [1234] as const }],
    ['a group', { uid: 1234, gids: [1234, 0] as const }],
  ])('with %s of root', (_name, identity) => {
    const accounts = { ...contextWith().accounts, identityOf: () => identity };
    expect(decide(order('www/a.cgi'), contextWith({ accounts }))).toMatch(/^500 .*as root$/);
  });

  test('for an account of the system that is named by its name', () => {
    const identity = { uid: 33, gids: [33] as const };
    const accounts = { ...contextWith().accounts, identityOf: () => identity };
    const asked = order('home/anna/public_html/own.cgi', { wrapId: '~anna' });
    expect(decide(asked, contextWith({ accounts }))).toMatch(
      /^500 anna is an account of the system/,
    );
  });

  test('that another user has put into the web directory of a user', () => {
    const identity = { uid: UID + 1, gids: [1234] as const };
    const accounts = { ...contextWith().accounts, identityOf: () => identity };
    const asked = order('home/anna/public_html/own.cgi', { wrapId: '~anna' });
    const decision = decide(asked, contextWith({ accounts }));
    // Files of root are nobody else's.
    if (process.getuid?.() === 0) expect(decision).toMatchObject({ identity });
    else expect(decision).toMatch(/^403 .* belongs to somebody else/);
  });

  test('while cgi-wrapper.conf has errors', () => {
    const rules = { ...contextWith().rules, problems: ['line 3: x'] };
    expect(decide(order('www/a.cgi'), contextWith({ rules }))).toBe(
      '500 cgi-wrapper.conf cannot be used: line 3: x',
    );
  });

  test('whose root does not lie below its chroot', () => {
    const rule = { ...WRAP, chroot: join(directory, 'home'), root: join(directory, 'www') };
    const rules = { ...contextWith().rules, wraps: [rule] };
    expect(decide(order('www/a.cgi'), contextWith({ rules }))).toMatch(/^500 .* the chroot of/);
  });

  test('for an account that the machine does not have', () => {
    const identityOf = (): never => {
      throw new Error('this machine does not know "anna"');
    };
    const accounts = { ...contextWith().accounts, identityOf };
    expect(decide(order('www/a.cgi'), contextWith({ accounts }))).toBe(
      '500 this machine does not know "anna"',
    );
  });
});
