/**
 * The routing table: what the compiler writes and the server starts from.
 *
 * It is total: defaults applied, variables expanded, ids resolved to indexes, units converted to milliseconds and bytes.
 * Relative file names stand as written; they are relative to the configuration directory. Lists are in the order in
 * which the server has to look at them, so that "first match wins" everywhere; where Hiawatha searches backwards, the
 * compiler has turned the list round.
 *
 * Declared once in Zod; the types and the JSON Schema are made from it.
 */
import * as z from 'zod';
import { FORMAT_VERSION } from './format-version.ts';

const index = z.int().min(0);
const milliseconds = z.number().min(0);
const bytes = z.int().min(0);
const port = z.int().min(1).max(65_535);

const Endpoint = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('unix'), path: z.string().describe('Path of the socket.') }),
    z.strictObject({
      kind: z.literal('tcp'),
      host: z.string().describe('An IPv4 or IPv6 address, without brackets.'),
      port,
    }),
  ])
  .describe('Where an application listens.');
/** Where an application listens. */
export type Endpoint = z.infer<typeof Endpoint>;

const Network = z
  .strictObject({
    family: z.union([z.literal(4), z.literal(6)]),
    address: z.string().describe('Network address; bits behind the prefix are zero.'),
    prefixLength: z.int().min(0).max(128),
  })
  .describe('An IPv4 or IPv6 network.');
/** A range of client addresses. */
export type Network = z.infer<typeof Network>;

const AccessRule = z
  .strictObject({
    action: z.enum(['allow', 'deny', 'pwd']),
    network: Network.nullable().describe('null stands for every address of both families.'),
  })
  .describe('One item of an access list; the first that fits the address decides.');
/** A rule of an access list. */
export type AccessRule = z.infer<typeof AccessRule>;

const Pattern = z
  .strictObject({
    source: z.string().describe('The POSIX extended regular expression as written.'),
    ignoreCase: z.boolean(),
    engine: z
      .enum(['javascript', 're2'])
      .describe('Which engine runs `translated`; javascript only where backtracking is harmless.'),
    translated: z.string().describe('The expression in the syntax of that engine.'),
  })
  .describe('A compiled regular expression.');
/** A regular expression, ready for the engine that runs it. */
export type Pattern = z.infer<typeof Pattern>;

const Header = z.strictObject({ name: z.string(), value: z.string() });

const PasswordFile = z
  .strictObject({
    scheme: z.enum(['basic', 'digest']).nullable().describe('null: no login, only a group file.'),
    passwordFile: z.string().nullable(),
    groupFile: z.string().nullable(),
  })
  .describe('PasswordFile: where users and groups are looked up.');

const LogTarget = z
  .strictObject({
    path: z.string(),
    rotation: z.enum(['daily', 'weekly', 'monthly']).nullable(),
  })
  .describe('A log file and how often it is renamed and compressed.');

const ShowIndex = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('off') }),
    z.strictObject({ kind: z.literal('builtin') }),
    z.strictObject({ kind: z.literal('xml') }),
    z.strictObject({ kind: z.literal('xslt'), path: z.string() }),
  ])
  .describe('How a directory without start file is listed.');

const Prevention = z.enum(['no', 'detect', 'prevent', 'block']);

const ClientGone = z.enum(['abort', 'finish']);

const Queue = z.strictObject({ length: z.int().min(0), deadlineMs: milliseconds.nullable() });

