import { configuration, fastCgiServer, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';
import { describeHost } from './wording.ts';

const HOST = virtualHost('Hostname = www.example.org', 'UseFastCGI = php');

export const FASTCGI_TAKES_EVERYTHING = defineRule({
  code: 'HW706',
  slug: 'fastcgi-takes-everything',
  summary: 'A FastCGI server without extensions gets every file that has one.',
  explanation:
    'Without Extension a FastCGI server of UseFastCGI takes all files with an extension: style sheets and images too, which ' +
    'a PHP server refuses or runs as programs. Name the extensions. For an application behind one address use a toolkit ' +
    'rule with UseFastCGI; servers that only rules use are not reported.',
  bad: configuration(fastCgiServer('FastCGIid = php', 'ConnectTo = 127.0.0.1:9000'), HOST),
  good: configuration(
    fastCgiServer('FastCGIid = php', 'ConnectTo = 127.0.0.1:9000', 'Extension = php'),
    HOST,
  ),
  source: 'cgi.c: find_fcgi_server; wigwam.c: check_main_config',
  needsEveryLine: true,
  check(config, report) {
    for (const server of config.fastCgiServers) {
      const { extensions, id } = server.settings;
      if (extensions.lines.length > 0 || extensions.isUnreadable || server.nameSpan === null) {
        continue;
      }
      const user = config.hosts.find((host) =>
        host.fastCgiServers.some((reference) => reference.target === server),
      );
      if (user === undefined) continue;
      report({
        severity: 'warning',
        message: `FastCGIserver "${id.value ?? ''}" gets every file of ${describeHost(user)} that has an extension, also images and style sheets`,
        span: server.nameSpan,
        notes: [
          {
            message: 'because it has no Extension; write "Extension = php", for instance',
            span: null,
          },
        ],
      });
    }
  },
});
