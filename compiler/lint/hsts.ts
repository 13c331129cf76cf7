import { TLS_BINDING, virtualHost, withBindings } from './example.ts';
import { defineRule } from './rule.ts';
import { spanOfValue } from './wording.ts';

const DAY = 86_400;
/** What the preload list of browsers asks for (hstspreload.org). */
const PRELOAD_DAYS = 365;

function host(value: string): string {
  return virtualHost('Hostname = www.example.org', `RequireTLS = ${value}`);
}

export const HSTS = defineRule({
  code: 'HW912',
  slug: 'hsts',
  summary: 'The time or the flags of HSTS do not do what they are for.',
  explanation:
    'The preload list of the browsers takes a site only with `includeSubDomains` and a time of at least a year; without ' +
    'them `preload` does nothing. A time below a day protects hardly anybody: the browser has forgotten it at the next visit.',
  bad: withBindings([TLS_BINDING], host('yes, 31d; preload')),
  good: withBindings([TLS_BINDING], host('yes, 365d; includeSubDomains; preload')),
  source: 'RFC 6797, 6.1; hstspreload.org',
  onlyWith: ['RequireTLS'],
  check(config, report) {
    for (const { settings } of config.hosts) {
      const span = spanOfValue(settings.requireTls);
      const { hsts } = settings.requireTls.value;
      if (span === null || hsts === null || settings.requireTls.isUnreadable) continue;
      if (hsts.preload) {
        const missing = [
          ...(hsts.includeSubDomains ? [] : ['"includeSubDomains"']),
          ...(hsts.maxAgeSeconds < PRELOAD_DAYS * DAY
            ? [`a time of at least ${PRELOAD_DAYS}d`]
            : []),
        ];
        if (missing.length === 0) continue;
        report({
          severity: 'warning',
          message: `"preload" does nothing without ${missing.join(' and ')}`,
          span,
          notes: [
            {
              message: `write "${PRELOAD_DAYS}d; includeSubDomains; preload", or leave "preload" out`,
              span: null,
            },
          ],
        });
      } else if (hsts.maxAgeSeconds < DAY) {
        report({
          severity: 'hint',
          message: 'browsers forget this within a day, so it protects hardly anybody',
          span,
          notes: [{ message: 'write "31d", for instance, once TLS works', span: null }],
        });
      }
    }
  },
});
