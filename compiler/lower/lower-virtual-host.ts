import type { Hsts } from '../../grammar/values/require-tls.ts';
import type { VirtualHost } from '../../routing-table/schema.ts';
import type {
  CheckedBinding,
  CheckedConfig,
  CheckedDirectory,
  CheckedFastCgiServer,
  CheckedHost,
  CheckedToolkit,
  Reference,
  SettingLine,
} from '../check/model.ts';
import { DEFAULT_ACCESS_LOGFILE, DEFAULT_ERROR_LOGFILE } from './lower-server.ts';
import { firstOfEach, lastFirst, lastOfEach, plain } from './plain.ts';

/** Where each section went in the table. */
export interface TableIndexes {
  readonly bindings: ReadonlyMap<CheckedBinding, number>;
  readonly directories: ReadonlyMap<CheckedDirectory, number>;
  readonly fastCgiServers: ReadonlyMap<CheckedFastCgiServer, number>;
  readonly toolkits: ReadonlyMap<CheckedToolkit, number>;
}

/** @returns null for a host without name or root, which was reported. */
export function lowerVirtualHost(
  host: CheckedHost,
  config: CheckedConfig,
  indexes: TableIndexes,
): VirtualHost | null {
  const from = host.settings;
  if (from.hostnames.value.length === 0 || from.websiteRoot.value === null) return null;
  const accessLog = from.accessLogfile;
  return {
    hostnames: plain(from.hostnames.value),
    websiteRoot: from.websiteRoot.value,
    startFile: from.startFile.value,
    bindings:
      host.bindings.length === 0
        ? null
        : host.bindings.flatMap((reference) => indexesOf(reference.target ?? [], indexes.bindings)),
    accessLogfile:
      accessLog.lines.length === 0
        ? { path: DEFAULT_ACCESS_LOGFILE, rotation: null }
        : accessLog.value,
    errorLogfile: from.errorLogfile.value ?? DEFAULT_ERROR_LOGFILE,
    aliases: firstOfEach(lastFirst(from.aliases.lines), (alias) => alias.urlPath),
    scriptAliases: firstOfEach(lastFirst(from.scriptAliases.lines), (alias) => alias.urlPath),
    executeCgi: isCgiExecuted(host),
    fastCgiServers: targets(host.fastCgiServers, indexes.fastCgiServers),
    timeForCgiMs: from.timeForCgiMs.value,
    enablePathInfo: from.enablePathInfo.value,
    noExtensionAs: from.noExtensionAs.value,
    // Differs from Hiawatha: there CGI programs get the first of two values, FastCGI servers both.
    setenv: lastOfEach(from.setenv.value, (variable) => variable.name),
    httpAuthToCgi: from.httpAuthToCgi.value,
    wrapCgi: from.wrapCgi.value,
    customHeadersClient: inOrder(
      from.customHeaders.lines,
      from.customHeadersClient.lines,
    ).reverse(),
    customHeadersBackend: lastFirst(from.customHeadersBackend.lines),
    triggerOnCgiStatus: from.triggerOnCgiStatus.value,
    errorHandlers: lastOfEach(from.errorHandlers.value, (handler) => String(handler.status)),
    errorXsltFile: from.errorXsltFile.value,
    directories: targets(host.directories, indexes.directories),
    toolkits: targets(host.toolkits, indexes.toolkits),
    useLocalConfig: from.useLocalConfig.value,
    accessList: plain(from.accessList.value),
    alterList: plain(from.alterList.value),
    alterGroups: plain(from.alterGroups.value),
    alterMode: from.alterMode.value,
    passwordFile: from.passwordFile.value,
    requiredGroups: plain(from.requiredGroups.value),
    loginMessage: from.loginMessage.value,
    allowDotFiles: from.allowDotFiles.value,
    followSymlinks: from.followSymlinks.value,
    secureUrl: from.secureUrl.value,
    showIndex: from.showIndex.value,
    useXslt: from.useXslt.value,
    userWebsites: from.userWebsites.value,
    enforceFirstHostname: from.enforceFirstHostname.value,
    requireTls: {
      enabled: from.requireTls.value.enabled,
      hsts: hstsValue(from.requireTls.value.hsts),
    },
    tlsCertFile: from.tlsCertFile.value,
    requiredCa: from.requiredCa.value,
    randomHeaderBytes: from.randomHeaderBytes.value,
    banByCgi: from.banByCgi.value,
    denyBody: [...from.denyBody.value],
    preventCsrf: inOrder(from.preventCsrf.lines, from.preventXsrf.lines).at(-1) ?? 'no',
    preventSqli: from.preventSqli.value,
    preventXss: from.preventXss.value,
    skipCacheCookies: plain(from.skipCacheCookies.value),
    fileHashes: lowerFileHashes(from.fileHashes.value, config),
    runOnAlter: from.runOnAlter.value,
    webDavApp: from.webDavApp.value,
    reverseProxies: from.reverseProxies.value.map(({ regex, ...proxy }) => ({
      pattern: regex.pattern,
      ...proxy,
    })),
    webSockets: from.webSockets.value.map((socket) => ({ ...socket, paths: [...socket.paths] })),
  };
}

function indexesOf<T>(records: readonly T[], indexes: ReadonlyMap<T, number>): number[] {
  return records.flatMap((record) => indexes.get(record) ?? []);
}

function targets<T>(
  references: readonly Reference<T>[],
  indexes: ReadonlyMap<T, number>,
): number[] {
  return references.flatMap(({ target }) => (target === null ? [] : (indexes.get(target) ?? [])));
}

/** Values of two directives that mean the same, in the order of the file. */
function inOrder<L>(some: readonly SettingLine<L>[], others: readonly SettingLine<L>[]): L[] {
  return [...some, ...others].sort((a, b) => a.order - b.order).map((line) => line.value);
}

/** ExecuteCGI, UseFastCGI and `WebDAVapp = yes` switch it where they stand; the last one counts. */
function isCgiExecuted(host: CheckedHost): boolean {
  const from = host.settings;
  const switches = [
    ...from.executeCgi.lines.map((line) => ({ order: line.order, isOn: line.value })),
    ...from.useFastCgi.lines.map((line) => ({ order: line.order, isOn: true })),
    ...from.webDavApp.lines
      .filter((line) => line.value)
      .map((line) => ({ order: line.order, isOn: true })),
  ].sort((a, b) => a.order - b.order);
  return switches.at(-1)?.isOn ?? false;
}

/** The Strict-Transport-Security field (RFC 6797 §6.1). */
function hstsValue(hsts: Hsts | null): string | null {
  if (hsts === null) return null;
  const flags = [
    hsts.includeSubDomains ? '; includeSubDomains' : '',
    hsts.preload ? '; preload' : '',
  ];
  return `max-age=${hsts.maxAgeSeconds}${flags.join('')}`;
}

function lowerFileHashes(file: string | null, config: CheckedConfig): VirtualHost['fileHashes'] {
  if (file === null) return null;
  return config.fileHashes.get(file)?.map(({ path, sha256 }) => ({ path, sha256 })) ?? null;
}
