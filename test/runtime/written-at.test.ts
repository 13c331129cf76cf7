import { describe, expect, test } from 'vitest';
import { writtenAt } from '../../runtime/written-at.ts';
import { makeTable } from '../support/routing-table.ts';

const TABLE = {
  ...makeTable(),
  sourceMap: {
    files: ['hiawatha.conf', 'site.conf'],
    entries: [
      { pointer: '/bindings/0', file: 0, line: 3 },
      { pointer: '/bindings/0/port', file: 1, line: 4 },
    ],
  },
};

describe('writtenAt', () => {
  test('names the line of an entry', () => {
    expect(writtenAt(TABLE, '/bindings/0/port')).toBe(' (site.conf:4)');
  });

  test('names the line of the section for an entry that has none', () => {
    expect(writtenAt(TABLE, '/bindings/0/tlsCertFile')).toBe(' (hiawatha.conf:3)');
  });

  test('is empty for what is written nowhere, and without a source map', () => {
    expect(writtenAt(TABLE, '/hosts/0/websiteRoot')).toBe('');
    expect(writtenAt({ ...TABLE, sourceMap: null }, '/bindings/0/port')).toBe('');
  });
});
