/** Directives of the whole server (hiawatha(1) SERVER CONFIGURATION; serverconfig.c: server_setting). */
import { accessList, monitorAddresses } from '../values/access-list.ts';
import { account } from '../values/account.ts';
import { attempts, flooding } from '../values/ban.ts';
import { cgiHandler } from '../values/cgi-handler.ts';
import { challenge } from '../values/challenge.ts';
import { dhSize } from '../values/dh-size.ts';
import { duration, SECOND_MS } from '../values/duration.ts';
import { ipList } from '../values/ip-list.ts';
import { keyword } from '../values/keyword.ts';
import { extensions } from '../values/name-list.ts';
import { integer } from '../values/number.ts';
import { absolutePath, directoryPath } from '../values/path.ts';
import { serverLoad } from '../values/server-load.ts';
import { serverText } from '../values/server-text.ts';
import { syslog } from '../values/syslog.ts';
import { text } from '../values/text.ts';
import { KIB, throttle } from '../values/throttle.ts';
import { tomahawk } from '../values/tomahawk.ts';
import { tunnel } from '../values/tunnel.ts';
import { urlLength } from '../values/url-length.ts';
import { userDirectory } from '../values/user-directory.ts';
import { yesNo } from '../values/yes-no.ts';
import { defaulted, listed, optional, repeated } from './directive-spec.ts';

const MIB = 1024 * KIB;
const upstream = 'SERVER CONFIGURATION';

/** More connections, threads or waiting clients no machine has. */
const count = integer({ min: 1, sensibleMax: 1_000_000 });
const waitSeconds = integer({ unit: 'seconds', factor: SECOND_MS, sensibleMax: 86_400 });

/** Extensions that are compressed without being named (runtime: static files). */
export const BUILT_IN_GZIP_EXTENSIONS = [
  'cer',
  'crt',
  'doc',
  'pem',
  'ppt',
  'ttf',
  'xls',
  'xml',
  'xsl',
  'xslt',
] as const;

