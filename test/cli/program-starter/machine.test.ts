import { chmodSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import {
  may,
  missingCapabilities,
  SystemAccounts,
  whoElseMayChange,
} from '../../../cli/program-starter/machine.ts';
import { fileTree } from '../../support/file-tree.ts';

const isRoot = process.getuid?.() === 0;

describe('the rights of a user', () => {
  test.each([
    ['its owner', 0, [1], 0o500, true],
    ['its owner, whatever others may', 0, [0], 0o055, false],
    ['its group', 1, [1, 0], 0o050, true],
    ['its group, whatever others may', 1, [0], 0o505, false],
    ['others', 1, [1], 0o005, true],
    ['others', 1, [1], 0o550, false],
  ] as const)('on a file are those of %s (%i %j %i)', (_name, user, groups, mode, expected) => {
    const path = join(fileTree({ file: '' }), 'file');
    chmodSync(path, mode);
    const file = statSync(path);
    const [first, ...others] = groups.map((group) => file.gid + group);
    const identity = { uid: file.uid + user, gids: [first ?? 0, ...others] as const };
    expect([may(identity, file, 4), may(identity, file, 1)]).toEqual([expected, expected]);
  });
});

describe('the capabilities of a process', () => {
  test.each([
    ['all', '000001ffffffffff', []],
    ['all but some', '000001fffffbff7f', ['CAP_SETUID', 'CAP_SYS_CHROOT']],
    ['none', '0000000000000000', ['CAP_KILL', 'CAP_SETGID', 'CAP_SETUID', 'CAP_SYS_CHROOT']],
  ])('are looked at: %s', (_name, mask, missing) => {
    expect(missingCapabilities(`CapPrm:\t0\nCapEff:\t${mask}\nCapBnd:\t0\n`)).toEqual(missing);
  });
});

describe('an account', () => {
  test('has the numbers and the home of the machine', () => {
    const accounts = new SystemAccounts();
    expect(accounts.identityOf('nobody', []).uid).toBe(65_534);
    expect(accounts.homeOf('root')).toBe('/root');
    expect(accounts.homeOf('no-such-user')).toBeNull();
  });
});

describe.runIf(isRoot)('a file of root', () => {
  test('may be changed by nobody else', () => {
    const directory = fileTree({ 'a/file': '' });
    expect(whoElseMayChange(join(directory, 'a/file'))).toBeNull();
  });

  test.each([
    ['itself', 'a/file', 0o666],
    ['its group', 'a/file', 0o664],
    ['its directory', 'a', 0o777],
  ])('may be changed by those who may write to %s', (_name, open, mode) => {
    const directory = fileTree({ 'a/file': '' });
    chmodSync(join(directory, open), mode);
    expect(whoElseMayChange(join(directory, 'a/file'))).toBe(
      `${join(directory, open)} may be changed by others than root`,
    );
  });
});
