/**
 * Directives that compile and that this server does not carry out. Each is reported once at the start, so that nothing is
 * silently without effect; `docs/directives.md` says of every directive whether it is in force, from this list.
 */
import type { RoutingTable, VirtualHost } from '../routing-table/schema.ts';

/** A directive without effect. */
interface Gap<Record> {
  /** Hiawatha's name. */
  readonly directive: string;
  /** Why it never will have one; left out where it is only not there yet. */
  readonly never?: string;
  /** Whether a record asks for something else than what happens anyway; left out where nobody can tell. */
  isSet?(record: Record): boolean;
}

const ONE_LOOP = 'one event loop serves all connections, and needs no threads for them';

const SERVER_GAPS: readonly Gap<RoutingTable['server']>[] = [
  { directive: 'BanOnDeniedBody', isSet: (server) => server.banOnDeniedBodyMs > 0 },
  { directive: 'BanOnSQLi', isSet: (server) => server.banOnSqliMs > 0 },
  { directive: 'CAcertificates', isSet: (server) => server.caCertificates !== null },
  {
    directive: 'CacheRProxyExtensions',
    isSet: (server) => server.cacheRProxyExtensions.length > 0,
  },
  { directive: 'ChallengeClient', isSet: (server) => server.challengeClient !== null },
  {
    directive: 'DHsize',
    never: 'the group follows from the size of the key of the certificate',
    isSet: (server) => server.dhSize !== 2048,
  },
  { directive: 'MonitorServer', isSet: (server) => server.monitorServer.length > 0 },

  {
    directive: 'Platform',
    never: 'it names path styles of Windows',
    isSet: (server) => server.platform !== 'windows',
  },

  {
    directive: 'SetResourceLimits',
    never: 'its limit on processes would count programs that have nothing to do with the server',
  },
  { directive: 'ThreadKillRate', never: ONE_LOOP, isSet: (server) => server.threadKillRate !== 1 },
  { directive: 'ThreadPoolSize', never: ONE_LOOP, isSet: (server) => server.threadPoolSize !== 25 },
  { directive: 'Tomahawk', isSet: (server) => server.tomahawk.length > 0 },
  { directive: 'TunnelSSH', isSet: (server) => server.tunnelSsh !== null },
  {
    directive: 'WaitForCGI',
    never: 'an answer ends with the output of its program, and every program is waited for',
    isSet: (server) => !server.waitForCgi,
  },
  {
    directive: 'WorkDirectory',
    never: 'what is compressed is kept in memory, and an upload beside the file that it becomes',
    isSet: (server) => server.workDirectory !== '/var/lib/hiawatha',
  },
];

const BINDING_GAPS: readonly Gap<RoutingTable['bindings'][number]>[] = [
  {
    directive: 'EnableAccf',
    never: 'accept filters are a part of FreeBSD',
    isSet: (binding) => binding.enableAcceptFilter,
  },
];

const HOST_GAPS: readonly Gap<VirtualHost>[] = [
  { directive: 'CustomHeaderBackend', isSet: (host) => host.customHeadersBackend.length > 0 },
  { directive: 'DenyBody', isSet: (host) => host.denyBody.length > 0 },
  { directive: 'PreventCSRF', isSet: (host) => host.preventCsrf !== 'no' },
  { directive: 'PreventSQLi', isSet: (host) => host.preventSqli !== 'no' },
  { directive: 'PreventXSRF' },
  { directive: 'PreventXSS', isSet: (host) => host.preventXss !== 'no' },
  { directive: 'ReverseProxy', isSet: (host) => host.reverseProxies.length > 0 },
  { directive: 'UseRProxy', never: 'Hiawatha reads it and never looks at it' },
  { directive: 'WebSocket', isSet: (host) => host.webSockets.length > 0 },
];

/** Directives without effect, by the section they stand in; null where it is only not there yet, or else why. */
export const NOT_IN_FORCE: Readonly<
  Record<
    'server' | 'binding' | 'virtual-host' | 'directory' | 'fastcgi-server' | 'url-toolkit',
    ReadonlyMap<string, string | null>
  >
> = {
  server: reasonsOf(SERVER_GAPS),
  binding: reasonsOf(BINDING_GAPS),
  'virtual-host': reasonsOf(HOST_GAPS),
  directory: new Map(),
  'fastcgi-server': new Map(),
  'url-toolkit': new Map(),
};

/** What is said of a directive without effect whose absence can be told; `check` says it at its lines. */
export function withoutEffect(): ReadonlyMap<string, string> {
  const notices = [...noticesOf(SERVER_GAPS), ...noticesOf(BINDING_GAPS), ...noticesOf(HOST_GAPS)];
  // Another name for PreventCSRF.
  return new Map([
    ...notices,
    ['PreventXSRF', 'PreventXSRF is set, and has no effect in this version'],
  ]);
}

function reasonsOf<Record>(gaps: readonly Gap<Record>[]): ReadonlyMap<string, string | null> {
  return new Map(gaps.map(({ directive, never }) => [directive, never ?? null]));
}

/** A sentence for each directive that is set and has no effect. */
export function listNotInForce(table: RoutingTable): string[] {
  const notices = new Map([
    ...noticesOf(SERVER_GAPS, [table.server]),
    ...noticesOf(BINDING_GAPS, table.bindings),
    ...noticesOf(HOST_GAPS, table.hosts),
  ]);
  return [...notices.values()];
}

/** Of the gaps that can be told, those that some records have; all without records. */
function noticesOf<Record>(
  gaps: readonly Gap<Record>[],
  records?: readonly Record[],
): (readonly [string, string])[] {
  return gaps
    .filter((gap) =>
      records === undefined
        ? gap.isSet !== undefined
        : records.some((record) => gap.isSet?.(record) === true),
    )
    .map(({ directive, never }) => [
      directive,
      never === undefined
        ? `${directive} is set, and has no effect in this version`
        : `${directive} is set, and has no effect: ${never}`,
    ]);
}