const Server = z
  .strictObject({
    serverString: z.string().nullable().describe('Text of the Server field; null leaves it out.'),
    connectionsTotal: z.int().min(1),
    connectionsPerIp: z.int().min(1),
    listenBacklog: z.int().min(1),
    cgiExtensions: z
      .array(z.string())
      .describe('CGIextension: files that are programs themselves.'),
    cgiHandlers: z
      .array(z.strictObject({ extension: z.string(), program: z.string() }))
      .describe(
        'CGIhandler: the program that runs scripts with an extension. Each extension once.',
      ),
    cgiWrapper: z
      .string()
      .nullable()
      .describe('Path of the CGI wrapper; null: the default of Hiawatha.'),
    killTimedOutCgi: z.boolean(),
    waitForCgi: z.boolean(),
    wrapUserCgi: z.boolean(),
    mimeTypes: z
      .array(z.strictObject({ extension: z.string(), type: z.string() }))
      .describe('From the MimetypeConfig file; extensions in lower case, each once.'),
    systemLogfile: z.string(),
    exploitLogfile: z.string(),
    garbageLogfile: z.string().nullable(),
    logFormat: z.enum(['hiawatha', 'common', 'extended']),
    logfileMask: z.array(AccessRule),
    logTimeouts: z.boolean(),
    anonymizeIp: z.boolean(),
    syslog: z
      .strictObject({
        logs: z.array(z.enum(['system', 'exploit', 'garbage', 'access', 'error'])),
        identifier: z.string().nullable(),
      })
      .nullable()
      .describe('Which logs also go to syslog and under what name.'),
    maxUrlBytes: z.int().min(1).nullable().describe('null: no limit.'),
    maxServerLoad: z.number().nullable(),
    socketSendTimeoutMs: milliseconds.nullable().describe('null: no limit.'),
    reconnectDelayMs: milliseconds,
    requestLimitMask: z.array(AccessRule),
    setResourceLimits: z.boolean(),
    threadPoolSize: z.int().min(1),
    threadKillRate: z.int().min(1),
    serverId: z
      .strictObject({ user: z.string(), groups: z.array(z.string()) })
      .nullable()
      .describe('Account names or numbers to switch to when started as root; null: 65534:65534.'),
    pidFile: z.string(),
    workDirectory: z.string(),
    userDirectory: z.string(),
    hideProxy: z.array(Network).describe('Trusted proxies.'),
    blockExtensions: z.array(z.string()),
    gzipExtensions: z.array(z.string()).describe('The built-in list and what GZipExtensions adds.'),
    compression: z
      .strictObject({
        codings: z
          .array(z.enum(['gzip', 'br', 'zstd']))
          .describe('Of what a client likes equally well the first is used.'),
        siblings: z
          .boolean()
          .describe(
            'Whether a file with `.gz`, `.br` or `.zst` behind its name is sent in its place.',
          ),
      })
      .describe('How files are compressed. From hiawatha-ts.json.'),
    cacheSizeBytes: bytes,
    cacheMaxFileBytes: bytes,
    cacheRProxyExtensions: z.array(z.string()),
    cgi: z
      .strictObject({ processes: z.int().min(1), queue: Queue, clientGone: ClientGone })
      .describe(
        'How many CGI programs may run at the same time; how many requests may wait for them, and how long; null: as long as TimeForCGI; what becomes of one whose client is gone. From hiawatha-ts.json.',
      ),
    http2: z.boolean().describe('Whether TLS bindings offer HTTP/2. From hiawatha-ts.json.'),
    httpsOff: z
      .boolean()
      .describe(
        'Whether programs get the variable HTTPS with the value off for a plain connection. From hiawatha-ts.json.',
      ),
    authorization: z
      .enum(['always', 'asked'])
      .describe(
        'Whether programs get the field Authorization in any case, or where HTTPAuthToCGI says so. From hiawatha-ts.json.',
      ),
    allowedFields: z
      .array(z.string())
      .describe(
        'Names of fields, in lower case and with * for any text, that programs get though a name like that could pass for another. From hiawatha-ts.json.',
      ),
    gatewayTimeout: z
      .boolean()
      .describe(
        'Whether a script that is not ready within TimeForCGI is answered with 504 instead of 500. From hiawatha-ts.json.',
      ),
    standardError: z
      .enum(['lines', 'event'])
      .describe(
        'How the error log tells what programs write to standard error: as Hiawatha, or as JSON with the request, host, script and member. From hiawatha-ts.json.',
      ),
    jsonLog: LogTarget.nullable().describe(
      'Where each request is logged as a line of JSON, besides the access logs of the hosts. From hiawatha-ts.json.',
    ),
    privateFiles: z
      .array(z.strictObject({ urlPath: z.string(), directory: z.string() }))
      .describe(
        'Directories whose files applications may hand over: X-Sendfile by path, X-Accel-Redirect by URL path. Longest URL path first. From hiawatha-ts.json.',
      ),
    throttles: z.array(
      z.strictObject({
        match: z.string().describe('`.ext` prefix or media type prefix, in lower case.'),
        bytesPerSecond: z.int().min(1),
      }),
    ),
    banlistMask: z.array(AccessRule),
    banOnDeniedBodyMs: milliseconds,
    banOnFlooding: z
      .strictObject({ requests: z.int().min(1), windowMs: milliseconds, banMs: milliseconds })
      .nullable(),
    banOnGarbageMs: milliseconds,
    banOnInvalidUrlMs: milliseconds,
    banOnMaxPerIpMs: milliseconds,
    banOnMaxReqSizeMs: milliseconds,
    banOnSqliMs: milliseconds,
    banOnTimeoutMs: milliseconds,
    banOnWrongPassword: z
      .strictObject({ attempts: z.int().min(1), banMs: milliseconds })
      .nullable(),
    kickOnBan: z.boolean(),
    rebanDuringBan: z.boolean(),
    challengeClient: z
      .strictObject({
        connections: z.int().min(0),
        mode: z.enum(['httpheader', 'javascript']),
        banMs: milliseconds,
        secret: z.string().nullable(),
      })
      .nullable(),
    caCertificates: z.string().nullable(),
    dhSize: z.union([z.literal(2048), z.literal(4096), z.literal(8192)]),
    tunnelSsh: z
      .strictObject({ networks: z.array(Network), credential: z.string().nullable() })
      .nullable(),
    monitorServer: z.array(AccessRule),
    tomahawk: z.array(z.strictObject({ port, passwordHash: z.string() })),
    platform: z.enum(['windows', 'cygwin']),
  })
  .describe('Settings of the whole server.');

