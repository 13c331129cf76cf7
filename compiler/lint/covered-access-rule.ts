import type { AccessRule } from '../../grammar/values/access-list.ts';
import type { Spanned } from '../../grammar/values/spanned.ts';
import { configuration, virtualHost } from './example.ts';
import { coversNetwork } from './network-cover.ts';
import { defineRule } from './rule.ts';

export const COVERED_ACCESS_RULE = defineRule({
  code: 'HW905',
  slug: 'covered-access-rule',
  summary:
    'An item of an access list that no client reaches, because an earlier item has all of its addresses.',
  explanation:
    'The first item that fits the client decides. An item behind `all`, or behind a network that contains its own, is ' +
    'never looked at. Put the exceptions in front and the rule behind them.',
  bad: configuration(
    virtualHost('Hostname = www.example.org', 'AccessList = deny all, allow 10.0.0.1'),
  ),
  good: configuration(
    virtualHost('Hostname = www.example.org', 'AccessList = allow 10.0.0.1, deny all'),
  ),
  source: 'liblist.c: in_accesslist',
  onlyWith: ['AccessList', 'AlterList', 'BanlistMask', 'LogfileMask', 'RequestLimitMask'],
  check(config, report) {
    const { banlistMask, logfileMask, requestLimitMask } = config.server.settings;
    const lists = [
      banlistMask,
      logfileMask,
      requestLimitMask,
      ...[...config.hosts, ...config.directories].flatMap(({ settings }) => [
        settings.accessList,
        settings.alterList,
      ]),
    ];
    for (const { value: items } of lists) {
      for (const [index, item] of items.entries()) {
        const cover = items
          .slice(0, index)
          .find((earlier) => coversNetwork(earlier.value.network, item.value.network));
        if (cover === undefined) continue;
        report({
          severity: 'warning',
          message: `"${textOf(item)}" has no effect: "${textOf(cover)}" stands before it and decides for all of its addresses`,
          span: item.span,
          notes: [
            { message: 'the first item that fits decides', span: cover.span },
            {
              message:
                item.value.action === cover.value.action
                  ? 'delete the item'
                  : 'put the exception in front, or delete it',
              span: null,
            },
          ],
        });
      }
    }
  },
});

function textOf({ value: { action, network } }: Spanned<AccessRule>): string {
  if (network === null) return `${action} all`;
  const isHost = network.prefixLength === (network.family === 4 ? 32 : 128);
  return `${action} ${network.address}${isHost ? '' : `/${network.prefixLength}`}`;
}
