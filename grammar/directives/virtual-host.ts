/**
 * Directives of a host: a VirtualHost section, or the default host at top level (hiawatha(1) VIRTUAL HOST CONFIGURATION;
 * serverconfig.c: host_setting, user_setting).
 */
import { alias } from '../values/alias.ts';
import { banByCgi } from '../values/ban.ts';
import { caFiles } from '../values/certificate-files.ts';
import { credentialFiles } from '../values/credential-files.ts';
import { SECOND_MS } from '../values/duration.ts';
import { errorHandler } from '../values/error-handler.ts';
import { fileMode } from '../values/file-mode.ts';
import { hostnames } from '../values/hostname-list.ts';
import { environmentVariable, header } from '../values/key-value.ts';
import { logTarget } from '../values/log-target.ts';
import { bindingIds, ids, names } from '../values/name-list.ts';
import { integer } from '../values/number.ts';
import { absolutePath, directoryPath } from '../values/path.ts';
import { reverseProxy } from '../values/reverse-proxy.ts';
import { webSocket } from '../values/web-socket.ts';
import { caselessRegex } from '../values/posix-regex.ts';
import { prevention, sqlPrevention } from '../values/prevention.ts';
import { requireTls } from '../values/require-tls.ts';
import { showIndex } from '../values/show-index.ts';
import { boundedText, fileName, text } from '../values/text.ts';
import { yesNo } from '../values/yes-no.ts';
import { defaulted, listed, optional, repeated, required } from './directive-spec.ts';
import { ACCESS_DIRECTIVES, cgiTime, WRAPPER_DIRECTIVES } from './shared.ts';

const upstream = 'VIRTUAL HOST CONFIGURATION';
const DEFAULT_CGI_MS = 5 * SECOND_MS;
const DEFAULT_ALTER_MODE = 0o640;
const MAX_LOGIN_MESSAGE_BYTES = 63;