const CaBundle = z.strictObject({ caFile: z.string(), crlFile: z.string().nullable() });

const Binding = z
  .strictObject({
    id: z.string().nullable(),
    port,
    address: z.string().describe('Address to listen on; 0.0.0.0 for every IPv4 address.'),
    maxKeepAlive: z.int().min(0).describe('Requests that may follow the first on a connection.'),
    timeForFirstRequestMs: milliseconds.describe(
      'For the first request of a connection, in milliseconds.',
    ),
    timeForRequestMs: milliseconds.describe('For each request after the first.'),
    maxRequestBytes: bytes.describe('Head and body together; PUT bodies excepted.'),
    maxUploadBytes: bytes.describe('Body of a PUT.'),
    enableAlter: z.boolean(),
    enableTrace: z.boolean(),
    enableAcceptFilter: z.boolean(),
    tlsCertFile: z.string().nullable(),
    requiredCa: CaBundle.nullable(),
  })
  .describe('A listening port.');
/** A place to listen, with its limits. */
export type Binding = z.infer<typeof Binding>;

const Alias = z.strictObject({ urlPath: z.string(), target: z.string() });

const Host = z
  .strictObject({
    hostnames: z
      .array(z.string())
      .min(1)
      .describe('In lower case; `*.x` matches x and anything that ends in .x.'),
    websiteRoot: z.string(),
    startFile: z.string(),
    bindings: z.array(index).nullable().describe('RequiredBinding; null: reachable through all.'),
    accessLogfile: LogTarget.nullable(),
    errorLogfile: z.string(),
    aliases: z.array(Alias).describe('In the order to try.'),
    scriptAliases: z.array(Alias).describe('In the order to try.'),
    executeCgi: z.boolean(),
    fastCgiServers: z.array(index).describe('UseFastCGI, in order.'),
    timeForCgiMs: milliseconds,
    enablePathInfo: z.boolean(),
    noExtensionAs: z.string().nullable(),
    setenv: z
      .array(z.strictObject({ name: z.string(), value: z.string() }))
      .describe('Each name once.'),
    httpAuthToCgi: z.boolean(),
    wrapCgi: z.string().nullable(),
    customHeadersClient: z.array(Header).describe('In the order to send.'),
    customHeadersBackend: z.array(Header).describe('In the order to send.'),
    triggerOnCgiStatus: z.boolean(),
    errorHandlers: z
      .array(
        z.strictObject({
          status: z.union([
            z.literal(401),
            z.literal(403),
            z.literal(404),
            z.literal(501),
            z.literal(503),
          ]),
          path: z.string(),
          query: z.string().nullable(),
        }),
      )
      .describe('Each status once.'),
    errorXsltFile: z.string().nullable(),
    directories: z.array(index).describe('UseDirectory, in order; later ones override.'),
    toolkits: z.array(index).describe('UseToolkit, in order.'),
    useLocalConfig: z.boolean(),
    accessList: z.array(AccessRule),
    alterList: z.array(AccessRule),
    alterGroups: z.array(z.string()),
    alterMode: z.int().min(0).max(0o777),
    passwordFile: PasswordFile.nullable(),
    requiredGroups: z.array(z.string()),
    loginMessage: z.string(),
    allowDotFiles: z.boolean(),
    followSymlinks: z.boolean(),
    secureUrl: z.boolean(),
    showIndex: ShowIndex,
    useXslt: z.boolean(),
    userWebsites: z.boolean(),
    enforceFirstHostname: z.boolean(),
    requireTls: z.strictObject({
      enabled: z.boolean(),
      hsts: z.string().nullable().describe('Value of Strict-Transport-Security on TLS answers.'),
    }),
    tlsCertFile: z.string().nullable(),
    requiredCa: CaBundle.nullable(),
    randomHeaderBytes: z.int().min(10).max(1000).nullable(),
    banByCgi: z
      .strictObject({ maxMs: milliseconds.nullable().describe('null: no upper limit.') })
      .nullable(),
    denyBody: z.array(Pattern),
    preventCsrf: Prevention,
    preventSqli: Prevention,
    preventXss: Prevention,
    skipCacheCookies: z.array(z.string()),
    fileHashes: z
      .array(z.strictObject({ path: z.string(), sha256: z.string() }))
      .nullable()
      .describe('FileHashes; null: files are not compared.'),
    runOnAlter: z.string().nullable(),
    webDavApp: z.boolean(),
    reverseProxies: z.array(
      z.strictObject({
        pattern: Pattern,
        negated: z.boolean(),
        skipDirectories: z.int().min(0),
        target: z.strictObject({
          scheme: z.enum(['http', 'https', 'unix']),
          host: z.string().describe('Name or address; the socket path for unix.'),
          port: port.nullable(),
          path: z.string().describe('Put in front of the path; without final slash.'),
        }),
        timeoutMs: milliseconds,
        keepAlive: z.boolean(),
      }),
    ),
    webSockets: z.array(
      z.strictObject({
        scheme: z.enum(['ws', 'wss', 'unix']),
        endpoint: Endpoint,
        paths: z.array(z.string()),
        timeoutMs: milliseconds,
      }),
    ),
  })
  .describe('A host: the default host or a VirtualHost.');
