import { configuration } from './example.ts';
import { defineRule } from './rule.ts';

export const TUNNEL_IN_USE = defineRule({
  code: 'HW904',
  slug: 'tunnel-in-use',
  summary: 'TunnelSSH lets clients of the web server through to the SSH port.',
  explanation:
    'With TunnelSSH the web port becomes a way to the SSH port of the machine, past the firewall that was to close it. ' +
    'Keep it only where that is the purpose, and only for addresses you know.',
  bad: configuration('TunnelSSH = 192.0.2.44'),
  good: configuration(),
  source: 'hiawatha(1) SERVER CONFIGURATION: TunnelSSH',
  check(config, report) {
    for (const { value, directive } of config.server.settings.tunnelSsh.lines) {
      const who =
        value.networks.length === 0
          ? 'from everywhere, with the right code,'
          : value.credential === null
            ? 'from these addresses, without any code,'
            : 'from these addresses, with the right code,';
      report({
        severity: 'warning',
        message: `clients ${who} get through the web port to the SSH port of this machine`,
        span: directive.value.span,
        notes: [
          {
            message: 'delete the line, unless the web port is meant as a way around the firewall',
            span: null,
          },
        ],
      });
    }
  },
});
