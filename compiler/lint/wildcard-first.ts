import { configuration, virtualHost } from './example.ts';
import { nameFactsOf } from './name-index.ts';
import { defineRule } from './rule.ts';

export const WILDCARD_FIRST = defineRule({
  code: 'HW603',
  slug: 'wildcard-first',
  summary: 'The first name of a host is a wildcard.',
  explanation:
    'The first name stands for the host: EnforceFirstHostname redirects to it, logs and tools show it. The manual asks for ' +
    'a plain name there; with a wildcard, EnforceFirstHostname silently does nothing. Write a plain name first and the ' +
    'wildcard behind it.',
  bad: configuration(virtualHost('Hostname = *.example.org')),
  good: configuration(virtualHost('Hostname = www.example.org, *.example.org')),
  source: 'hiawatha(1) VIRTUAL HOST CONFIGURATION: Hostname',
  check(config, report) {
    if (nameFactsOf(config).arePlain) return;
    for (const host of config.hosts) {
      const first = host.settings.hostnames.value[0];
      if (first?.value.startsWith('*.') !== true) continue;
      const plain = first.value.slice(2);
      const hasPlain = host.settings.hostnames.value.some((name) => !name.value.includes('*'));
      report({
        severity: 'warning',
        message: `the first name of this host is the wildcard "${first.value}"`,
        span: first.span,
        notes: [
          {
            message:
              'the first name stands for the host, and EnforceFirstHostname does nothing when it is a wildcard',
            span: null,
          },
          {
            message: hasPlain
              ? 'move a plain name to the front'
              : `write a plain name first, as "${plain}, ${first.value}"`,
            span: null,
          },
        ],
        fix: hasPlain
          ? null
          : {
              title: `write "${plain}" first`,
              safe: false,
              edits: [{ span: { ...first.span, end: first.span.start }, text: `${plain}, ` }],
            },
      });
    }
  },
});
