import type {
  Directory,
  FastCgiServer,
  RoutingTable,
  VirtualHost,
} from '../../routing-table/schema.ts';

/** A host with the defaults of Hiawatha. */
export function makeHost(overrides: Partial<VirtualHost> = {}): VirtualHost {
  return {
    hostnames: ['default.test'],
    websiteRoot: '/srv/www',
    startFile: 'index.html',
    bindings: null,
    accessLogfile: null,
    errorLogfile: '/dev/null',
    aliases: [],
    scriptAliases: [],
    executeCgi: false,
    fastCgiServers: [],
    timeForCgiMs: 5_000,
    enablePathInfo: false,
    noExtensionAs: null,
    setenv: [],
    httpAuthToCgi: false,
    wrapCgi: null,
    customHeadersClient: [],
    customHeadersBackend: [],
    triggerOnCgiStatus: false,
    errorHandlers: [],
    errorXsltFile: null,
    directories: [],
    toolkits: [],
    useLocalConfig: false,
    accessList: [],
    alterList: [],
    alterGroups: [],
    alterMode: 0o640,
    passwordFile: null,
    requiredGroups: [],
    loginMessage: 'Private page',
    allowDotFiles: false,
    followSymlinks: false,
    secureUrl: true,
    showIndex: { kind: 'off' },
    useXslt: false,
    userWebsites: false,
    enforceFirstHostname: false,
    requireTls: { enabled: false, hsts: null },
    tlsCertFile: null,
    requiredCa: null,
    randomHeaderBytes: null,
    banByCgi: null,
    denyBody: [],
    preventCsrf: 'no',
    preventSqli: 'no',
    preventXss: 'no',
    skipCacheCookies: [],
    fileHashes: null,
    runOnAlter: null,
    webDavApp: false,
    reverseProxies: [],
    webSockets: [],
    ...overrides,
  };
}

/** A binding with the defaults of Hiawatha. */
export function makeBinding(
  overrides: Partial<RoutingTable['bindings'][number]> = {},
): RoutingTable['bindings'][number] {
  return {
    id: null,
    port: 80,
    address: '127.0.0.1',
    maxKeepAlive: 50,
    timeForFirstRequestMs: 5_000,
    timeForRequestMs: 30_000,
    maxRequestBytes: 65_536,
    maxUploadBytes: 1_048_576,
    enableAlter: false,
    enableTrace: false,
    enableAcceptFilter: false,
    tlsCertFile: null,
    requiredCa: null,
    ...overrides,
  };
}

/** A Directory record that changes nothing. */
export function makeDirectory(overrides: Partial<Directory> = {}): Directory {
  return {
    id: null,
    paths: [],
    extensions: [],
    startFile: null,
    executeCgi: null,
    timeForCgiMs: null,
    wrapCgi: null,
    followSymlinks: null,
    showIndex: null,
    accessList: null,
    alterList: null,
    alterGroups: null,
    alterMode: null,
    passwordFile: null,
    requiredGroups: null,
    expirePeriod: null,
    runOnDownload: null,
    uploadSpeed: null,
    ...overrides,
  };
}

export function makeFastCgiServer(overrides: Partial<FastCgiServer> = {}): FastCgiServer {
  return {
    id: 'PHP',
    connectTo: [{ kind: 'tcp', host: '127.0.0.1', port: 9000 }],
    extensions: ['php'],
    serverRoot: null,
    sessionTimeoutMs: 900_000,
    sticky: { by: 'address' },
    queue: { length: 1024, deadlineMs: null },
    drainedMembers: [],
    multiplex: false,
    checksFiles: false,
    ...overrides,
  };
}

/** What a table may be made of; the rest has the defaults of Hiawatha. */
export interface TableParts {
  readonly server?: Partial<RoutingTable['server']>;
  readonly bindings?: readonly Partial<RoutingTable['bindings'][number]>[];
  readonly hosts?: readonly Partial<VirtualHost>[];
  readonly directories?: readonly Partial<Directory>[];
  readonly fastCgiServers?: readonly Partial<FastCgiServer>[];
  readonly toolkits?: RoutingTable['toolkits'];
  readonly sourceMap?: RoutingTable['sourceMap'];
}

export function makeTable(parts: TableParts = {}): RoutingTable {
  return {
    formatVersion: 1,
    server: {
      serverString: 'hiawatha-ts',
      connectionsTotal: 150,
      connectionsPerIp: 15,
      listenBacklog: 16,
      cgiExtensions: [],
      cgiHandlers: [],
      cgiWrapper: null,
      killTimedOutCgi: true,
      waitForCgi: true,
      wrapUserCgi: false,
      mimeTypes: [
        { extension: 'html', type: 'text/html' },
        { extension: 'txt', type: 'text/plain' },
        { extension: 'css', type: 'text/css' },
      ],
      systemLogfile: '/dev/null',
      exploitLogfile: '/dev/null',
      garbageLogfile: null,
      logFormat: 'hiawatha',
      logfileMask: [],
      logTimeouts: true,
      anonymizeIp: false,
      syslog: null,
      maxUrlBytes: 1_000,
      maxServerLoad: null,
      socketSendTimeoutMs: 3_000,
      reconnectDelayMs: 0,
      requestLimitMask: [],
      setResourceLimits: false,
      threadPoolSize: 25,
      threadKillRate: 1,
      serverId: null,
      pidFile: '/dev/null',
      workDirectory: '/var/lib/hiawatha',
      userDirectory: 'public_html',
      hideProxy: [],
      blockExtensions: [],
      gzipExtensions: [],
      compression: { codings: ['gzip'], siblings: true },
      cacheSizeBytes: 10_485_760,
      cacheMaxFileBytes: 262_144,
      cacheRProxyExtensions: [],
      cgi: { processes: 64, queue: { length: 1024, deadlineMs: null } },
      http2: true,
      httpsOff: true,
      authorization: 'always',
      standardError: 'lines',
      jsonLog: null,
      privateFiles: [],
      throttles: [],
      banlistMask: [],
      banOnDeniedBodyMs: 0,
      banOnFlooding: null,
      banOnGarbageMs: 0,
      banOnInvalidUrlMs: 0,
      banOnMaxPerIpMs: 2_000,
      banOnMaxReqSizeMs: 0,
      banOnSqliMs: 0,
      banOnTimeoutMs: 0,
      banOnWrongPassword: null,
      kickOnBan: false,
      rebanDuringBan: false,
      challengeClient: null,
      caCertificates: null,
      dhSize: 2048,
      tunnelSsh: null,
      monitorServer: [],
      tomahawk: [],
      platform: 'windows',
      ...parts.server,
    },
    bindings: (parts.bindings ?? [{}]).map(makeBinding),
    hosts: (parts.hosts ?? [{}]).map(makeHost),
    directories: (parts.directories ?? []).map(makeDirectory),
    fastCgiServers: (parts.fastCgiServers ?? []).map(makeFastCgiServer),
    toolkits: [...(parts.toolkits ?? [])],
    sourceMap: parts.sourceMap ?? null,
  };
}
