import { describe, expect, test } from 'vitest';
import { decodeRoutingTable, encodeRoutingTable } from '../../routing-table/format.ts';
import { makeTable } from '../support/routing-table.ts';

function check(change: (table: Record<string, unknown>) => void, message: string): void {
  const json: unknown = JSON.parse(encodeRoutingTable(makeTable()));
  if (typeof json !== 'object' || json === null) throw new Error('not an object');
  const table = { ...json };
  change(table);
  expect(() => decodeRoutingTable(JSON.stringify(table))).toThrow(message);
}

describe('encodeRoutingTable', () => {
  test('writes keys in the order of the schema whatever order they came in', () => {
    const table = makeTable();
    const turned = Object.fromEntries(Object.entries(table).reverse());
    expect(encodeRoutingTable({ ...table, ...turned })).toBe(encodeRoutingTable(table));
    expect(Object.keys({ ...turned })[0]).toBe('sourceMap');
  });

  test('ends with a line end', () => {
    expect(encodeRoutingTable(makeTable())).toMatch(/}\n$/);
  });
});

describe('decodeRoutingTable', () => {
  test('reads what was written', () => {
    const table = makeTable({ hosts: [{}, { hostnames: ['*.example.org'] }] });
    expect(decodeRoutingTable(encodeRoutingTable(table))).toEqual(table);
  });

  test.each([
    ['', 'not JSON'],
    ['{', 'not JSON'],
    ['[]', 'no routing table'],
    ['null', 'no routing table'],
    ['{}', 'no routing table'],
    ['{"formatVersion":2}', 'format version 2'],
  ])('refuses %j', (text, message) => {
    expect(() => decodeRoutingTable(text)).toThrow(message);
  });

  test('names the first offending path', () => {
    check((table) => (table['hosts'] = [{}]), 'hosts[0].');
    check((table) => (table['bindings'] = []), 'damaged at bindings');
    check((table) => (table['extra'] = 1), 'its outermost object');
  });

  test('refuses an index behind the end of its list', () => {
    const table = makeTable({ hosts: [{ fastCgiServers: [0] }] });
    expect(() => decodeRoutingTable(JSON.stringify(table))).toThrow(
      'damaged at hosts[0].fastCgiServers[0]',
    );
  });

  test('says what to do', () => {
    expect(() => decodeRoutingTable('{}')).toThrow('hiawatha-ts compile');
  });
});
