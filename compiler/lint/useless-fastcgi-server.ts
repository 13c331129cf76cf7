import type { CheckedFastCgiServer, CheckedHost, Reference } from '../check/model.ts';
import { takes } from './cgi-facts.ts';
import { configuration, fastCgiServer, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';
import { enumerate } from './wording.ts';

const PHP = fastCgiServer('FastCGIid = php', 'ConnectTo = 127.0.0.1:9000', 'Extension = php');

function secondServer(extension: string): string {
  return fastCgiServer('FastCGIid = app', 'ConnectTo = 127.0.0.1:9001', `Extension = ${extension}`);
}

const HOST = virtualHost('Hostname = www.example.org', 'UseFastCGI = php, app');

export const USELESS_FASTCGI_SERVER = defineRule({
  code: 'HW714',
  slug: 'useless-fastcgi-server',
  summary: 'A server in UseFastCGI that is never chosen because of those before it.',
  explanation:
    'UseFastCGI is searched in its order, and the first server that takes the extension of a file gets it; a server ' +
    'without Extension takes all. Two servers with the same extension are no load balancing: for that, list several back ' +
    'ends in ConnectTo of one server.',
  bad: configuration(PHP, secondServer('php'), HOST),
  good: configuration(PHP, secondServer('app'), HOST),
  source: 'cgi.c: find_fcgi_server',
  onlyWith: ['UseFastCGI'],
  check(config, report) {
    config.hosts.forEach((host) => {
      if (host.fastCgiServers.length < 2) return;
      for (const [position, reference] of host.fastCgiServers.entries()) {
        const takers = takersBefore(host, position, reference);
        const [first] = takers;
        if (first === undefined) continue;
        report({
          severity: 'warning',
          message: `"${reference.id}" is never chosen: ${reasonFor(reference, takers)}`,
          span: reference.span,
          notes: [
            { message: 'the first server that takes an extension gets the file', span: first.span },
            {
              message:
                'to spread requests over several back ends, list them in ConnectTo of one FastCGIserver',
              span: null,
            },
          ],
        });
      }
    });
  },
});

function reasonFor(
  reference: Reference<CheckedFastCgiServer>,
  takers: readonly Reference<CheckedFastCgiServer>[],
): string {
  if (takers.some(({ target }) => target === reference.target)) {
    return 'it stands in the list before, so every file goes there';
  }
  const ids = enumerate(takers.map(({ id }) => `"${id}"`));
  return `${ids} before it ${takers.length > 1 ? 'take' : 'takes'} all of its files`;
}

/** The servers that leave nothing to the one at a position; empty when something is left. */
function takersBefore(
  host: CheckedHost,
  position: number,
  { target }: Reference<CheckedFastCgiServer>,
): readonly Reference<CheckedFastCgiServer>[] {
  if (target === null || target.settings.extensions.isUnreadable) return [];
  const earlier = host.fastCgiServers.slice(0, position).filter((other) => other.target !== null);
  const same = earlier.find((other) => other.target === target || takesAll(other.target));
  if (same !== undefined) return [same];
  const { extensions } = target.settings;
  if (extensions.value.length === 0) return [];
  const takers = extensions.value.map((extension) =>
    earlier.find((other) => other.target !== null && takes(other.target, extension.value)),
  );
  return takers.includes(undefined)
    ? []
    : [...new Set(takers.filter((taker) => taker !== undefined))];
}

function takesAll(server: CheckedFastCgiServer | null): boolean {
  return (
    server !== null &&
    server.settings.extensions.lines.length === 0 &&
    !server.settings.extensions.isUnreadable
  );
}
