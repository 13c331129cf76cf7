import type { Spanned } from '../../grammar/values/spanned.ts';
import type { CheckedConfig, CheckedFastCgiServer, CheckedHost } from '../check/model.ts';
import { cgiSwitchOf, fastCgiServerFor, takes } from './cgi-facts.ts';
import { configuration, fastCgiServer, virtualHost } from './example.ts';
import { defineRule, type ReportFinding } from './rule.ts';
import { describeHost, placeOf } from './wording.ts';

const SERVER = fastCgiServer('FastCGIid = php', 'ConnectTo = 127.0.0.1:9000', 'Extension = php');
const HOST = virtualHost('Hostname = www.example.org', 'UseFastCGI = php');

export const SHADOWED_EXTENSION = defineRule({
  code: 'HW702',
  slug: 'shadowed-extension',
  summary: 'Something else already takes all files with this extension.',
  explanation:
    'For a file Hiawatha looks at the FastCGI servers of the host in the order of UseFastCGI, then at CGIextension, then ' +
    'at CGIhandler; the first that knows the extension takes the file. The others never see it. Delete the extension ' +
    'where it does nothing.',
  bad: configuration('CGIhandler = /usr/bin/php-cgi:php', SERVER, HOST),
  good: configuration(
    'CGIhandler = /usr/bin/perl:pl',
    SERVER,
    HOST.replace('}', '    ExecuteCGI = yes\n}'),
  ),
  source: 'cgi.c: find_handler; wigwam.c: check_main_config',
  needsEveryLine: true,
  onlyWith: ['CGIextension', 'CGIhandler', 'Extension'],
  check(config, report) {
    const { cgiExtensions, cgiHandlers } = config.server.settings;
    const isAsked = cgiExtensions.value.length > 0 || cgiHandlers.value.length > 0;
    const hosts = isAsked ? config.hosts.filter((host) => cgiSwitchOf(host).isOn) : [];
    for (const extension of cgiExtensions.value) {
      checkAgainstFastCgi('CGIextension', extension, hosts, report);
    }
    // Of two handlers for an extension the last counts; that the first is lost is another rule's.
    const handled = new Map(
      cgiHandlers.value
        .flatMap((handler) => handler.extensions)
        .map((extension) => [extension.value, extension]),
    );
    for (const extension of handled.values()) {
      const first = cgiExtensions.value.find((item) => item.value === extension.value);
      if (first === undefined) {
        checkAgainstFastCgi('CGIhandler', extension, hosts, report);
        continue;
      }
      report({
        severity: 'warning',
        message: `CGIhandler for "${extension.value}" never runs: CGIextension on ${placeOf(first.span, extension.span)} comes first, so the file itself is executed`,
        span: extension.span,
        notes: [{ message: 'delete the extension in one of the two', span: first.span }],
      });
    }
    checkServers(config, report);
  },
});

/** Reports an extension that in every host that runs programs goes to a FastCGI server. */
function checkAgainstFastCgi(
  directive: string,
  extension: Spanned<string>,
  hosts: readonly CheckedHost[],
  report: ReportFinding,
): void {
  const users = hosts.map((host) => ({ host, server: fastCgiServerFor(host, extension.value) }));
  const [first] = users;
  if (first?.server === undefined || first.server === null) return;
  if (users.some(({ server }) => server === null)) return;
  report({
    severity: 'warning',
    message: `${directive} for "${extension.value}" is not used by ${describeHost(first.host)}: "UseFastCGI = ${first.server.id}" on ${placeOf(first.server.span, extension.span)} comes first`,
    span: extension.span,
    notes: [
      { message: 'this server takes the extension', span: first.server.target?.nameSpan ?? null },
      { message: 'delete the extension here, or UseFastCGI in the host', span: first.server.span },
    ],
  });
}

/** Reports extensions of a server that in every host that names it go to an earlier server of the list. */
function checkServers(config: CheckedConfig, report: ReportFinding): void {
  const firsts = new Set<CheckedFastCgiServer | null | undefined>();
  for (const { fastCgiServers } of config.hosts) firsts.add(fastCgiServers[0]?.target);
  for (const server of config.fastCgiServers) {
    if (firsts.has(server)) continue;
    const users = config.hosts.filter((host) => positionOf(host, server) !== -1);
    for (const extension of server.settings.extensions.value) {
      const takers = users.map((host) =>
        host.fastCgiServers
          .slice(0, positionOf(host, server))
          .find(({ target }) => target !== null && takes(target, extension.value)),
      );
      const [taker] = takers;
      if (taker === undefined || takers.includes(undefined)) continue;
      report({
        severity: 'warning',
        message: `this server never gets "${extension.value}" files: "${taker.id}" stands before it in UseFastCGI on ${placeOf(taker.span, extension.span)} and takes ${takesEverything(taker.target) ? 'every extension' : 'them'}`,
        span: extension.span,
        notes: [
          {
            message: 'the first server of the list that takes an extension gets it',
            span: taker.span,
          },
        ],
      });
    }
  }
}

function positionOf(host: CheckedHost, server: CheckedFastCgiServer): number {
  return host.fastCgiServers.findIndex((reference) => reference.target === server);
}

function takesEverything(server: CheckedFastCgiServer | null): boolean {
  return server?.settings.extensions.lines.length === 0;
}
