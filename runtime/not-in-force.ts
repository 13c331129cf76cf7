/**
 * Settings of a table that this server does not carry out yet. Each is reported once at the start, so that nothing is
 * silently without effect; the list gets shorter as the server grows.
 */
import type { Directory, RoutingTable, VirtualHost } from '../routing-table/schema.ts';

interface Gap<Record> {
  /** Hiawatha's name. */
  readonly directive: string;
  isSet(record: Record): boolean;
}

const SERVER_GAPS: readonly Gap<RoutingTable['server']>[] = [
  { directive: 'BanOnDeniedBody', isSet: (server) => server.banOnDeniedBodyMs > 0 },
  { directive: 'BanOnFlooding', isSet: (server) => server.banOnFlooding !== null },
  { directive: 'BanOnSQLi', isSet: (server) => server.banOnSqliMs > 0 },
  { directive: 'BanOnWrongPassword', isSet: (server) => server.banOnWrongPassword !== null },
  { directive: 'ChallengeClient', isSet: (server) => server.challengeClient !== null },
  { directive: 'MaxServerLoad', isSet: (server) => server.maxServerLoad !== null },
  { directive: 'MonitorServer', isSet: (server) => server.monitorServer.length > 0 },
  { directive: 'ReconnectDelay', isSet: (server) => server.reconnectDelayMs > 0 },
  { directive: 'ServerId', isSet: (server) => server.serverId !== null },
  { directive: 'Syslog', isSet: (server) => server.syslog !== null },
  { directive: 'Throttle', isSet: (server) => server.throttles.length > 0 },
  { directive: 'Tomahawk', isSet: (server) => server.tomahawk.length > 0 },
  { directive: 'TunnelSSH', isSet: (server) => server.tunnelSsh !== null },
];

const BINDING_GAPS: readonly Gap<RoutingTable['bindings'][number]>[] = [
  { directive: 'EnableAlter', isSet: (binding) => binding.enableAlter },
  { directive: 'EnableTRACE', isSet: (binding) => binding.enableTrace },
  { directive: 'EnableAccf', isSet: (binding) => binding.enableAcceptFilter },
  { directive: 'RequiredCA', isSet: (binding) => binding.requiredCa !== null },
];

const HOST_GAPS: readonly Gap<VirtualHost>[] = [
  { directive: 'DenyBody', isSet: (host) => host.denyBody.length > 0 },
  { directive: 'ErrorXSLTfile', isSet: (host) => host.errorXsltFile !== null },
  { directive: 'FileHashes', isSet: (host) => host.fileHashes !== null },
  { directive: 'PreventCSRF', isSet: (host) => host.preventCsrf !== 'no' },
  { directive: 'PreventSQLi', isSet: (host) => host.preventSqli !== 'no' },
  { directive: 'PreventXSS', isSet: (host) => host.preventXss !== 'no' },
  { directive: 'RandomHeader', isSet: (host) => host.randomHeaderBytes !== null },
  { directive: 'RequiredCA', isSet: (host) => host.requiredCa !== null },
  { directive: 'ReverseProxy', isSet: (host) => host.reverseProxies.length > 0 },
  { directive: 'ShowIndex', isSet: (host) => host.showIndex.kind !== 'off' },
  { directive: 'UseLocalConfig', isSet: (host) => host.useLocalConfig },
  { directive: 'UserWebsites', isSet: (host) => host.userWebsites },
  { directive: 'UseToolkit', isSet: (host) => host.toolkits.length > 0 },
  { directive: 'UseXSLT', isSet: (host) => host.useXslt },
  { directive: 'WebSocket', isSet: (host) => host.webSockets.length > 0 },
  { directive: 'WrapCGI', isSet: (host) => host.wrapCgi !== null },
];

const DIRECTORY_GAPS: readonly Gap<Directory>[] = [
  { directive: 'RunOnDownload', isSet: (directory) => directory.runOnDownload !== null },
  { directive: 'ShowIndex', isSet: (directory) => directory.showIndex !== null },
  { directive: 'UploadSpeed', isSet: (directory) => directory.uploadSpeed !== null },
  { directive: 'WrapCGI', isSet: (directory) => directory.wrapCgi !== null },
];

/** A sentence for each directive that is set and has no effect. */
export function listNotInForce(table: RoutingTable): string[] {
  const names = new Set([
    ...SERVER_GAPS.filter((gap) => gap.isSet(table.server)).map((gap) => gap.directive),
    ...gapsOf(BINDING_GAPS, table.bindings),
    ...gapsOf(HOST_GAPS, table.hosts),
    ...gapsOf(DIRECTORY_GAPS, table.directories),
  ]);
  const notices = [...names].map((name) => `${name} is set, and has no effect in this version`);
  const isLoginNeeded = [...table.hosts, ...table.directories].some(
    (record) =>
      record.passwordFile?.scheme != null ||
      record.accessList?.some(({ action }) => action === 'pwd') === true,
  );
  if (isLoginNeeded) {
    notices.push(
      'PasswordFile is set: this version cannot ask for a password, and refuses (403) what needs one',
    );
  }
  return notices;
}

function gapsOf<Record>(gaps: readonly Gap<Record>[], records: readonly Record[]): string[] {
  return gaps.filter((gap) => records.some((record) => gap.isSet(record))).map((g) => g.directive);
}
