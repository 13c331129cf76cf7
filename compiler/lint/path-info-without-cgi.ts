import { mayRunPrograms } from './cgi-facts.ts';
import { configuration, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';
import { describeHost, spanOfValue } from './wording.ts';

export const PATH_INFO_WITHOUT_CGI = defineRule({
  code: 'HW712',
  slug: 'path-info-without-cgi',
  summary: 'EnablePathInfo in a host that runs no scripts.',
  explanation:
    'EnablePathInfo lets a URL go on behind the name of a script. A host in which CGI is off has no scripts, so the line ' +
    'does nothing; often ExecuteCGI or UseFastCGI was forgotten.',
  bad: configuration(virtualHost('Hostname = www.example.org', 'EnablePathInfo = yes')),
  good: configuration(
    'CGIhandler = /usr/bin/php-cgi:php',
    virtualHost('Hostname = www.example.org', 'EnablePathInfo = yes', 'ExecuteCGI = yes'),
  ),
  source: 'hiawatha(1) VIRTUAL HOST CONFIGURATION: EnablePathInfo',
  needsEveryLine: true,
  onlyWith: ['EnablePathInfo'],
  check(config, report) {
    config.hosts.forEach((host) => {
      const { enablePathInfo } = host.settings;
      if (!enablePathInfo.value || mayRunPrograms(config, host)) return;
      const span = spanOfValue(enablePathInfo);
      if (span === null) return;
      report({
        severity: 'warning',
        message: `EnablePathInfo does nothing: ${describeHost(host)} runs no scripts`,
        span,
        notes: [
          { message: 'add "ExecuteCGI = yes" or "UseFastCGI = …", or delete the line', span: null },
        ],
      });
    });
  },
});
