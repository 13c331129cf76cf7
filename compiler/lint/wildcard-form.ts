import { configuration, virtualHost } from './example.ts';
import { nameFactsOf } from './name-index.ts';
import { defineRule } from './rule.ts';

export const WILDCARD_FORM = defineRule({
  code: 'HW604',
  slug: 'wildcard-form',
  summary: 'A star in a host name that is no wildcard there.',
  explanation:
    'Only `*.` at the beginning of a name is a wildcard. Everywhere else, and alone, a star is compared as a plain ' +
    'character, and no request has one in its Host header. For every other name there is the default host: it answers ' +
    'what no VirtualHost is named for.',
  bad: configuration(virtualHost('Hostname = example.org, www*.example.org')),
  good: configuration(virtualHost('Hostname = example.org, *.example.org')),
  source: 'session.c: hostname_match',
  check(config, report) {
    if (nameFactsOf(config).arePlain) return;
    for (const host of config.hosts) {
      for (const { value: name, span } of host.settings.hostnames.value) {
        const rest = name.startsWith('*.') ? name.slice(2) : name;
        if (!rest.includes('*') && rest !== '') continue;
        const domain = /^[^.]*\*[^.]*\.([^*]+\.[^*]+)$/.exec(name)?.[1];
        report({
          severity: 'warning',
          message: `"${name}" never matches: only "*." at the beginning of a name is a wildcard`,
          span,
          notes: [
            {
              message:
                name === '*'
                  ? 'the default host, at top level, already answers every name that no VirtualHost has'
                  : 'write the names one by one, or a "*." wildcard behind which the rest is plain',
              span: null,
            },
          ],
          fix:
            domain === undefined
              ? null
              : {
                  title: `write "*.${domain}"`,
                  safe: false,
                  edits: [{ span, text: `*.${domain}` }],
                },
        });
      }
    }
  },
});
