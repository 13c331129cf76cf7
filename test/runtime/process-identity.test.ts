import { linkSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  giveAway,
  identityOf,
  prepareToSettle,
  writePidFile,
} from '../../runtime/process-identity.ts';
import { makeTable } from '../support/routing-table.ts';
import { makeDirectoryOnDisk } from '../support/test-site.ts';

/** Accounts of a machine: what the programs print that are asked. */
function ask(program: string, parameters: readonly string[]): string | null {
  switch ([program, ...parameters].join(' ')) {
    case 'id -u -- www':
      return '33\n';
    case 'id -G -- www':
      return '33 50\n';
    case 'id -G -- 33':
      return '33\n';
    case 'getent group staff':
      return 'staff:x:50:anna\n';
    default:
      return null;
  }
}

describe('identityOf', () => {
  test.each([
    ['nobody when nothing is said', null, { uid: 65_534, gids: [65_534] }],
    ['numbers', { user: '1000', groups: ['100', '101'] }, { uid: 1000, gids: [100, 101] }],
    [
      'a name, with the groups of the account',
      { user: 'www', groups: [] },
      { uid: 33, gids: [33, 50] },
    ],
    ['names', { user: 'www', groups: ['staff', '7'] }, { uid: 33, gids: [50, 7] }],
    ['a number with an account', { user: '33', groups: [] }, { uid: 33, gids: [33] }],
    ['a number without one', { user: '4000', groups: [] }, { uid: 4000, gids: [4000] }],
  ])('%s', (_, serverId, identity) => {
    expect(identityOf(serverId, ask)).toEqual(identity);
  });

  test.each([
    [{ user: 'gone', groups: [] }, 'does not know "gone"'],
    [{ user: 'www', groups: ['gone'] }, 'does not know "gone"'],
  ])('refuses %j', (serverId, message) => {
    expect(() => identityOf(serverId, ask)).toThrow(message);
  });
});

describe('writePidFile', () => {
  test('writes the number of the process, for everybody to read', async () => {
    await using directory = makeDirectoryOnDisk();
    const path = `${directory.path}/server.pid`;
    writePidFile(path);
    expect(readFileSync(path, 'utf8')).toBe(`${process.pid}\n`);
    expect((statSync(path).mode & 0o777).toString(8)).toBe('644');
  });

  test('says what to do where it cannot', async () => {
    await using directory = makeDirectoryOnDisk();
    const path = `${directory.path}/missing/server.pid`;
    expect(() => writePidFile(path)).toThrow(
      `PIDfile ${path} cannot be written (ENOENT); make its directory, or name another file`,
    );
  });

  test('leaves a device as it is', () => {
    const before = statSync('/dev/null').mode;
    writePidFile('/dev/null');
    expect(statSync('/dev/null').mode).toBe(before);
  });
});

/** Nobody but root can give files away; anybody else can only give what he has to himself. */
const ACCOUNT = process.getuid?.() === 0 ? 65_534 : (process.getuid?.() ?? 0);
const GROUP = process.getuid?.() === 0 ? 65_534 : (process.getgid?.() ?? 0);

describe('giveAway', () => {
  test('gives a file to the account', async () => {
    await using directory = makeDirectoryOnDisk();
    const path = `${directory.path}/access.log`;
    writeFileSync(path, '');
    giveAway(path, ACCOUNT, GROUP);
    expect([statSync(path).uid, statSync(path).gid]).toEqual([ACCOUNT, GROUP]);
  });

  test.each([
    ['a symbolic link', symlinkSync],
    ['a hard link', linkSync],
  ])('leaves alone what %s leads to', async (_, link) => {
    await using directory = makeDirectoryOnDisk();
    const precious = `${directory.path}/precious`;
    writeFileSync(precious, '');
    link(precious, `${directory.path}/access.log`);
    const before = statSync(precious);
    giveAway(`${directory.path}/access.log`, ACCOUNT, GROUP);
    const after = statSync(precious);
    // Not even the same owner is set again.
    expect([after.uid, after.gid, after.ctimeMs]).toEqual([before.uid, before.gid, before.ctimeMs]);
  });

  test('leaves a device whose it is', () => {
    const before = statSync('/dev/null');
    giveAway('/dev/null', ACCOUNT, GROUP);
    expect(statSync('/dev/null').uid).toBe(before.uid);
  });
});

describe('a process that may not change its user', () => {
  test('says what it lacks', async () => {
    await using directory = makeDirectoryOnDisk();
    const { server } = makeTable({
      server: {
        pidFile: `${directory.path}/pid`,
        serverId: { user: '4000', groups: ['4000'] },
      },
    });
    vi.spyOn(process, 'getuid').mockReturnValue(0);
    vi.spyOn(process, 'setgroups').mockImplementation(() => {
      throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
    });
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    const settle = prepareToSettle(server, '/');
    expect(() => {
      settle([]);
    }).toThrow(
      'this process may not become the user 4000 (EPERM), whom ServerId names; start it as that user, or let it have CAP_SETUID',
    );
  });
});
