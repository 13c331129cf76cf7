import { TLS_BINDING, PLAIN_BINDING, virtualHost, withBindings } from './example.ts';
import { bindingsOf, maySpeakTls } from './host-facts.ts';
import { defineRule } from './rule.ts';
import { describeHost, spanOfValue } from './wording.ts';

const HOST = virtualHost('Hostname = www.example.org', 'RequireTLS = yes');

export const REQUIRE_TLS_WITHOUT_TLS = defineRule({
  code: 'HW609',
  slug: 'require-tls-without-tls',
  summary: 'A host redirects to https, but no binding that leads to it speaks TLS.',
  explanation:
    'RequireTLS answers every plain request with a redirect to `https://`. Without a binding with TLScertFile that leads ' +
    'to the host nobody answers there, and the site is gone. The certificate of a host does not make a binding speak ' +
    'TLS; the binding needs one of its own.',
  bad: withBindings([PLAIN_BINDING], HOST),
  good: withBindings([PLAIN_BINDING, TLS_BINDING], HOST),
  source: 'hiawatha(1) VIRTUAL HOST CONFIGURATION: RequireTLS',
  needsEveryLine: true,
  onlyWith: ['RequireTLS'],
  check(config, report) {
    for (const host of config.hosts) {
      // There it is an error whatever the bindings are: HW510.
      if (host.isDefault) continue;
      const { requireTls } = host.settings;
      const span = spanOfValue(requireTls);
      if (span === null || !requireTls.value.enabled || requireTls.isUnreadable) continue;
      const bindings = bindingsOf(config, host);
      if (bindings.length === 0 || bindings.some(maySpeakTls)) continue;
      const elsewhere = config.bindings.find(maySpeakTls);
      report({
        severity: 'warning',
        message: `RequireTLS sends visitors of ${describeHost(host)} to https, where nobody answers: no binding that leads to it has a TLScertFile`,
        span,
        notes: [
          elsewhere === undefined
            ? {
                message:
                  'add a Binding section with "Port = 443" and "TLScertFile = …", or delete RequireTLS',
                span: bindings[0]?.nameSpan ?? null,
              }
            : {
                message:
                  'this binding speaks TLS, but RequiredBinding of the host does not name it',
                span: elsewhere.nameSpan,
              },
        ],
      });
    }
  },
});