/** A host with all its settings, defaults filled in. */
export type VirtualHost = z.infer<typeof Host>;

const Directory = z
  .strictObject({
    id: z.string().nullable(),
    paths: z.array(z.string()).describe('URL prefixes.'),
    extensions: z.array(z.string()).describe('Empty: every file.'),
    startFile: z.string().nullable(),
    executeCgi: z.boolean().nullable(),
    timeForCgiMs: milliseconds.nullable(),
    wrapCgi: z.string().nullable(),
    followSymlinks: z.boolean().nullable(),
    showIndex: ShowIndex.nullable(),
    accessList: z.array(AccessRule).nullable(),
    alterList: z.array(AccessRule).nullable(),
    alterGroups: z.array(z.string()).nullable(),
    alterMode: z.int().min(0).max(0o777).nullable(),
    passwordFile: PasswordFile.nullable(),
    requiredGroups: z.array(z.string()).nullable(),
    expirePeriod: z
      .strictObject({
        ms: milliseconds,
        cacheControl: z.enum(['public', 'private']).nullable(),
      })
      .nullable(),
    runOnDownload: z.string().nullable(),
    uploadSpeed: z
      .strictObject({ bytesPerSecond: z.int().min(1), connections: z.int().min(1) })
      .nullable(),
  })
  .describe('Settings for URL prefixes; null leaves the value of the host.');
/** What holds for the URL paths of a Directory section. */
export type Directory = z.infer<typeof Directory>;

const FastCgiServer = z
  .strictObject({
    id: z.string(),
    connectTo: z
      .array(Endpoint)
      .min(1)
      .describe('In the order written; Hiawatha uses the last first.'),
    extensions: z.array(z.string()).describe('Empty: any extension.'),
    serverRoot: z.string().nullable().describe('Root directory of the application (chroot).'),
    sessionTimeoutMs: milliseconds.describe(
      'How long a client stays with one member; 0: not at all.',
    ),
    sticky: z
      .discriminatedUnion('by', [
        z.strictObject({ by: z.literal('address') }),
        z.strictObject({ by: z.enum(['cookie', 'learned-cookie']), name: z.string().min(1) }),
      ])
      .describe(
        'By what a client is known again: its address, a cookie that the server sets, or one that the application sets. From hiawatha-ts.json.',
      ),
    queue: Queue.describe(
      'How many requests may wait while all members are busy, and how long; null: as long as TimeForCGI. From hiawatha-ts.json.',
    ),
    multiplex: z
      .boolean()
      .describe(
        'Whether several requests may share a connection, where the application says that it can. From hiawatha-ts.json.',
      ),
    checksFiles: z
      .boolean()
      .describe(
        'Whether a script that is not on disk is answered 404 here, and the application not asked. From hiawatha-ts.json.',
      ),
    resolvesLinks: z
      .boolean()
      .describe(
        'Whether the application is told where the links on the way to its root lead. From hiawatha-ts.json.',
      ),
    clientGone: ClientGone.describe(
      'What becomes of a request whose client is gone: the application is told to abort it, or does it to its end. From hiawatha-ts.json.',
    ),
    drainedMembers: z
      .array(index)
      .describe('Members (indexes in `connectTo`) that get no new clients. From hiawatha-ts.json.'),
  })
  .describe('A FastCGI application and the members that serve it.');
