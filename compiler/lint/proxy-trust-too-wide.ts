import { configuration } from './example.ts';
import { defineRule } from './rule.ts';

/** Nobody has a network of proxies as large as these. */
const WIDEST_PREFIX = { 4: 8, 6: 16 } as const;

export const PROXY_TRUST_TOO_WIDE = defineRule({
  code: 'HW926',
  slug: 'proxy-trust-too-wide',
  summary: 'HideProxy trusts everybody.',
  explanation:
    'From an address of HideProxy the server takes the address of the client out of a header. Whoever is trusted may write ' +
    'any address there: past access lists, bans and into the logs. List the addresses of your own proxies only.',
  bad: configuration('HideProxy = 0.0.0.0/0'),
  good: configuration('HideProxy = 192.168.10.20'),
  source: 'hiawatha(1) SERVER CONFIGURATION: HideProxy',
  check(config, report) {
    for (const { value, span } of config.server.settings.hideProxy.value) {
      if (value.prefixLength >= WIDEST_PREFIX[value.family]) continue;
      report({
        severity: 'warning',
        message: `${value.prefixLength === 0 ? 'every client' : 'far too many clients'} may claim any address: HideProxy trusts "${value.address}/${value.prefixLength}"`,
        span,
        notes: [
          {
            message: 'access lists, bans and logs believe it; list your own proxies only',
            span: null,
          },
        ],
      });
    }
  },
});
