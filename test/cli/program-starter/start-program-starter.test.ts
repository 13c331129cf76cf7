import { describe, expect, test } from 'vitest';

import { noticeWithoutStarter } from '../../../cli/program-starter/start-program-starter.ts';
import { makeDirectory, makeTable, type TableParts } from '../../support/routing-table.ts';

describe('a server that cannot start programs as other users', () => {
  test.each<[string, TableParts]>([
    ['of a host', { hosts: [{ wrapCgi: 'site' }] }],
    ['of a directory', { directories: [makeDirectory({ wrapCgi: 'site' })] }],
    ['of users', { server: { wrapUserCgi: true }, hosts: [{ userWebsites: true }] }],
  ])('says so where there are programs %s', (_name, parts) => {
    const table = makeTable({ ...parts, server: { cgiWrapper: '/none', ...parts.server } });
    expect(noticeWithoutStarter(table)).toMatch(/^WrapCGI: .* no setuid wrapper at \/none, /);
  });

  test.each([
    ['none are wrapped', {}],
    ['users have no sites', { server: { wrapUserCgi: true } }],
  ])('says nothing where %s', (_name, parts) => {
    expect(noticeWithoutStarter(makeTable(parts))).toBeNull();
  });
});
