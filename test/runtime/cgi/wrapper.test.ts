import { describe, expect, test } from 'vitest';

import { cgiWrapperOf, wrappedCall, type CgiWrapper } from '../../../runtime/cgi/wrapper.ts';
import { makeTable } from '../../support/routing-table.ts';

const WRAPPER: CgiWrapper = {
  program: '/usr/sbin/cgi-wrapper',
  userDirectory: null,
  starter: null,
};
const FILE = { interpreter: null, file: '/srv/a.pl', timeoutMs: 5000 };

describe('the CGI wrapper', () => {
  test('is where Hiawatha has it when the configuration does not say', () => {
    expect(cgiWrapperOf(makeTable({}).server, null)).toEqual(WRAPPER);
  });

  test('is what CGIwrapper names', () => {
    const { server } = makeTable({ server: { cgiWrapper: '/opt/wrap', userDirectory: 'web' } });
    expect(cgiWrapperOf(server, null)).toEqual({
      program: '/opt/wrap',
      userDirectory: 'web',
      starter: null,
    });
  });

  test('gets the interpreter for its name, and with it the script', () => {
    const call = wrappedCall(
      WRAPPER,
      { id: 'site', isFollowingLinks: true },
      { ...FILE, interpreter: '/usr/bin/php-cgi' },
    );
    expect([call.program, call.name, ...call.arguments]).toEqual([
      '/usr/sbin/cgi-wrapper',
      '/usr/bin/php-cgi',
      '/usr/bin/php-cgi',
      '/srv/a.pl',
    ]);
  });

  test('gets a dash for its name where a file is executed itself', () => {
    const call = wrappedCall(WRAPPER, { id: 'site', isFollowingLinks: true }, FILE);
    expect([call.name, ...call.arguments]).toEqual(['-', '/srv/a.pl', '/srv/a.pl']);
  });

  test.each([
    [true, 5000, null, ['site', 'true', '5']],
    [false, 1500, null, ['site', 'false', '2']],
    [false, 60_000, 'web', ['site', 'false', '60', 'web']],
  ])(
    'is told entry, links (%s), time (%d) and directory (%s)',
    (links, timeoutMs, directory, expected) => {
      const { variables } = wrappedCall(
        { ...WRAPPER, userDirectory: directory },
        { id: 'site', isFollowingLinks: links },
        { ...FILE, timeoutMs },
      );
      const names = ['ID', 'FOLLOWSYMLINKS', 'TIMEFORCGI', 'USERDIRECTORY'];
      expect(variables).toEqual(
        expected.map((value, index) => [`CGIWRAP_${names[index] ?? ''}`, value]),
      );
    },
  );
});
