import { describe, expect, test } from 'vitest';
import {
  firstFittingAction,
  isInNetwork,
  parseAddress,
  plainAddress,
} from '../../../runtime/routing/ip-address.ts';
import type { AccessRule, Network } from '../../../routing-table/schema.ts';

function network(text: string): Network {
  const [address = '', prefix = '0'] = text.split('/');
  return { family: address.includes(':') ? 6 : 4, address, prefixLength: Number(prefix) };
}

describe('parseAddress', () => {
  test.each([
    ['1.2.3.4', '01020304'],
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['1::', '00010000000000000000000000000000'],
    ['2001:db8::5:0:1', '20010db8000000000000000500000001'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['::ffff:1.2.3.4', '00000000000000000000ffff01020304'],
    ['fe80::1%eth0', 'fe800000000000000000000000000001'],
  ])('reads %s', (text, hex) => {
    expect(Buffer.from(parseAddress(text) ?? []).toString('hex')).toBe(hex);
  });

  test.each(['', 'a', '1.2.3', '1.2.3.256', '1:2', '::1::'])('refuses %j', (text) => {
    expect(parseAddress(text)).toBeNull();
  });
});

describe('isInNetwork', () => {
  test.each([
    ['10.1.2.3', '10.0.0.0/8', true],
    ['11.1.2.3', '10.0.0.0/8', false],
    ['10.1.2.3', '10.1.2.3/32', true],
    ['10.1.2.4', '10.1.2.3/32', false],
    ['192.168.1.129', '192.168.1.128/25', true],
    ['192.168.1.127', '192.168.1.128/25', false],
    ['1.2.3.4', '0.0.0.0/0', true],
    ['2001:db8:1::1', '2001:db8::/32', true],
    ['2001:db9::1', '2001:db8::/32', false],
    ['::1', '0.0.0.0/0', false],
    ['1.2.3.4', '::/0', false],
  ])('%s in %s: %s', (address, net, expected) => {
    expect(isInNetwork(parseAddress(address) ?? new Uint8Array(), network(net))).toBe(expected);
  });
});

test('firstFittingAction takes the first rule that fits', () => {
  const rules: AccessRule[] = [
    { action: 'allow', network: network('10.1.0.0/16') },
    { action: 'deny', network: network('10.0.0.0/8') },
    { action: 'pwd', network: null },
  ];
  expect(
    ['10.1.2.3', '10.2.0.1', '::1', 'nobody'].map((address) => firstFittingAction(rules, address)),
  ).toEqual(['allow', 'deny', 'pwd', null]);
  expect(firstFittingAction(rules.slice(0, 2), '11.0.0.1')).toBeNull();
});

test('plainAddress drops zone and IPv4 mapping', () => {
  expect(['::ffff:10.0.0.1', 'fe80::1%eth0', '::ffff:1:2', '1.2.3.4'].map(plainAddress)).toEqual([
    '10.0.0.1',
    'fe80::1',
    '::ffff:1:2',
    '1.2.3.4',
  ]);
});
