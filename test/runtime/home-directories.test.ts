import { utimesSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PasswdHomes } from '../../runtime/home-directories.ts';
import { makeDirectoryOnDisk } from '../support/test-site.ts';

const PASSWD = [
  'root:x:0:0:root:/root:/bin/bash',
  'anna:x:1000:1000:,,,:/home/anna:/bin/bash',
  'anna:x:1001:1001::/home/other:/bin/bash',
  'homeless:x:1002:1002:::',
  '+::::::',
  '',
].join('\n');

test.each([
  ['anna', '/home/anna'],
  ['root', '/root'],
  ['homeless', null],
  ['', null],
  ['__proto__', null],
])('the home of %j is %j', async (user, home) => {
  await using directory = makeDirectoryOnDisk();
  const homes = new PasswdHomes(directory.write('passwd', PASSWD));
  expect(homes.homeOf(user)).toBe(home);
});

test('an account that is made while the server runs has a home', async () => {
  await using directory = makeDirectoryOnDisk();
  const path = directory.write('passwd', PASSWD);
  const homes = new PasswdHomes(path);
  expect(homes.homeOf('berta')).toBeNull();
  directory.write('passwd', `${PASSWD}berta:x:1003:1003::/home/berta:/bin/sh\n`);
  utimesSync(path, 1, 1);
  expect(homes.homeOf('berta')).toBe('/home/berta');
});
