import { cgiSwitchOf, mayRunPrograms, mechanismFor } from './cgi-facts.ts';
import { configuration, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';
import { scriptPagesOf } from './script-pages.ts';
import { describeHost } from './wording.ts';

export const START_FILE_NEEDS_CGI = defineRule({
  code: 'HW715',
  slug: 'start-file-needs-cgi',
  summary: 'A start file or error page is a script, but CGI is off there.',
  explanation:
    'The extension belongs to a CGI program or a FastCGI server, so the file is not sent as it is; and because CGI is off ' +
    'it is not run either. The front page of the site answers 403. Switch CGI on with `ExecuteCGI = yes`.',
  bad: configuration(
    'CGIhandler = /usr/bin/php-cgi:php',
    virtualHost('Hostname = www.example.org', 'StartFile = index.php'),
  ),
  good: configuration(
    'CGIhandler = /usr/bin/php-cgi:php',
    virtualHost('Hostname = www.example.org', 'StartFile = index.php', 'ExecuteCGI = yes'),
  ),
  source: 'hiawatha(1) VIRTUAL HOST CONFIGURATION: ExecuteCGI',
  needsEveryLine: true,
  onlyWith: ['StartFile', 'ErrorHandler'],
  check(config, report) {
    config.hosts.forEach((host) => {
      const pages = scriptPagesOf(
        host,
        (extension) => mechanismFor(config, host, extension) !== null,
      );
      if (pages.length === 0) return;
      const { decidedBy, isOn: isHostOn } = cgiSwitchOf(host);
      // ExecuteCGI = no against UseFastCGI is one mistake, and another rule names its cause.
      if (!isHostOn && decidedBy !== null && host.settings.useFastCgi.lines.length > 0) return;
      for (const page of pages) {
        const mechanism = mechanismFor(config, host, page.extension);
        const isOn = page.executeCgi ?? (isHostOn || mayRunPrograms(config, host));
        if (mechanism === null || isOn) continue;
        report({
          severity: 'warning',
          message: `${page.directive} "${page.path}" is a script of ${mechanism}, but CGI is off in ${page.executeCgi === null ? describeHost(host) : 'this directory'}: visitors get 403`,
          span: page.line.value.span,
          notes: [
            decidedBy === null || page.executeCgi !== null
              ? { message: 'add "ExecuteCGI = yes"', span: null }
              : { message: 'this switches CGI off; write "yes"', span: decidedBy.directive.span },
          ],
        });
      }
    });
  },
});
