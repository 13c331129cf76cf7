/** Directives of older releases, from the ChangeLog of Hiawatha and its sources. */
import type { SectionKind } from './index.ts';

/** A name that Hiawatha no longer knows in some sections. */
export interface RemovedDirective {
  /** As it was spelt; compare without case. */
  readonly name: string;
  /** Where it stood. */
  readonly kinds: readonly SectionKind[];
  /** The release that dropped it, as a reader completes "removed in …". */
  readonly since: string;
  /** What to do, one sentence, lower case, no full stop. */
  readonly advice: string;
  readonly repair: Repair | null;
}

/** How the line becomes one of today. */
export type Repair =
  /** Another name for the same thing. */
  | { readonly kind: 'rename'; readonly to: string }
  /** Another name for the opposite: yes becomes no. */
  | { readonly kind: 'negate'; readonly to: string }
  /** The rule needs a word in front: `Do`. */
  | { readonly kind: 'prefix'; readonly word: string }
  /** It has no meaning any more. */
  | { readonly kind: 'delete' };

const SERVER: readonly SectionKind[] = ['server'];
const BINDING: readonly SectionKind[] = ['binding'];
const HOST: readonly SectionKind[] = ['server', 'virtual-host'];
const DIRECTORY: readonly SectionKind[] = ['directory'];
const HOST_AND_DIRECTORY: readonly SectionKind[] = [...HOST, ...DIRECTORY];
const TOOLKIT: readonly SectionKind[] = ['url-toolkit'];

const DELETE: Repair = { kind: 'delete' };

function rename(to: string): Repair {
  return { kind: 'rename', to };
}

const BINDING_ADVICE = 'use a Binding section with Interface and Port';
const WRAPPER_ADVICE = 'use the CGI wrapper: WrapCGI and cgi-wrapper.conf';
const HANDLER_ADVICE = 'write "CGIhandler = <program>:<extensions>"';
const TLS_ADVICE = 'delete it: Hiawatha 11 offers TLS 1.2 and later only';

