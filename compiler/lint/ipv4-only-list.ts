import { configuration, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';

function host(list: string): string {
  return virtualHost('Hostname = www.example.org', `AccessList = ${list}`);
}

export const IPV4_ONLY_LIST = defineRule({
  code: 'HW913',
  slug: 'ipv4-only-list',
  summary: 'An access list ends in 0.0.0.0/0, which leaves IPv6 clients in.',
  explanation:
    '`0.0.0.0/0` is every IPv4 address and no IPv6 address. A client that no item of AccessList fits is let in, so the ' +
    'list closes one family only. Write `all`.',
  bad: configuration(host('allow 10.0.0.0/8, deny 0.0.0.0/0')),
  good: configuration(host('allow 10.0.0.0/8, deny all')),
  source: 'libip.c: parse_ip; liblist.c: in_accesslist',
  onlyWith: ['AccessList'],
  check(config, report) {
    for (const { settings } of [...config.hosts, ...config.directories]) {
      const items = settings.accessList.value;
      const isV6Closed = items.some(
        ({ value: { action, network } }) =>
          action !== 'allow' &&
          (network === null || (network.family === 6 && network.prefixLength === 0)),
      );
      if (isV6Closed || settings.accessList.isUnreadable) continue;
      const item = items.find(
        ({ value: { action, network } }) =>
          action !== 'allow' && network?.family === 4 && network.prefixLength === 0,
      );
      if (item === undefined) continue;
      const text = `${item.value.action} all`;
      report({
        severity: 'warning',
        message: 'this closes IPv4 only: clients with an IPv6 address fit no item, and are let in',
        span: item.span,
        notes: [
          { message: `write "${text}", which is every address of both families`, span: null },
        ],
        fix: { title: `write "${text}"`, safe: false, edits: [{ span: item.span, text }] },
      });
    }
  },
});
