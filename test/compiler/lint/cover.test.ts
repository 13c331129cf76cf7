import { describe, expect, test } from 'vitest';
import { coversName } from '../../../compiler/lint/hostname-cover.ts';
import { coversNetwork } from '../../../compiler/lint/network-cover.ts';
import { readIp } from '../../../grammar/values/ip-address.ts';
import { type Network, networkOf } from '../../../grammar/values/network.ts';

function network(text: string): Network | null {
  if (text === 'all') return null;
  const [address = '', prefix = ''] = text.split('/');
  const ip = readIp(address);
  if (ip === null) throw new Error(`no address: ${text}`);
  return networkOf(ip, Number(prefix));
}

describe('coversNetwork', () => {
  test.each([
    ['all', '10.0.0.1/32', true],
    ['all', '::1/128', true],
    ['all', 'all', true],
    ['0.0.0.0/0', 'all', false],
    ['0.0.0.0/0', '10.0.0.0/8', true],
    ['0.0.0.0/0', '::1/128', false],
    ['10.0.0.0/8', '10.200.0.1/32', true],
    ['10.0.0.0/8', '11.0.0.1/32', false],
    ['10.0.0.0/8', '10.0.0.0/7', false],
    ['10.128.0.0/9', '10.0.0.0/9', false],
    ['fe80::/10', 'febf::1/128', true],
    ['fe80::/10', 'fec0::1/128', false],
  ])('%s covers %s: %s', (outer, inner, expected) => {
    expect(coversNetwork(network(outer), network(inner))).toBe(expected);
  });
});

describe('coversName', () => {
  test.each([
    ['www.example.org', 'www.example.org', true],
    ['example.org', 'www.example.org', false],
    ['*.example.org', 'example.org', true],
    ['*.example.org', 'a.b.example.org', true],
    ['*.example.org', '*.b.example.org', true],
    ['*.b.example.org', '*.example.org', false],
    ['*.example.org', 'badexample.org', false],
    ['www.*.org', 'www.example.org', false],
    ['*', 'www.example.org', false],
  ])('%s covers %s: %s', (pattern, name, expected) => {
    expect(coversName(pattern, name)).toBe(expected);
  });
});