/** Columns: name, sections, release, advice, repair. */
const ROWS: readonly (readonly [
  string,
  readonly SectionKind[],
  string,
  string,
  (Repair | null)?,
])[] = [
  ['AcceptHTTP2', BINDING, '10.10', 'delete it: Hiawatha speaks HTTP/1.1', DELETE],
  ['Access', HOST, '2.4', 'use AccessList'],
  ['AllowedCiphers', SERVER, '8.0', 'delete it: cipher suites are fixed in the server', DELETE],
  ['BanOnCMDi', SERVER, '6.18', 'use DenyBody with BanOnDeniedBody, or a UrlToolkit rule with Ban'],
  ['BindAddress', SERVER, '3.4', BINDING_ADVICE],
  ['BindAddresses', SERVER, '3.4', 'use a Binding section for each address'],
  ['BindHTTP', SERVER, '4.0', BINDING_ADVICE],
  ['BindHTTPS', SERVER, '4.0', 'use a Binding section with TLScertFile'],
  ['CacheMinFilesize', SERVER, '9.0', 'delete it: there is no lower limit any more', DELETE],
  ['Call', TOOLKIT, '9.10', 'write "Do Call <id>"', { kind: 'prefix', word: 'Do' }],
  ['CGIwrapId', HOST_AND_DIRECTORY, '5.6', 'use WrapCGI', rename('WrapCGI')],
  ['CommandChannel', SERVER, '8.5', 'use Tomahawk, in a build with that module'],
  ['DenyBot', HOST, '9.0', 'use a UrlToolkit rule: Header User-Agent <pattern> DenyAccess'],
  ['DHparameters', SERVER, '8.0', 'delete it; DHsize sets the size', DELETE],
  ['ExecutePHP', HOST, '3.3', 'use CGIhandler or a FastCGIserver section, and ExecuteCGI'],
  ['FastCGI', HOST, '6.14', 'use UseFastCGI', rename('UseFastCGI')],
  ['FCGIserverId', ['fastcgi-server'], '5.6', 'use FastCGIid', rename('FastCGIid')],
  ['FCGIserverId', HOST, '5.6', 'use UseFastCGI', rename('UseFastCGI')],
  ['FollowSymlink', DIRECTORY, '9.0', 'it is spelt FollowSymlinks', rename('FollowSymlinks')],
  ['GroupId', HOST, '2.0', WRAPPER_ADVICE],
  ['HomedirSource', SERVER, '8.5', 'delete it: home directories come from the accounts', DELETE],
  ['HostId', HOST, '4.0', WRAPPER_ADVICE],
  [
    'IgnoreDotHiawatha',
    HOST,
    '10.0',
    'use UseLocalConfig with the opposite value; the default is not to read .hiawatha files now',
    { kind: 'negate', to: 'UseLocalConfig' },
  ],
  [
    'ImageReferer',
    HOST_AND_DIRECTORY,
    '9.1',
    'use a UrlToolkit rule: Header Referer !<pattern> DenyAccess',
  ],
  ['IndexStyle', HOST, '7.0', 'use ShowIndex with an XSLT sheet'],
  ['LogAccess', SERVER, '3.3', 'use LogfileMask'],
  ['LogFile', HOST, '4.2', 'use AccessLogfile', rename('AccessLogfile')],
  ['MinSSLversion', SERVER, '10.1', TLS_ADVICE, DELETE],
  ['MinTLSversion', SERVER, '11.0', TLS_ADVICE, DELETE],
  ['MonitorRequests', HOST, '9.5', 'delete it: the Monitor module counts by itself', DELETE],
  ['MonitorStatsInterval', SERVER, '9.5', 'delete it', DELETE],
  ['Name', BINDING, '5.0', 'use BindingId', rename('BindingId')],
  ['OldBrowser', TOOLKIT, '9.0', 'write "Header User-Agent <pattern> Use <url>"'],
  ['PathMatch', DIRECTORY, '3.6', 'delete it: the form of Path decides', DELETE],
  ['PHPextension', SERVER, '3.3', HANDLER_ADVICE],
  ['PHPprogram', SERVER, '3.3', HANDLER_ADVICE],
  ['PreventCMDi', HOST, '6.18', 'use DenyBody or UrlToolkit rules'],
  ['PublicKeyPins', HOST, '11.0', 'delete it: browsers have dropped key pinning', DELETE],
  ['RequestBuffer', SERVER, '8.5', 'use MaxRequestSize in a Binding section'],
  ['RequireBinding', HOST, '3.7', 'use RequiredBinding', rename('RequiredBinding')],
  ['RequireResolveIP', SERVER, '6.1', 'delete it', DELETE],
  ['RequireSSL', HOST, '10.1', 'use RequireTLS, its name since 9.13', rename('RequireTLS')],
  ['RootDirectory', HOST, '1.7', 'use WebsiteRoot', rename('WebsiteRoot')],
  ['ServerKey', BINDING, '6.14', 'use TLScertFile', rename('TLScertFile')],
  ['ServerKey', SERVER, '6.14', 'use TLScertFile in a Binding section'],
  ['ServerName', HOST, '2.3', 'use Hostname', rename('Hostname')],
  ['ServerPort', SERVER, '4.0', 'use Port in a Binding section'],
  ['ServerRoot', SERVER, '8.6', 'delete it: the server no longer changes its root'],
  ['SetEnvir', HOST, '8.5', 'use Setenv', rename('Setenv')],
  ['Skip', TOOLKIT, '9.10', 'write "Do Skip <number>"', { kind: 'prefix', word: 'Do' }],
  [
    'SSLcertFile',
    [...BINDING, ...HOST],
    '10.1',
    'use TLScertFile, its name since 9.13',
    rename('TLScertFile'),
  ],
  ['SSLPort', SERVER, '4.0', 'use a Binding section with Port and TLScertFile'],
  [
    'UseGZfile',
    HOST_AND_DIRECTORY,
    '10.0',
    'delete it: compression is automatic; GZipExtensions adds to what is compressed',
    DELETE,
  ],
  ['UserId', HOST, '2.0', WRAPPER_ADVICE],
  ['UserWebsite', HOST, '8.5', 'use UserWebsites', rename('UserWebsites')],
  ['UseSSL', BINDING, '6.14', 'delete it: TLScertFile switches TLS on', DELETE],
  ['VolatileObject', HOST, '10.0', 'delete it: the file cache looks for changes itself', DELETE],
];

/** Every removed directive, by name. */
export const REMOVED_DIRECTIVES: readonly RemovedDirective[] = ROWS.map(
  ([name, kinds, since, advice, repair = null]) => ({ name, kinds, since, advice, repair }),
);

/** What became of a name that some kinds of sections had; without them, that any had. */
export function findRemoved(name: string, kinds: readonly SectionKind[]): RemovedDirective | null {
  const folded = name.toLowerCase();
  const rows = REMOVED_DIRECTIVES.filter((row) => row.name.toLowerCase() === folded);
  return rows.find((row) => row.kinds.some((kind) => kinds.includes(kind))) ?? null;
}
