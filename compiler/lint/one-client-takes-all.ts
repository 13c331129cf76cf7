import { configuration } from './example.ts';
import { defineRule } from './rule.ts';
import { spanOfValue } from './wording.ts';

export const ONE_CLIENT_TAKES_ALL = defineRule({
  code: 'HW928',
  slug: 'one-client-takes-all',
  summary: 'One address may use all connections of the server.',
  explanation:
    'ConnectionsPerIP exists so that one client cannot keep the others out. When it is not below ConnectionsTotal, one ' +
    'client that opens connections and waits is enough.',
  bad: configuration('ConnectionsTotal = 100\nConnectionsPerIP = 100'),
  good: configuration('ConnectionsTotal = 1000\nConnectionsPerIP = 50'),
  source: 'hiawatha(1) SERVER CONFIGURATION: ConnectionsPerIP, ConnectionsTotal',
  check(config, report) {
    const { connectionsPerIp, connectionsTotal } = config.server.settings;
    const span = spanOfValue(connectionsPerIp);
    if (span === null || connectionsTotal.isUnreadable) return;
    if (connectionsPerIp.value < connectionsTotal.value) return;
    report({
      severity: 'hint',
      message: `one address may use all ${connectionsTotal.value} connections of the server`,
      span,
      notes: [
        {
          message: 'allow fewer per address, or raise ConnectionsTotal',
          span: spanOfValue(connectionsTotal),
        },
      ],
    });
  },
});
