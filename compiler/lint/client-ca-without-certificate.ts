import { TLS_BINDING, virtualHost, withBindings } from './example.ts';
import { defineRule } from './rule.ts';
import { describeHost, spanOfValue } from './wording.ts';

export const CLIENT_CA_WITHOUT_CERTIFICATE = defineRule({
  code: 'HW611',
  slug: 'client-ca-without-certificate',
  summary: 'RequiredCA in a host that has no certificate of its own.',
  explanation:
    'The RequiredCA of a host counts only when the host is chosen by its own TLScertFile while the TLS connection begins. ' +
    'Without one the host is open to clients that have no certificate.',
  bad: withBindings(
    [TLS_BINDING],
    virtualHost('Hostname = www.example.org', 'RequiredCA = ca.pem'),
  ),
  good: withBindings(
    [TLS_BINDING],
    virtualHost('Hostname = www.example.org', 'TLScertFile = www.pem', 'RequiredCA = ca.pem'),
  ),
  source: 'hiawatha(1) VIRTUAL HOST CONFIGURATION: RequiredCA',
  needsEveryLine: true,
  onlyWith: ['RequiredCA'],
  check(config, report) {
    for (const host of config.hosts) {
      const { requiredCa, tlsCertFile } = host.settings;
      const span = spanOfValue(requiredCa);
      if (span === null || tlsCertFile.value !== null || tlsCertFile.isUnreadable) continue;
      report({
        severity: 'warning',
        message: `RequiredCA protects nothing: ${describeHost(host)} has no TLScertFile, so clients need no certificate`,
        span,
        notes: [
          {
            message: 'add "TLScertFile" to the host, or move RequiredCA to the binding',
            span: null,
          },
        ],
      });
    }
  },
});
