import { configuration, fastCgiServer, virtualHost } from './example.ts';
import { directoriesOf } from './host-facts.ts';
import { defineRule } from './rule.ts';
import { describeHost, placeOf } from './wording.ts';

const SERVER = fastCgiServer('FastCGIid = php', 'ConnectTo = 127.0.0.1:9000', 'Extension = php');

export const CGI_SWITCH_CONFLICT = defineRule({
  code: 'HW701',
  slug: 'cgi-switch-conflict',
  summary: 'ExecuteCGI = no beside UseFastCGI or WebDAVapp: the order of the lines decides.',
  explanation:
    'UseFastCGI, and `WebDAVapp = yes`, switch CGI on at their line. A later `ExecuteCGI = no` switches it off again, and ' +
    'every script is answered with 403; an earlier one has no effect at all. Delete the line that you do not mean.',
  bad: configuration(
    SERVER,
    virtualHost('Hostname = www.example.org', 'UseFastCGI = php', 'ExecuteCGI = no'),
  ),
  good: configuration(SERVER, virtualHost('Hostname = www.example.org', 'UseFastCGI = php')),
  source: 'serverconfig.c: host_setting',
  onlyWith: ['ExecuteCGI'],
  check(config, report) {
    for (const host of config.hosts) {
      const { executeCgi, useFastCgi, webDavApp } = host.settings;
      const off = executeCgi.last;
      if (off?.value !== false) continue;
      const on = [...useFastCgi.lines, ...webDavApp.lines.filter((line) => line.value)];
      // The last one that switches on is the one the others do not matter beside.
      const switchOn = on.reduce<(typeof on)[number] | undefined>(
        (last, line) => (last === undefined || line.order > last.order ? line : last),
        undefined,
      );
      if (switchOn === undefined) continue;
      const span = off.directive.value.span;
      const name = switchOn.directive.key;
      const place = placeOf(switchOn.directive.span, span);
      const isLast = off.order > switchOn.order;
      const isMeant = directoriesOf(host).some(
        (directory) => directory.settings.executeCgi.value === true,
      );
      if (isLast && isMeant) continue;
      report({
        severity: 'warning',
        message: isLast
          ? `"ExecuteCGI = no" switches off what ${name} on ${place} switched on: every script of ${describeHost(host)} is answered with 403`
          : `"ExecuteCGI = no" has no effect: ${name} on ${place} switches CGI on again`,
        span,
        notes: [
          { message: `${name} switches CGI on here`, span: switchOn.directive.keySpan },
          {
            message: isLast
              ? `delete ExecuteCGI to run scripts, or delete ${name}`
              : `delete this line, or ${name} if no script is to run`,
            span: null,
          },
        ],
      });
    }
  },
});
