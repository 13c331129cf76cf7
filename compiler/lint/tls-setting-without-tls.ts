import type { SourceSpan } from '../../grammar/source.ts';
import { PLAIN_BINDING, TLS_BINDING, virtualHost, withBindings } from './example.ts';
import { bindingsOf, maySpeakTls } from './host-facts.ts';
import { defineRule } from './rule.ts';
import { spanOfValue } from './wording.ts';

const HOST = virtualHost('Hostname = www.example.org', 'RandomHeader = 250');

export const TLS_SETTING_WITHOUT_TLS = defineRule({
  code: 'HW613',
  slug: 'tls-setting-without-tls',
  summary: 'A setting that only matters with TLS, where nothing speaks TLS.',
  explanation:
    'RandomHeader and the time of RequireTLS (HSTS) make headers that are only sent over TLS, and RequiredCA is looked at ' +
    'while a TLS connection begins. Without TLScertFile in the binding they do nothing.',
  bad: withBindings([PLAIN_BINDING], HOST),
  good: withBindings([TLS_BINDING], HOST),
  source: 'http.c: send_header; serverconfig.c: binding_setting',
  needsEveryLine: true,
  onlyWith: ['RequiredCA', 'RandomHeader', 'RequireTLS'],
  check(config, report) {
    function add(name: string, span: SourceSpan | null, advice: string): void {
      if (span === null) return;
      report({
        severity: 'warning',
        message: `${name} does nothing without TLS`,
        span,
        notes: [{ message: advice, span: null }],
      });
    }
    for (const binding of config.bindings) {
      if (!maySpeakTls(binding)) {
        const span = spanOfValue(binding.settings.requiredCa);
        add('RequiredCA', span, 'add "TLScertFile" to this binding, or delete RequiredCA');
      }
    }
    for (const host of config.hosts) {
      const bindings = bindingsOf(config, host);
      if (bindings.length === 0 || bindings.some(maySpeakTls)) continue;
      const advice =
        'no binding that leads to this host has a TLScertFile; add one, or delete this';
      add('RandomHeader', spanOfValue(host.settings.randomHeaderBytes), advice);
      const { value, isUnreadable } = host.settings.requireTls;
      // With `yes` the redirect itself leads nowhere; that is another rule's.
      if (!isUnreadable && !value.enabled && value.hsts !== null) {
        add('the time of RequireTLS (HSTS)', spanOfValue(host.settings.requireTls), advice);
      }
    }
  },
});
