import type { Network } from '../../grammar/values/network.ts';
import { section, withBindings } from './example.ts';
import { isLocalOnly } from './host-facts.ts';
import { coversNetwork } from './network-cover.ts';
import { defineRule } from './rule.ts';

const BINDING = section('Binding', ['Port = 8080', 'Interface = 127.0.0.1']);
const LOOPBACK: Network = { family: 4, address: '127.0.0.1', prefixLength: 32 };

export const BAN_HITS_PROXY = defineRule({
  code: 'HW911',
  slug: 'ban-hits-proxy',
  summary: 'Bans would hit the proxy in front, and with it every visitor.',
  explanation:
    'Bans are for addresses. When every binding listens on the machine itself, a proxy in front is the only client, and one ' +
    'bad visitor bans all. Name the proxy in HideProxy, so that bans are for the address that it reports, or exempt it ' +
    'with BanlistMask.',
  bad: withBindings([BINDING], 'BanOnFlooding = 10/1:15'),
  good: withBindings([BINDING], 'HideProxy = 127.0.0.1\nBanOnFlooding = 10/1:15'),
  source: 'hiawatha(1) SERVER CONFIGURATION: HideProxy, BanlistMask',
  needsEveryLine: true,
  check(config, report) {
    const { settings } = config.server;
    const { hideProxy, banlistMask } = settings;
    if (!isLocalOnly(config) || hideProxy.lines.length > 0 || hideProxy.isUnreadable) return;
    const decisive = banlistMask.value.find((item) => coversNetwork(item.value.network, LOOPBACK));
    if (decisive?.value.action === 'deny' || banlistMask.isUnreadable) return;
    const bans = [
      settings.banOnDeniedBodyMs,
      settings.banOnFlooding,
      settings.banOnGarbageMs,
      settings.banOnInvalidUrlMs,
      settings.banOnMaxReqSizeMs,
      settings.banOnSqliMs,
      settings.banOnTimeoutMs,
      settings.banOnWrongPassword,
      settings.challengeClient,
    ];
    const line = bans
      .filter((ban) => ban.value !== 0 && ban.value !== null)
      .flatMap((ban) => ban.last ?? [])
      .at(0);
    if (line === undefined) return;
    report({
      severity: 'warning',
      message: `${line.directive.key} would ban the proxy in front of this server, and with it every visitor`,
      span: line.directive.value.span,
      notes: [
        {
          message: 'all bindings are local, so a proxy is the only client',
          span: config.bindings[0]?.settings.address.last?.directive.span ?? null,
        },
        { message: 'write "HideProxy = 127.0.0.1", or "BanlistMask = deny 127.0.0.1"', span: null },
      ],
    });
  },
});
