import { PLAIN_BINDING, TLS_BINDING, virtualHost, withBindings } from './example.ts';
import { bindingsOf, maySpeakTls } from './host-facts.ts';
import { defineRule } from './rule.ts';
import { describeHost, spanOfValue } from './wording.ts';

const HOST = virtualHost('Hostname = www.example.org', 'TLScertFile = www.pem');

export const CERTIFICATE_WITHOUT_TLS = defineRule({
  code: 'HW610',
  slug: 'certificate-without-tls',
  summary: 'A host has a certificate, but no binding that leads to it speaks TLS.',
  explanation:
    'The TLScertFile of a host only chooses among certificates while a TLS connection begins. Whether a port speaks TLS at ' +
    'all is decided by the TLScertFile of its binding.',
  bad: withBindings([PLAIN_BINDING], HOST),
  good: withBindings([PLAIN_BINDING, TLS_BINDING], HOST),
  source: 'hiawatha(1) VIRTUAL HOST CONFIGURATION: TLScertFile',
  needsEveryLine: true,
  onlyWith: ['TLScertFile'],
  check(config, report) {
    for (const host of config.hosts) {
      const span = spanOfValue(host.settings.tlsCertFile);
      if (span === null) continue;
      const bindings = bindingsOf(config, host);
      if (bindings.length === 0 || bindings.some(maySpeakTls)) continue;
      report({
        severity: 'warning',
        message: `the certificate of ${describeHost(host)} is never used: no binding that leads to it speaks TLS`,
        span,
        notes: [
          {
            message: 'add "TLScertFile" to a Binding section, for instance one with "Port = 443"',
            span: bindings[0]?.nameSpan ?? null,
          },
        ],
      });
    }
  },
});
