import { configuration } from './example.ts';
import { defineRule } from './rule.ts';
import { spanOfValue } from './wording.ts';

/** What browsers open to one server with HTTP/1.1. */
const BROWSER_CONNECTIONS = 6;

export const FEW_CONNECTIONS = defineRule({
  code: 'HW927',
  slug: 'few-connections',
  summary: 'ConnectionsPerIP is below what one browser opens.',
  explanation:
    'A browser opens up to six connections to a server at once. With fewer allowed, ordinary visitors exceed the limit, and ' +
    'BanOnMaxPerIP bans them, by default for two seconds; people behind one address hit it sooner.',
  bad: configuration('ConnectionsPerIP = 4'),
  good: configuration('ConnectionsPerIP = 20'),
  source: 'hiawatha(1) SERVER CONFIGURATION: ConnectionsPerIP, BanOnMaxPerIP',
  check(config, report) {
    const { connectionsPerIp, banOnMaxPerIpMs } = config.server.settings;
    const span = spanOfValue(connectionsPerIp);
    if (span === null || connectionsPerIp.value >= BROWSER_CONNECTIONS) return;
    report({
      severity: 'hint',
      message: `one browser opens up to ${BROWSER_CONNECTIONS} connections, more than ConnectionsPerIP allows`,
      span,
      notes: [
        {
          message:
            banOnMaxPerIpMs.value === 0
              ? 'pages come up incomplete; allow at least 15'
              : 'ordinary visitors are banned by BanOnMaxPerIP; allow at least 15',
          span: spanOfValue(banOnMaxPerIpMs),
        },
      ],
    });
  },
});
