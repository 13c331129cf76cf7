import { describe, expect, test } from 'vitest';
import { HostMap } from '../../../runtime/routing/match-host.ts';
import { prepareSites } from '../../../runtime/routing/site.ts';
import { makeTable } from '../../support/routing-table.ts';

function check(
  hosts: readonly (readonly string[])[],
  name: string | null,
  expected: string,
  bindings: readonly (readonly number[] | null)[] = [],
): void {
  const table = makeTable({
    hosts: hosts.map((hostnames, at) => ({
      hostnames: [...hostnames],
      bindings: bindings[at] === undefined || bindings[at] === null ? null : [...bindings[at]],
    })),
  });
  const [first, ...others] = prepareSites(table, '/');
  if (first === undefined) throw new Error('no site');
  expect(new HostMap([first, ...others], 0).find(name).host.hostnames[0]).toBe(expected);
}

describe('HostMap', () => {
  test('finds an exact name', () => {
    check([['default.test'], ['one.test', 'www.one.test']], 'www.one.test', 'one.test');
  });

  test.each([[null], ['nobody.test'], ['']])('gives the default site for %j', (name) => {
    check([['default.test'], ['one.test']], name, 'default.test');
  });

  test.each(['wild.test', 'a.wild.test', 'a.b.c.wild.test', '.wild.test'])(
    'finds a wildcard for %s',
    (name) => {
      check([['default.test'], ['*.wild.test']], name, '*.wild.test');
    },
  );

  test.each(['notwild.test', 'wild.test.org', 'test'])('finds no wildcard for %s', (name) => {
    check([['default.test'], ['*.wild.test']], name, 'default.test');
  });

  test('prefers the earlier host, however special the later', () => {
    const hosts = [['default.test'], ['*.wild.test'], ['special.wild.test'], ['*.b.wild.test']];
    check(hosts, 'special.wild.test', '*.wild.test');
    check(hosts, 'a.b.wild.test', '*.wild.test');
  });

  test('prefers an exact name that comes before a wildcard', () => {
    check(
      [['default.test'], ['exact.late.test'], ['*.late.test']],
      'exact.late.test',
      'exact.late.test',
    );
  });

  test('lets the default host answer for its wildcard before all others', () => {
    check([['default.test', '*.test'], ['one.test']], 'one.test', 'default.test');
  });

  test('skips hosts that need another binding', () => {
    check([['default.test'], ['one.test'], ['one.test', 'x']], 'one.test', 'default.test', [
      null,
      [1],
      [1],
    ]);
    check([['default.test'], ['one.test']], 'one.test', 'one.test', [null, [1, 0]]);
  });

  test('takes names of the prototype chain as ordinary names', () => {
    check([['default.test'], ['constructor']], '__proto__', 'default.test');
    check([['default.test'], ['constructor']], 'constructor', 'constructor');
  });
});