/** The directives of VirtualHost sections and of the default host. */
export const VIRTUAL_HOST = {
  ...ACCESS_DIRECTIVES,
  accessLogfile: defaulted(
    logTarget,
    { path: '/var/log/hiawatha/access.log', rotation: null },
    {
      name: 'AccessLogfile',
      summary: 'Access log, with optional rotation; none for no log',
      upstream,
      example: 'AccessLogfile = /var/log/hiawatha/site.log, weekly',
      defaultText: '/var/log/hiawatha/access.log',
    },
  ),
  aliases: repeated(alias, {
    name: 'Alias',
    summary: 'Map a URL directory to a directory elsewhere; the last line wins',
    upstream,
    example: 'Alias = /doc:/usr/share/doc',
    clash: { keyOf: (line) => line.urlPath, winner: 'last' },
  }),
  allowDotFiles: defaulted(yesNo, false, {
    name: 'AllowDotFiles',
    summary: 'Serve and list names that start with a dot',
    upstream,
    example: 'AllowDotFiles = yes',
  }),
  alterMode: defaulted(fileMode, DEFAULT_ALTER_MODE, {
    name: 'AlterMode',
    summary: 'File mode of uploaded files',
    upstream,
    example: 'AlterMode = 664',
    defaultText: '640',
  }),
  banByCgi: defaulted(banByCgi, null, {
    name: 'BanByCGI',
    added: '9.9',
    summary: 'Let CGI programs ban the client by a response header, up to the given time',
    upstream,
    example: 'BanByCGI = yes, 5m',
    defaultText: 'no',
  }),
  customHeaders: repeated(header, {
    name: 'CustomHeader',
    summary: 'Old name of CustomHeaderClient',
    upstream: 'serverconfig.c: host_setting',
    example: 'CustomHeader = X-Test: 1',
    undocumented: 'CustomHeaderClient',
  }),
  customHeadersBackend: repeated(header, {
    name: 'CustomHeaderBackend',
    added: '10.5',
    summary: 'Header added to requests that go to proxied servers',
    upstream,
    example: 'CustomHeaderBackend = X-Custom: value',
    feature: 'rproxy',
  }),
  customHeadersClient: repeated(header, {
    name: 'CustomHeaderClient',
    added: '10.5',
    summary: 'Header added to every response; sent in reverse order of the file',
    upstream,
    example: 'CustomHeaderClient = X-Frame-Options: DENY',
  }),
  denyBody: repeated(caselessRegex, {
    name: 'DenyBody',
    summary: 'Refuse (403) requests whose body matches; case is ignored',
    upstream,
    example: 'DenyBody = (<|%3c)iframe',
  }),
  enablePathInfo: defaulted(yesNo, false, {
    name: 'EnablePathInfo',
    summary: 'Accept path parts behind the name of a script',
    upstream,
    example: 'EnablePathInfo = yes',
  }),
  enforceFirstHostname: defaulted(yesNo, false, {
    name: 'EnforceFirstHostname',
    added: '9.5',
    summary: 'Redirect (301) other names to the first one; skipped when that begins with a star',
    upstream,
    example: 'EnforceFirstHostname = yes',
  }),
  errorHandlers: repeated(errorHandler, {
    name: 'ErrorHandler',
    summary: 'Page or script for one of five status codes; the last line for a code wins',
    upstream,
    example: 'ErrorHandler = 404:/error.php?code=404',
    clash: { keyOf: (line) => String(line.status), winner: 'last' },
  }),
  errorLogfile: optional(absolutePath, {
    name: 'ErrorLogfile',
    summary: 'Log of CGI error output and request problems',
    upstream,
    example: 'ErrorLogfile = /var/log/hiawatha/site.err',
    defaultText: '/var/log/hiawatha/error.log',
  }),
  errorXsltFile: optional(absolutePath, {
    name: 'ErrorXSLTfile',
    added: '9.4',
    summary: 'XSLT sheet for generated error pages',
    upstream,
    example: 'ErrorXSLTfile = /etc/hiawatha/error.xslt',
    feature: 'xslt',
  }),
  executeCgi: defaulted(yesNo, false, {
    name: 'ExecuteCGI',
    summary: 'Allow CGI; also set by UseFastCGI and WebDAVapp, the later line wins',
    upstream,
    example: 'ExecuteCGI = yes',
  }),
  fileHashes: optional(text, {
    name: 'FileHashes',
    added: '9.1',
    summary: 'File of SHA-256 sums that served files must match; read by the check',
    upstream,
    example: 'FileHashes = /etc/hiawatha/hashes.txt',
  }),
  followSymlinks: defaulted(yesNo, false, {
    name: 'FollowSymlinks',
    summary: 'Follow links that leave the site and are not owned by root',
    upstream,
    example: 'FollowSymlinks = yes',
  }),
  hostnames: {
    ...listed(hostnames, {
      name: 'Hostname',
      summary: 'Names of the host, exact or star-dot',
      upstream,
      example: 'Hostname = www.example.org, *.example.org',
    }),
    presence: 'required' as const,
  },
  httpAuthToCgi: defaulted(yesNo, false, {
    name: 'HTTPAuthToCGI',
    added: '9.9',
    summary:
      'Pass the Authorization header to CGI programs; they get it in any case unless hiawatha-ts.json has "authorization": "asked"',
    upstream,
    example: 'HTTPAuthToCGI = yes',
  }),
  loginMessage: defaulted(boundedText(MAX_LOGIN_MESSAGE_BYTES), 'Private page', {
    name: 'LoginMessage',
    summary: 'Realm of the login prompt',
    upstream,
    example: 'LoginMessage = Members',
  }),
  noExtensionAs: optional(text, {
    name: 'NoExtensionAs',
    summary: 'Extension to assume for files without one',
    upstream,
    example: 'NoExtensionAs = cgi',
  }),
  passwordFile: optional(credentialFiles, {
    name: 'PasswordFile',
    summary: 'Require a login: scheme and password file, optional group file',
    upstream,
    example: 'PasswordFile = basic:/etc/hiawatha/users,/etc/hiawatha/groups',
  }),
  preventCsrf: defaulted(prevention, 'no', {
    name: 'PreventCSRF',
    summary: 'Reaction to POSTs with a foreign origin',
    upstream,
    example: 'PreventCSRF = block',
  }),
  preventSqli: defaulted(sqlPrevention, 'no', {
    name: 'PreventSQLi',
    summary: 'Reaction to suspected SQL injection',
    upstream,
    example: 'PreventSQLi = detect',
  }),
  preventXss: defaulted(prevention, 'no', {
    name: 'PreventXSS',
    summary: 'Reaction to script tags in parameters',
    upstream,
    example: 'PreventXSS = prevent',
  }),
  preventXsrf: optional(prevention, {
    name: 'PreventXSRF',
    summary: 'Twin of PreventCSRF',
    upstream: 'serverconfig.c: host_setting',
    example: 'PreventXSRF = block',
    undocumented: 'PreventCSRF',
  }),
  randomHeaderBytes: optional(integer({ min: 10, max: 1000, unit: 'bytes' }), {
    name: 'RandomHeader',
    added: '9.4',
    summary: 'Add a header of random length to TLS responses',
    upstream,
    example: 'RandomHeader = 250',
    feature: 'tls',
  }),
  requiredBindings: listed(bindingIds, {
    name: 'RequiredBinding',
    summary: 'Only reachable through these bindings; not on the default host',
    upstream,
    example: 'RequiredBinding = LAN',
  }),
  requiredCa: optional(caFiles, {
    name: 'RequiredCA',
    summary:
      'CA that client certificates of this host must be signed by; needs TLScertFile of the host',
    upstream,
    example: 'RequiredCA = ca.pem, crl.pem',
    feature: 'tls',
  }),
  requireTls: defaulted(
    requireTls,
    { enabled: false, hsts: null },
    {
      name: 'RequireTLS',
      added: '9.13',
      summary:
        'Redirect plain requests to TLS, with optional HSTS; yes is not allowed on the default host',
      upstream,
      example: 'RequireTLS = yes, 31d; includeSubDomains',
      defaultText: 'no',
      feature: 'tls',
    },
  ),
  reverseProxies: repeated(reverseProxy, {
    name: 'ReverseProxy',
    summary:
      'Forward requests whose URI matches to another server; first match wins, same scheme preferred',
    upstream,
    example: 'ReverseProxy ^/app/ 1 http://127.0.0.1:8000/x 10 keep-alive',
    feature: 'rproxy',
  }),
  runOnAlter: optional(text, {
    name: 'RunOnAlter',
    summary: 'Program to run after a successful PUT or DELETE',
    upstream,
    example: 'RunOnAlter = /usr/local/sbin/alter',
  }),
  scriptAliases: repeated(alias, {
    name: 'ScriptAlias',
    added: '9.5',
    summary: 'Map one URL to a CGI script; the last line wins',
    upstream,
    example: 'ScriptAlias = /script.cgi:/usr/lib/script.cgi',
    clash: { keyOf: (line) => line.urlPath, winner: 'last' },
  }),
  secureUrl: defaulted(yesNo, true, {
    name: 'SecureURL',
    summary: 'Refuse control characters and %00 in URLs',
    upstream: 'serverconfig.c: host_setting',
    example: 'SecureURL = no',
    undocumented: '',
  }),
  setenv: repeated(environmentVariable, {
    name: 'Setenv',
    summary: 'Environment variable for CGI; the last line for a name wins',
    upstream,
    example: 'Setenv APP = production',
    clash: {
      keyOf: (line) => line.name,
      winner: 'last',
      note: 'Hiawatha gives CGI programs the first value, and FastCGI servers both',
    },
  }),
  showIndex: defaulted(
    showIndex,
    { kind: 'off' },
    {
      name: 'ShowIndex',
      summary: 'Directory listing: no, yes, xml or the path of an XSLT sheet',
      upstream,
      example: 'ShowIndex = yes',
      defaultText: 'no',
      feature: 'xslt',
    },
  ),
  skipCacheCookies: listed(names, {
    name: 'SkipCacheCookie',
    added: '10.4',
    summary: 'Do not answer from the CGI cache when one of these cookies is present',
    upstream,
    example: 'SkipCacheCookie = sid',
  }),
  startFile: defaulted(fileName, 'index.html', {
    name: 'StartFile',
    summary: 'File sent for a directory',
    upstream,
    example: 'StartFile = index.php',
  }),
  timeForCgiMs: defaulted(cgiTime, DEFAULT_CGI_MS, {
    name: 'TimeForCGI',
    summary: 'Time limit of a CGI or FastCGI job, in seconds',
    upstream,
    example: 'TimeForCGI = 15',
    defaultText: '5',
  }),
  tlsCertFile: optional(text, {
    name: 'TLScertFile',
    added: '9.13',
    summary: 'Key and certificate for this name (SNI); needs a TLS binding',
    upstream,
    example: 'TLScertFile = site.pem',
    feature: 'tls',
  }),
  triggerOnCgiStatus: defaulted(yesNo, false, {
    name: 'TriggerOnCGIstatus',
    summary: 'Replace CGI output by an error page when it sets an error status',
    upstream,
    example: 'TriggerOnCGIstatus = yes',
  }),
  useDirectory: listed(ids, {
    name: 'UseDirectory',
    added: '10.0',
    summary: 'Directory sections that apply to this host, all matching ones in this order',
    upstream,
    example: 'UseDirectory = assets, uploads',
  }),
  useFastCgi: listed(ids, {
    name: 'UseFastCGI',
    summary: 'FastCGI servers to try in this order by extension; switches ExecuteCGI on',
    upstream,
    example: 'UseFastCGI = PHP',
  }),
  useLocalConfig: defaulted(yesNo, false, {
    name: 'UseLocalConfig',
    added: '10.0',
    summary: 'Read .hiawatha files',
    upstream,
    example: 'UseLocalConfig = yes',
  }),
  useRProxy: listed(names, {
    name: 'UseRProxy',
    summary: 'Read and never looked at',
    upstream: 'serverconfig.c: host_setting',
    example: 'UseRProxy = x',
    feature: 'rproxy',
    undocumented: '',
  }),
  userWebsites: defaulted(yesNo, false, {
    name: 'UserWebsites',
    summary: 'Serve /~user/ from home directories',
    upstream,
    example: 'UserWebsites = yes',
  }),
  useToolkit: listed(ids, {
    name: 'UseToolkit',
    summary: 'UrlToolkit sections to run in this order',
    upstream,
    example: 'UseToolkit = cms',
    feature: 'toolkit',
  }),
  useXslt: defaulted(yesNo, false, {
    name: 'UseXSLT',
    summary: 'Transform XML files with a matching sheet',
    upstream,
    example: 'UseXSLT = yes',
    feature: 'xslt',
  }),
  webDavApp: defaulted(yesNo, false, {
    name: 'WebDAVapp',
    summary: 'Pass WebDAV methods to the CGI application; yes switches ExecuteCGI on',
    upstream,
    example: 'WebDAVapp = yes',
  }),
  websiteRoot: required(directoryPath, {
    name: 'WebsiteRoot',
    summary: 'Document root',
    upstream,
    example: 'WebsiteRoot = /var/www/site',
  }),
  webSockets: repeated(webSocket, {
    name: 'WebSocket',
    added: '9.8',
    summary: 'Forward WebSocket upgrades for these paths to another server',
    upstream,
    example: 'WebSocket = ws://127.0.0.1:5000 /chat 30',
  }),
  ...WRAPPER_DIRECTIVES,
};