/** The directives that are for the whole server. */
export const SERVER = {
  anonymizeIp: defaulted(yesNo, false, {
    name: 'AnonymizeIP',
    added: '9.3',
    summary: 'Zero the low part of client addresses (IPv4 /24, IPv6 /48) in access and error logs',
    upstream,
    example: 'AnonymizeIP = yes',
  }),
  banlistMask: listed(accessList, {
    name: 'BanlistMask',
    summary: 'Clients whose first matching item says deny are never banned',
    upstream,
    example: 'BanlistMask = deny 127.0.0.1',
  }),
  banOnDeniedBodyMs: defaulted(duration, 0, {
    name: 'BanOnDeniedBody',
    summary: 'Ban time after a request body matched DenyBody; 0 is off',
    upstream,
    example: 'BanOnDeniedBody = 2m',
  }),
  banOnFlooding: optional(flooding, {
    name: 'BanOnFlooding',
    summary: 'Ban when more than this many requests arrive on one connection within the time',
    upstream,
    example: 'BanOnFlooding = 10/1:15',
  }),
  banOnGarbageMs: defaulted(duration, 0, {
    name: 'BanOnGarbage',
    summary: 'Ban time after a malformed request (status 400); 0 is off',
    upstream,
    example: 'BanOnGarbage = 5m',
  }),
  banOnInvalidUrlMs: defaulted(duration, 0, {
    name: 'BanOnInvalidURL',
    summary: 'Ban time after a URL that is not allowed; 0 is off',
    upstream,
    example: 'BanOnInvalidURL = 1m',
  }),
  banOnMaxPerIpMs: defaulted(duration, 2 * SECOND_MS, {
    name: 'BanOnMaxPerIP',
    summary: 'Ban time when ConnectionsPerIP is exceeded; 0 is off',
    upstream,
    example: 'BanOnMaxPerIP = 5',
    defaultText: '2',
  }),
  banOnMaxReqSizeMs: defaulted(duration, 0, {
    name: 'BanOnMaxReqSize',
    summary: 'Ban time after a request larger than MaxRequestSize; 0 is off',
    upstream,
    example: 'BanOnMaxReqSize = 10',
  }),
  banOnSqliMs: defaulted(duration, 0, {
    name: 'BanOnSQLi',
    summary: 'Ban time after a detected SQL injection; 0 is off',
    upstream,
    example: 'BanOnSQLi = 1h',
  }),
  banOnTimeoutMs: defaulted(duration, 0, {
    name: 'BanOnTimeout',
    summary: 'Ban time when no first request arrives in time; 0 is off',
    upstream,
    example: 'BanOnTimeout = 30',
  }),
  banOnWrongPassword: optional(attempts, {
    name: 'BanOnWrongPassword',
    summary: 'Ban after this many wrong passwords, for the given time',
    upstream,
    example: 'BanOnWrongPassword = 3:2m',
  }),
  blockExtensions: listed(extensions, {
    name: 'BlockExtensions',
    added: '10.7',
    summary: 'Refuse (403) to send files with these extensions',
    upstream,
    example: 'BlockExtensions = pem, key',
  }),
  caCertificates: optional(text, {
    name: 'CAcertificates',
    added: '9.9',
    summary:
      'PEM file or directory of PEM files that TLS back ends are verified with; read by the check',
    upstream,
    example: 'CAcertificates = /etc/ssl/certs/ca-certificates.crt',
    feature: 'tls',
  }),
  cacheMaxFileBytes: defaulted(integer({ unit: 'kB', factor: KIB }), 256 * KIB, {
    name: 'CacheMaxFilesize',
    summary: 'Largest file that is kept in the memory cache, in kB',
    upstream,
    example: 'CacheMaxFilesize = 128',
    defaultText: '256',
    feature: 'cache',
  }),
  cacheRProxyExtensions: listed(extensions, {
    name: 'CacheRProxyExtensions',
    summary: 'Extensions whose proxied responses may be cached',
    upstream,
    example: 'CacheRProxyExtensions = css, js',
    feature: 'cache+rproxy',
  }),
  cacheSizeBytes: defaulted(integer({ max: 1024, unit: 'MB', factor: MIB }), 10 * MIB, {
    name: 'CacheSize',
    summary: 'Size of the memory cache, in MB',
    upstream,
    example: 'CacheSize = 25',
    defaultText: '10',
    feature: 'cache',
  }),
  cgiExtensions: listed(extensions, {
    name: 'CGIextension',
    summary: 'Extensions of files that are themselves CGI programs',
    upstream,
    example: 'CGIextension = cgi',
  }),
  cgiHandlers: repeated(cgiHandler, {
    name: 'CGIhandler',
    summary: 'Program that runs scripts with these extensions; the last line wins',
    upstream,
    example: 'CGIhandler = /usr/bin/php-cgi:php',
  }),
  cgiWrapper: optional(text, {
    name: 'CGIwrapper',
    summary: 'Path of the CGI wrapper program',
    upstream,
    example: 'CGIwrapper = /usr/sbin/cgi-wrapper',
    defaultText: 'cgi-wrapper, in the directory of the server program',
  }),
  challengeClient: optional(challenge, {
    name: 'ChallengeClient',
    added: '9.11',
    summary:
      'From this many connections on, ban clients that do not echo a cookie set by header or script',
    upstream,
    example: 'ChallengeClient = 200, httpheader, 60',
  }),
  connectionsPerIp: defaulted(count, 15, {
    name: 'ConnectionsPerIP',
    summary: 'Simultaneous connections allowed per address',
    upstream,
    example: 'ConnectionsPerIP = 50',
  }),
  connectionsTotal: defaulted(count, 150, {
    name: 'ConnectionsTotal',
    summary: 'Simultaneous connections allowed in total',
    upstream,
    example: 'ConnectionsTotal = 1000',
  }),
  dhSize: defaulted(dhSize, '2048', {
    name: 'DHsize',
    summary: 'Size of the Diffie-Hellman group, in bits',
    upstream,
    example: 'DHsize = 4096',
    feature: 'tls',
  }),
  exploitLogfile: optional(absolutePath, {
    name: 'ExploitLogfile',
    summary: 'Log of attack attempts',
    upstream,
    example: 'ExploitLogfile = /var/log/web/exploit.log',
    defaultText: '/var/log/hiawatha/exploit.log',
  }),
  garbageLogfile: optional(absolutePath, {
    name: 'GarbageLogfile',
    summary: 'Log of malformed requests; without it they are not logged',
    upstream,
    example: 'GarbageLogfile = /var/log/hiawatha/garbage.log',
  }),
  gzipExtensions: listed(extensions, {
    name: 'GZipExtensions',
    added: '10.8',
    summary: 'Extensions of static files to compress, besides text types and SVG',
    upstream,
    example: 'GZipExtensions = json',
    defaultText: BUILT_IN_GZIP_EXTENSIONS.join(', '),
  }),
  hideProxy: listed(ipList, {
    name: 'HideProxy',
    summary: 'Trusted proxies: take the client address from Forwarded or X-Forwarded-For',
    upstream,
    example: 'HideProxy = 192.168.10.20',
  }),
  kickOnBan: defaulted(yesNo, false, {
    name: 'KickOnBan',
    summary: 'Also close the other connections of a banned address',
    upstream,
    example: 'KickOnBan = yes',
  }),
  killTimedOutCgi: defaulted(yesNo, true, {
    name: 'KillTimedoutCGI',
    summary: 'End a CGI process that exceeds TimeForCGI (TERM, then KILL)',
    upstream,
    example: 'KillTimedoutCGI = no',
  }),
  listenBacklog: defaulted(count, 16, {
    name: 'ListenBacklog',
    added: '9.15',
    summary: 'Backlog of the listening sockets',
    upstream,
    example: 'ListenBacklog = 128',
  }),
  logfileMask: listed(accessList, {
    name: 'LogfileMask',
    summary: 'Requests of clients whose first matching item says deny are not logged',
    upstream,
    example: 'LogfileMask = deny 10.0.0.0/24',
  }),
  logFormat: defaulted(keyword('hiawatha', 'common', 'extended'), 'hiawatha', {
    name: 'LogFormat',
    summary: 'Layout of the access log',
    upstream,
    example: 'LogFormat = extended',
  }),
  logTimeouts: defaulted(yesNo, true, {
    name: 'LogTimeouts',
    added: '9.13',
    summary: 'Write connection timeouts to the system log',
    upstream,
    example: 'LogTimeouts = no',
  }),
  maxServerLoad: defaulted(serverLoad, null, {
    name: 'MaxServerLoad',
    summary: 'Drop new connections while the load average is above this',
    upstream,
    example: 'MaxServerLoad = 0.7',
    feature: 'loadcheck',
  }),
  maxUrlBytes: defaulted(urlLength, 1000, {
    name: 'MaxUrlLength',
    summary: 'Longest request URI in bytes, query included; 0 or none switches the check off',
    upstream,
    example: 'MaxUrlLength = 500',
  }),
  mimetypeConfig: defaulted(text, 'mimetype.conf', {
    name: 'MimetypeConfig',
    summary: 'File with media types, relative to the configuration directory; read by the check',
    upstream,
    example: 'MimetypeConfig = /etc/mime.types',
  }),
  monitorServer: listed(monitorAddresses, {
    name: 'MonitorServer',
    summary: 'Addresses of the Monitor; adds the internal host named monitor',
    upstream,
    example: 'MonitorServer = 192.168.1.2',
    feature: 'monitor',
  }),
  pidFile: optional(absolutePath, {
    name: 'PIDfile',
    summary: 'File for the process number; the CGI wrapper expects the default',
    upstream,
    example: 'PIDfile = /run/web/hiawatha.pid',
    defaultText: '/run/hiawatha.pid',
  }),
  platform: defaulted(keyword('windows', 'cygwin'), 'windows', {
    name: 'Platform',
    summary: 'Path style given to CGI programs',
    upstream,
    example: 'Platform = cygwin',
    feature: 'cygwin',
  }),
  rebanDuringBan: defaulted(yesNo, false, {
    name: 'RebanDuringBan',
    summary: 'Restart the ban time when a banned client reconnects',
    upstream,
    example: 'RebanDuringBan = yes',
  }),
  reconnectDelayMs: defaulted(waitSeconds, 0, {
    name: 'ReconnectDelay',
    summary: 'Keep counting a closed connection for this many seconds',
    upstream,
    example: 'ReconnectDelay = 3',
  }),
  requestLimitMask: listed(accessList, {
    name: 'RequestLimitMask',
    summary:
      'Clients whose first matching item says deny are exempt from request limits and SQL injection checks',
    upstream,
    example: 'RequestLimitMask = deny 192.168.0.1',
  }),
  serverId: optional(account, {
    name: 'ServerId',
    summary: 'User and groups the server switches to when started as root; root is refused',
    upstream,
    example: 'ServerId = www-data',
    defaultText: '65534:65534',
  }),
  serverString: defaulted(serverText, 'Hiawatha v11.5', {
    name: 'ServerString',
    summary: 'Text of the Server header; none drops it',
    upstream,
    example: 'ServerString = none',
  }),
  setResourceLimits: defaulted(yesNo, true, {
    name: 'SetResourceLimits',
    added: '9.7',
    summary: 'Set process and file limits at start',
    upstream,
    example: 'SetResourceLimits = no',
    feature: 'not-cygwin',
  }),
  socketSendTimeoutMs: defaulted(waitSeconds, 3 * SECOND_MS, {
    name: 'SocketSendTimeout',
    summary: 'Send timeout of client sockets in seconds; 0 is off',
    upstream,
    example: 'SocketSendTimeout = 10',
    defaultText: '3',
  }),
  syslog: repeated(syslog, {
    name: 'Syslog',
    added: '10.8',
    summary: 'Which logs also go to syslog and under what name',
    upstream,
    example: 'Syslog = system, error; web1',
  }),
  systemLogfile: optional(absolutePath, {
    name: 'SystemLogfile',
    summary: 'Log of server events',
    upstream,
    example: 'SystemLogfile = /var/log/web/system.log',
    defaultText: '/var/log/hiawatha/system.log',
  }),
  threadKillRate: defaulted(count, 1, {
    name: 'ThreadKillRate',
    added: '9.7',
    summary: 'Surplus threads ended per ten seconds',
    upstream,
    example: 'ThreadKillRate = 10',
    feature: 'thread-pool',
  }),
  threadPoolSize: defaulted(count, 25, {
    name: 'ThreadPoolSize',
    added: '9.0',
    summary: 'Threads started at once',
    upstream,
    example: 'ThreadPoolSize = 50',
    feature: 'thread-pool',
  }),
  throttles: repeated(throttle, {
    name: 'Throttle',
    summary: 'Bandwidth in kB/s for a media type or extension prefix; first match wins',
    upstream,
    example: 'Throttle = audio/mpeg:30',
    clash: { keyOf: (line) => line.match, winner: 'first' },
  }),
  tomahawk: repeated(tomahawk, {
    name: 'Tomahawk',
    summary: 'Administration port on 127.0.0.1 and its password hash',
    upstream,
    example: 'Tomahawk = 8181, 5ebe2294ecd0e0f08eab7690d2a6ee69',
    feature: 'tomahawk',
  }),
  tunnelSsh: repeated(tunnel, {
    name: 'TunnelSSH',
    added: '9.3',
    summary:
      'Clients (addresses, a Basic code, or both) that may CONNECT to the SSH port of the machine',
    upstream,
    example: 'TunnelSSH = 192.0.2.44',
    feature: 'rproxy',
  }),
  userDirectory: defaulted(userDirectory, 'public_html', {
    name: 'UserDirectory',
    summary: 'Web directory in home directories; no leading slash, no dot',
    upstream,
    example: 'UserDirectory = website',
  }),
  waitForCgi: defaulted(yesNo, true, {
    name: 'WaitForCGI',
    summary: 'Wait for CGI processes to end, instead of ignoring their exit signal',
    upstream,
    example: 'WaitForCGI = no',
  }),
  workDirectory: optional(directoryPath, {
    name: 'WorkDirectory',
    summary: 'Private directory for uploads and compressed copies; its owner and mode are changed',
    upstream,
    example: 'WorkDirectory = /var/lib/web',
    defaultText: '/var/lib/hiawatha',
  }),
  wrapUserCgi: defaulted(yesNo, false, {
    name: 'WrapUserCGI',
    summary: 'Run CGI programs of user websites through the wrapper',
    upstream,
    example: 'WrapUserCGI = yes',
  }),
};
