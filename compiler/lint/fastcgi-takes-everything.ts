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
    'a PHP application refuses, or runs as programs. Name the extensions that it is to run. Where the application answers ' +
    'every URL itself, leave UseFastCGI out of the host and hand requests over by a rule with UseFastCGI in a UrlToolkit; ' +
    'FastCGI servers that only rules use are not reported.',
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
      const [user] = config.hosts.flatMap((host) =>
        host.fastCgiServers
          .filter((reference) => reference.target === server)
          .map(({ span }) => ({ host, span })),
      );
      if (user === undefined) continue;
      const host = describeHost(user.host);
      report({
        severity: 'warning',
        message: `FastCGIserver "${id.value ?? ''}" has no Extension: all files of ${host} that have one go to it, images and style sheets too`,
        span: server.nameSpan,
        notes: [
          { message: `${host} uses it here`, span: user.span },
          {
            message:
              'a PHP application refuses files that are no scripts, or runs them; add the extensions that it is to run, as "Extension = php"',
            span: null,
          },
        ],
      });
    }
  },
});
