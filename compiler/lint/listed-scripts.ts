import { cgiSwitchOf } from './cgi-facts.ts';
import { configuration, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';
import { describeHost, spanOfValue } from './wording.ts';

const HANDLER = 'CGIhandler = /usr/bin/php-cgi:php';

export const LISTED_SCRIPTS = defineRule({
  code: 'HW931',
  slug: 'listed-scripts',
  summary: 'A host that runs scripts lists the contents of its directories.',
  explanation:
    'With ShowIndex on, whoever asks for a directory without start file sees every name in it, of scripts, libraries and ' +
    'leftovers alike, and may run each script. Set ShowIndex in a Directory section for those parts of the site that hold ' +
    'files to download.',
  bad: configuration(
    HANDLER,
    virtualHost('Hostname = www.example.org', 'ExecuteCGI = yes', 'ShowIndex = yes'),
  ),
  good: configuration(HANDLER, virtualHost('Hostname = www.example.org', 'ExecuteCGI = yes')),
  source: 'hiawatha(1) VIRTUAL HOST CONFIGURATION: ShowIndex',
  onlyWith: ['ShowIndex'],
  check(config, report) {
    for (const host of config.hosts) {
      const { showIndex } = host.settings;
      const span = spanOfValue(showIndex);
      if (span === null || showIndex.value.kind === 'off' || !cgiSwitchOf(host).isOn) continue;
      report({
        severity: 'hint',
        message: `${describeHost(host)} runs scripts, and lists their names`,
        span,
        notes: [
          { message: 'set ShowIndex in a Directory section for the files to download', span: null },
        ],
      });
    }
  },
});