/** A group of back ends of one application. */
export type FastCgiServer = z.infer<typeof FastCgiServer>;

const ToolkitCondition = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('always') }),
  z.strictObject({
    kind: z.literal('header'),
    name: z.string().nullable().describe('In lower case; null: any field.'),
    pattern: Pattern,
    negated: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('match'), pattern: Pattern, negated: z.boolean() }),
  z.strictObject({ kind: z.literal('method'), method: z.string(), negated: z.boolean() }),
  z.strictObject({
    kind: z.literal('request-uri'),
    test: z.enum(['exists', 'isfile', 'isdir', 'notfound']),
  }),
  z.strictObject({ kind: z.literal('total-connections'), connections: z.int().min(0) }),
  z.strictObject({ kind: z.literal('use-tls') }),
]);

const ToolkitAction = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ban'), ms: milliseconds }),
  z.strictObject({ kind: z.literal('call'), toolkit: index }),
  z.strictObject({ kind: z.literal('goto'), toolkit: index }),
  z.strictObject({ kind: z.literal('deny-access') }),
  z.strictObject({ kind: z.literal('exit') }),
  z.strictObject({ kind: z.literal('not-found') }),
  z.strictObject({ kind: z.literal('omit-request-log') }),
  z.strictObject({
    kind: z.literal('redirect'),
    status: z.int().min(301).max(308),
    location: z.string(),
  }),
  z.strictObject({ kind: z.literal('return') }),
  z.strictObject({
    kind: z.literal('rewrite'),
    replacement: z.string(),
    count: z.int().min(1).max(20),
    then: z.enum(['stop', 'continue', 'return']),
  }),
  z.strictObject({ kind: z.literal('skip'), rules: z.int().min(1) }),
  z.strictObject({ kind: z.literal('use'), url: z.string() }),
  z.strictObject({ kind: z.literal('use-fastcgi'), fastCgiServer: index }),
]);

const ToolkitRule = z.strictObject({ condition: ToolkitCondition, action: ToolkitAction });
/** A rule of a toolkit: a condition and an action. */
export type ToolkitRule = z.infer<typeof ToolkitRule>;

const UrlToolkit = z.strictObject({
  id: z.string(),
  rules: z.array(ToolkitRule).describe('In the order written.'),
});
/** A toolkit: rules in their order. */
export type UrlToolkit = z.infer<typeof UrlToolkit>;

const SourceMap = z
  .strictObject({
    files: z.array(z.string()).describe('As they were opened.'),
    entries: z
      .array(
        z.strictObject({
          pointer: z.string().describe('JSON pointer (RFC 6901) into the table.'),
          file: index.describe('Index in `files`.'),
          line: z.int().min(1),
        }),
      )
      .describe('Sorted by pointer.'),
  })
  .describe('Where entries were written.');

/** All that the server is told: a configuration, typed, in base units, with ids resolved. */
export const RoutingTable = z
  .strictObject({
    formatVersion: z.literal(FORMAT_VERSION),
    server: Server,
    bindings: z.array(Binding).min(1),
    hosts: z.array(Host).min(1).describe('The default host first, then in the order written.'),
    directories: z.array(Directory),
    fastCgiServers: z.array(FastCgiServer).describe('Each id once.'),
    toolkits: z.array(UrlToolkit).describe('Each id once.'),
    sourceMap: SourceMap.nullable().describe('Only with `compile --source-map`.'),
  })
  .describe('A compiled hiawatha.conf.');
export type RoutingTable = z.infer<typeof RoutingTable>;
