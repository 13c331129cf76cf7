import { BUILT_IN_GZIP_EXTENSIONS } from '../../grammar/directives/server.ts';
import type { RoutingTable } from '../../routing-table/schema.ts';
import type { CheckedConfig } from '../check/model.ts';
import type { LoadedOverlay } from '../overlay/load-overlay.ts';
import { firstOfEach, lastOfEach, plain } from './plain.ts';

/** Where Hiawatha's packages keep logs, the PID file and work files; a build of one's own may differ. */
const LOG_DIRECTORY = '/var/log/hiawatha';
const PID_FILE = '/run/hiawatha.pid';
const WORK_DIRECTORY = '/var/lib/hiawatha';

/** Where the default host logs when AccessLogfile is not written. */
export const DEFAULT_ACCESS_LOGFILE = `${LOG_DIRECTORY}/access.log`;
/** Where the default host logs when ErrorLogfile is not written. */
export const DEFAULT_ERROR_LOGFILE = `${LOG_DIRECTORY}/error.log`;

const DH_SIZES = { '2048': 2048, '4096': 4096, '8192': 8192 } as const;

/** The settings of the whole server. */
export function lowerServer(config: CheckedConfig, overlay: LoadedOverlay): RoutingTable['server'] {
  const from = config.server.settings;
  return {
    serverString: from.serverString.value,
    connectionsTotal: from.connectionsTotal.value,
    connectionsPerIp: from.connectionsPerIp.value,
    listenBacklog: from.listenBacklog.value,
    cgiExtensions: plain(from.cgiExtensions.value),
    cgiHandlers: lowerCgiHandlers(config),
    cgiWrapper: from.cgiWrapper.value,
    killTimedOutCgi: from.killTimedOutCgi.value,
    waitForCgi: from.waitForCgi.value,
    wrapUserCgi: from.wrapUserCgi.value,
    mimeTypes: config.mimeTypes.map(({ extension, type }) => ({ extension, type })),
    systemLogfile: from.systemLogfile.value ?? `${LOG_DIRECTORY}/system.log`,
    exploitLogfile: from.exploitLogfile.value ?? `${LOG_DIRECTORY}/exploit.log`,
    garbageLogfile: from.garbageLogfile.value,
    logFormat: from.logFormat.value,
    logfileMask: plain(from.logfileMask.value),
    logTimeouts: from.logTimeouts.value,
    anonymizeIp: from.anonymizeIp.value,
    syslog: lowerSyslog(config),
    maxUrlBytes: from.maxUrlBytes.value,
    maxServerLoad: from.maxServerLoad.value,
    socketSendTimeoutMs:
      from.socketSendTimeoutMs.value === 0 ? null : from.socketSendTimeoutMs.value,
    reconnectDelayMs: from.reconnectDelayMs.value,
    requestLimitMask: plain(from.requestLimitMask.value),
    setResourceLimits: from.setResourceLimits.value,
    threadPoolSize: from.threadPoolSize.value,
    threadKillRate: from.threadKillRate.value,
    serverId:
      from.serverId.value === null
        ? null
        : { user: from.serverId.value.user, groups: [...from.serverId.value.groups] },
    pidFile: from.pidFile.value ?? PID_FILE,
    workDirectory: from.workDirectory.value ?? WORK_DIRECTORY,
    userDirectory: from.userDirectory.value,
    hideProxy: plain(from.hideProxy.value),
    blockExtensions: plain(from.blockExtensions.value),
    gzipExtensions: [
      ...new Set([...BUILT_IN_GZIP_EXTENSIONS, ...plain(from.gzipExtensions.value)]),
    ],
    compression: overlay.compression,
    cacheSizeBytes: from.cacheSizeBytes.value,
    cacheMaxFileBytes: from.cacheMaxFileBytes.value,
    cacheRProxyExtensions: plain(from.cacheRProxyExtensions.value),
    cgi: overlay.cgi,
    http2: overlay.http2,
    httpsOff: overlay.httpsOff,
    authorization: overlay.authorization,
    allowedFields: [...overlay.allowedFields],
    gatewayTimeout: overlay.gatewayTimeout,
    standardError: overlay.standardError,
    jsonLog: overlay.jsonLog,
    privateFiles: [...overlay.privateFiles],
    throttles: firstOfEach(from.throttles.value, (throttle) => throttle.match),
    banlistMask: plain(from.banlistMask.value),
    banOnDeniedBodyMs: from.banOnDeniedBodyMs.value,
    banOnFlooding: from.banOnFlooding.value,
    banOnGarbageMs: from.banOnGarbageMs.value,
    banOnInvalidUrlMs: from.banOnInvalidUrlMs.value,
    banOnMaxPerIpMs: from.banOnMaxPerIpMs.value,
    banOnMaxReqSizeMs: from.banOnMaxReqSizeMs.value,
    banOnSqliMs: from.banOnSqliMs.value,
    banOnTimeoutMs: from.banOnTimeoutMs.value,
    banOnWrongPassword: from.banOnWrongPassword.value,
    kickOnBan: from.kickOnBan.value,
    rebanDuringBan: from.rebanDuringBan.value,
    challengeClient: from.challengeClient.value,
    caCertificates: from.caCertificates.value,
    dhSize: DH_SIZES[from.dhSize.value],
    tunnelSsh: lowerTunnel(config),
    monitorServer: plain(from.monitorServer.value),
    tomahawk: [...from.tomahawk.value],
    platform: from.platform.value,
  };
}

/** One program for each extension; of two lines the last counts. */
function lowerCgiHandlers(config: CheckedConfig): RoutingTable['server']['cgiHandlers'] {
  const all = config.server.settings.cgiHandlers.value.flatMap((line) =>
    line.extensions.map((extension) => ({
      extension: extension.value,
      program: line.program.value,
    })),
  );
  return lastOfEach(all, (entry) => entry.extension);
}

/** All lines together; the last identifier counts. */
function lowerSyslog(config: CheckedConfig): RoutingTable['server']['syslog'] {
  const lines = config.server.settings.syslog.value;
  if (lines.length === 0) return null;
  return {
    logs: [...new Set(lines.flatMap((line) => line.logs))],
    identifier: lines.findLast((line) => line.identifier !== null)?.identifier ?? null,
  };
}

/** All lines together; the last code counts. */
function lowerTunnel(config: CheckedConfig): RoutingTable['server']['tunnelSsh'] {
  const lines = config.server.settings.tunnelSsh.value;
  if (lines.length === 0) return null;
  return {
    networks: lines.flatMap((line) => plain(line.networks)),
    credential: lines.findLast((line) => line.credential !== null)?.credential ?? null,
  };
}
