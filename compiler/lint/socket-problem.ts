import type { Account } from '../../grammar/values/account.ts';
import type { SourceSpan } from '../../grammar/source.ts';
import type { AccountFacts, Environment, PathElement } from './environment.ts';
import { backendUrlsOf } from './backend-urls.ts';
import { configuration, fastCgiServer, virtualHost } from './example.ts';
import { defineRule, type ReportFinding } from './rule.ts';

/** sun_path of Linux holds 108 bytes, one of them the final NUL (unix(7)). */
const MAX_SOCKET_BYTES = 107;
const HOST = virtualHost('Hostname = www.example.org', 'UseFastCGI = php');

function server(path: string): string {
  return fastCgiServer('FastCGIid = php', `ConnectTo = ${path}`, 'Extension = php');
}

export const SOCKET_PROBLEM = defineRule({
  code: 'HW707',
  slug: 'socket-problem',
  summary: 'A socket of a back end that cannot be connected to.',
  explanation:
    'Everything behind the first slash is the path of the socket, a colon too, and it has at most 107 bytes. Hiawatha only ' +
    'connects when a request comes, and answers 503 when it cannot. With `check --fs` the socket must be there, and the ' +
    'user of ServerId must be allowed to enter every directory on the way and to write to the socket; the message names ' +
    'the first part that refuses.',
  bad: configuration(server('/run/php/php8.2-fpm.sock:php'), HOST),
  good: configuration(server('/run/php/php8.2-fpm.sock'), HOST),
  source: 'unix(7); libfs.c: connect_to_server',
  check(config, report, environment) {
    const serverId = config.server.settings.serverId.value;
    for (const { settings } of config.fastCgiServers) {
      for (const { value, span } of settings.connectTo.value) {
        if (value.kind === 'unix') inspect(value.path, span, serverId, report, environment);
      }
    }
    if (!config.written.has('ReverseProxy') && !config.written.has('WebSocket')) return;
    for (const host of config.hosts) {
      for (const url of backendUrlsOf(host)) {
        if (url.scheme === null) inspect(url.host, url.span, serverId, report, environment);
      }
    }
  },
});

function inspect(
  path: string,
  span: SourceSpan,
  serverId: Account | null,
  report: ReportFinding,
  environment: Environment,
): void {
  const found = (message: string, advice: string, text?: string): void =>
    report({
      severity: 'warning',
      message,
      span,
      notes: [{ message: advice, span: null }],
      fix:
        text === undefined
          ? null
          : { title: `write "${text}"`, safe: false, edits: [{ span, text }] },
    });
  const size = new TextEncoder().encode(path).length;
  if (size > MAX_SOCKET_BYTES) {
    found(
      `the path of the socket has ${size} bytes; at most ${MAX_SOCKET_BYTES} are possible`,
      'every request would be answered with 503; use a shorter path',
    );
    return;
  }
  const suffix = /^(.*\.sock[^/:]*):([^/]*)$/.exec(path);
  if (suffix?.[1] !== undefined) {
    found(
      `":${suffix[2] ?? ''}" is taken as a part of the name of the socket`,
      'extensions stand in a line of their own, "Extension = …"',
      suffix[1],
    );
    return;
  }
  const facts = environment.path(path);
  if (facts === null) return;
  if (facts.missing !== null) {
    found(
      `the socket "${path}" does not exist`,
      facts.missing === path
        ? 'start the application, or correct the path'
        : `"${facts.missing}" is already missing; start the application, or correct the path`,
    );
    return;
  }
  const socket = facts.elements.at(-1);
  if (socket?.kind !== 'socket') {
    found(`"${path}" is no socket`, 'correct the path');
    return;
  }
  const account = environment.account(serverId);
  const refusing = account === null ? undefined : facts.elements.find((e) => refuses(e, account));
  if (account === null || refusing === undefined) return;
  found(
    `user ${account.name} may not connect to "${path}": "${refusing.path}" refuses`,
    `it belongs to user ${refusing.uid}, group ${refusing.gid}, mode ${refusing.mode.toString(8)}; the server needs ${refusing.kind === 'directory' ? 'execute' : 'write'} permission`,
  );
}

/** Directories need the right to pass, the socket the right to write. */
function refuses(element: PathElement, account: AccountFacts): boolean {
  if (account.uid === 0) return false;
  const needed = element.kind === 'directory' ? 0o1 : 0o2;
  const shift = element.uid === account.uid ? 6 : account.gids.includes(element.gid) ? 3 : 0;
  return (element.mode & (needed << shift)) === 0;
}
