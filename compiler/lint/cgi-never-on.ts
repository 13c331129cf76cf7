import { mayRunPrograms } from './cgi-facts.ts';
import { configuration, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';
import { describeHost } from './wording.ts';

export const CGI_NEVER_ON = defineRule({
  code: 'HW713',
  slug: 'cgi-never-on',
  summary: 'CGI is configured, but never switched on.',
  explanation:
    'CGIhandler, CGIextension and ScriptAlias say how scripts run; whether they may run is said by ExecuteCGI of each ' +
    'host, and by default they may not: the visitor gets 403. Switch CGI on in the hosts that have scripts, or delete ' +
    'what is not used.',
  bad: configuration(
    'CGIhandler = /usr/bin/php-cgi:php',
    virtualHost('Hostname = www.example.org'),
  ),
  good: configuration(
    'CGIhandler = /usr/bin/php-cgi:php',
    virtualHost('Hostname = www.example.org', 'ExecuteCGI = yes'),
  ),
  source: 'hiawatha(1) VIRTUAL HOST CONFIGURATION: ExecuteCGI',
  needsEveryLine: true,
  onlyWith: ['CGIextension', 'CGIhandler', 'ScriptAlias'],
  check(config, report) {
    const { cgiHandlers, cgiExtensions } = config.server.settings;
    const isUsed = config.hosts.some((host) => mayRunPrograms(config, host));
    for (const { lines } of isUsed ? [] : [cgiHandlers, cgiExtensions]) {
      const directive = lines[0]?.directive;
      if (directive === undefined) continue;
      report({
        severity: 'warning',
        message: `${directive.key} has no effect: no host switches CGI on, so scripts are answered with 403`,
        span: directive.keySpan,
        notes: [{ message: 'add "ExecuteCGI = yes" to each host that has scripts', span: null }],
      });
    }
    for (const host of config.hosts) {
      const [line] = host.settings.scriptAliases.lines;
      if (line === undefined || mayRunPrograms(config, host)) continue;
      report({
        severity: 'warning',
        message: `ScriptAlias has no effect: CGI is off in ${describeHost(host)}, so its script is answered with 403`,
        span: line.directive.keySpan,
        notes: [{ message: 'add "ExecuteCGI = yes" to the host', span: null }],
      });
    }
  },
});
