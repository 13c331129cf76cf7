import { describe, expect, test } from 'vitest';
import { SystemHomes } from '../../runtime/system-homes.ts';
import { fileTree } from '../support/file-tree.ts';

/** Homes of a machine where anna has an account of its own; `asked` gathers what the system is asked for. */
function machine(services: string | null, answers: Readonly<Record<string, string>> = {}) {
  const directory = fileTree(services === null ? {} : { 'nsswitch.conf': services });
  const asked: string[] = [];
  const ask = (name: string): Promise<string | null> => {
    asked.push(name);
    return Promise.resolve(answers[name] ?? null);
  };
  const local = { homeOf: (name: string) => (name === 'anna' ? '/home/anna' : null) };
  return { homes: new SystemHomes(ask, local, `${directory}/nsswitch.conf`), asked };
}

describe('accounts of the machine', () => {
  test.each([
    null,
    'hosts: dns\n',
    'passwd: files systemd\n',
    'passwd: compat # ldap\n',
    'passwd: files [NOTFOUND=return]\n',
  ])('are all in one file with %j', async (services) => {
    const { homes, asked } = machine(services);
    expect([await homes.homeOf('anna'), await homes.homeOf('bert')]).toEqual(['/home/anna', null]);
    expect(asked).toEqual([]);
  });

  test('are asked of the system where other services are named, once', async () => {
    const bert = 'bert:*:7:7::/net/bert:/bin/sh\n';
    const { homes, asked } = machine('passwd: files sss ldap\n', { bert });
    const found = ['bert', 'carl', 'bert', 'carl'].map((name) => homes.homeOf(name));
    expect(await Promise.all(found)).toEqual(['/net/bert', null, '/net/bert', null]);
    // Which of the questions comes first is up to the file that each of them reads before.
    expect(asked.toSorted()).toEqual(['bert', 'carl']);
    expect(await homes.homeOf('anna')).toBe('/home/anna');
  });

  test.each(['--help', '', 'a b', 'a:b', 'a/b', '*', 'a\nb', 'x'.repeat(300)])(
    'are not asked for by %j',
    async (name) => {
      const { homes, asked } = machine('passwd: ldap\n');
      expect(await homes.homeOf(name)).toBeNull();
      expect(asked).toEqual([]);
    },
  );

  test('of this very machine include root', async () => {
    expect(await new SystemHomes().homeOf('root')).toMatch(/^\//);
  });
});
