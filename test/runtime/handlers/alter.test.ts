import { describe, expect, test } from 'vitest';
import { refusalOf } from '../../../runtime/handlers/alter.ts';
import { makeSite } from '../../support/prepared-site.ts';

/** The status that an error of the disk becomes. */
function statusOf(code: string): number {
  const site = makeSite();
  const target = { kind: 'alter', site, method: 'PUT', path: '/srv/www/a' } as const;
  const error = Object.assign(new Error('of the disk'), { code });
  const refusal = refusalOf({ ...target, settings: site.settings }, error);
  return refusal.kind === 'error' ? refusal.status : 0;
}

describe('refusalOf', () => {
  test.each(['ENOSPC', 'EDQUOT', 'EFBIG'])('a disk without room is 507 (%s)', (code) => {
    expect(statusOf(code)).toBe(507);
  });

  test.each([
    ['EACCES', 403],
    ['EROFS', 403],
    ['ENOENT', 403],
    ['EISDIR', 405],
    ['ENAMETOOLONG', 404],
  ])('%s is %i', (code, status) => {
    expect(statusOf(code)).toBe(status);
  });

  test('hands on what has nothing to do with the file', () => {
    expect(() => statusOf('EIO')).toThrow('of the disk');
  });
});
