/** Catalogue rows raised while sections are checked. */
import type { DiagnosticRule } from '../../grammar/diagnostic.ts';

const HOST = 'Hostname = 127.0.0.1\nWebsiteRoot = /var/www/site\n';
const BINDING = 'Binding {\n    Port = 8080\n}\n';
const SITE = `${HOST}${BINDING}`;
const PHP =
  'FastCGIserver {\n    FastCGIid = PHP\n    ConnectTo = 127.0.0.1:9000\n    Extension = php\n}\n';

export const WRONG_SECTION: DiagnosticRule = {
  code: 'HW403',
  slug: 'wrong-section',
  summary: 'A directive that belongs in another section.',
  explanation:
    'Each section knows its own directives. Lines outside of braces are those of the server and of the default host; ' +
    'what holds for one host stands in its VirtualHost section.',
  bad: `${HOST}${BINDING}Port = 8080\n`,
  good: SITE,
  source: 'serverconfig.c: read_main_configfile',
};

export const REPEATED: DiagnosticRule = {
  code: 'HW406',
  slug: 'repeated-directive',
  summary: 'A directive is given again where only one counts.',
  explanation:
    'Lists grow with each line, but of most other directives the last line counts and the others are dropped without a ' +
    'word. Ids may be given once only.',
  bad: `${SITE}TimeForCGI = 5\nTimeForCGI = 60\n`,
  good: `${SITE}TimeForCGI = 60\n`,
  source: 'serverconfig.c',
};

export const BUILD_FEATURE: DiagnosticRule = {
  code: 'HW408',
  slug: 'build-feature',
  summary: 'A directive that only some builds of Hiawatha know.',
  explanation:
    'Tomahawk and the Monitor have to be built in, and few packages do; EnableAccf exists on FreeBSD, Platform in the ' +
    'Windows build. To every other build the name is unknown and the server does not start.',
  bad: `${HOST}Binding {\n    Port = 8080\n    EnableAccf = yes\n}\n`,
  good: SITE,
  source: 'serverconfig.c, CMakeLists.txt',
};

export const UNKNOWN_FASTCGI_SERVER: DiagnosticRule = {
  code: 'HW501',
  slug: 'unknown-fastcgi-server',
  summary: 'UseFastCGI names a FastCGI server that does not exist.',
  explanation:
    'The id has to be the FastCGIid of a FastCGIserver section, in the same case. The section may come later in the file.',
  bad: `${SITE}UseFastCGI = php\n${PHP}`,
  good: `${SITE}UseFastCGI = PHP\n${PHP}`,
  source: 'serverconfig.c: check_configuration',
};

export const UNKNOWN_DIRECTORY: DiagnosticRule = {
  code: 'HW502',
  slug: 'unknown-directory',
  summary: 'UseDirectory names a Directory section that does not exist.',
  explanation: 'The id has to be the DirectoryID of a Directory section, in the same case.',
  bad: `${SITE}UseDirectory = files\n`,
  good: `${SITE}UseDirectory = files\nDirectory {\n    DirectoryID = files\n    Path = /files\n}\n`,
  source: 'serverconfig.c: check_configuration',
};

export const UNKNOWN_TOOLKIT: DiagnosticRule = {
  code: 'HW503',
  slug: 'unknown-toolkit',
  summary: 'UseToolkit, Call or Goto names a UrlToolkit section that does not exist.',
  explanation:
    'The id has to be the ToolkitID of a UrlToolkit section, in the same case. For UseToolkit Hiawatha refuses the ' +
    'configuration without any message.',
  bad: `${SITE}UseToolkit = cms\n`,
  good: `${SITE}UseToolkit = cms\nUrlToolkit {\n    ToolkitID = cms\n    Do Return\n}\n`,
  source: 'serverconfig.c: check_configuration',
};

export const UNKNOWN_BINDING: DiagnosticRule = {
  code: 'HW504',
  slug: 'unknown-binding',
  summary: 'RequiredBinding names a binding that does not exist.',
  explanation:
    'Hiawatha does not look for the BindingId, so the host is reachable through no binding at all and nobody is told.',
  bad: `${SITE}VirtualHost {\n    Hostname = www.example.org\n    WebsiteRoot = /var/www/example\n    RequiredBinding = LAN\n}\n`,
  good: `${HOST}Binding {\n    Port = 8080\n    BindingId = LAN\n}\nVirtualHost {\n    Hostname = www.example.org\n    WebsiteRoot = /var/www/example\n    RequiredBinding = LAN\n}\n`,
  source: 'wigwam.c: check_main_config',
};

export const DUPLICATE_ID: DiagnosticRule = {
  code: 'HW506',
  slug: 'duplicate-id',
  summary: 'Two sections have the same id.',
  explanation:
    'Of FastCGIserver and UrlToolkit sections with one id the last counts, of Directory sections the first. The other is ' +
    'dropped without a word.',
  bad: `${SITE}UseFastCGI = PHP\n${PHP}${PHP.replace('9000', '9001')}`,
  good: `${SITE}UseFastCGI = PHP\n${PHP}`,
  source: 'wigwam.c: check_main_config',
};

export const UNUSED_SECTION: DiagnosticRule = {
  code: 'HW507',
  slug: 'unused-section',
  summary: 'A section that nothing refers to.',
  explanation:
    'FastCGIserver, Directory and UrlToolkit sections have an effect only where a host, or a rule, names their id. Before ' +
    'release 10.0 a Directory section needed no such line.',
  bad: `${SITE}${PHP}`,
  good: `${SITE}UseFastCGI = PHP\n${PHP}`,
  source: 'serverconfig.c: check_configuration',
};

export const DUPLICATE_LISTENER: DiagnosticRule = {
  code: 'HW508',
  slug: 'duplicate-listener',
  summary: 'Two bindings on one address and port.',
  explanation:
    'The check of Hiawatha accepts it; the server then stops at the second binding, because the port is taken. Hosts ' +
    'share a binding: one is enough.',
  bad: `${SITE}${BINDING}`,
  good: `${SITE}${BINDING.replace('8080', '8081')}`,
  source: 'hiawatha.c: bind_sockets',
};

export const MISSING: DiagnosticRule = {
  code: 'HW509',
  slug: 'missing-directive',
  summary: 'A mandatory directive or section is missing.',
  explanation:
    'A configuration needs at least one Binding section with a Port, and a default host: Hostname and WebsiteRoot outside ' +
    'of any section. Each VirtualHost needs a Hostname and a WebsiteRoot, a FastCGIserver a FastCGIid and a ConnectTo, a ' +
    'Directory a Path, a UrlToolkit a ToolkitID.',
  bad: HOST,
  good: SITE,
  source: 'serverconfig.c: check_configuration',
};

export const DEFAULT_HOST: DiagnosticRule = {
  code: 'HW510',
  slug: 'default-host-restriction',
  summary: 'RequireTLS or RequiredBinding on the default host.',
  explanation:
    'The default host answers every request that no other host takes, so it has to be reachable by all bindings. Put the ' +
    'site into a VirtualHost section.',
  bad: `${SITE}RequireTLS = yes\n`,
  good: SITE,
  source: 'serverconfig.c: check_configuration',
};

export const SERVER_ROOT: DiagnosticRule = {
  code: 'HW511',
  slug: 'fastcgi-server-root',
  summary: 'The ServerRoot of a FastCGI server does not hold the sites that use it.',
  explanation:
    'ServerRoot is the directory in which the application runs as its root, so every host that uses it must have its ' +
    'WebsiteRoot there or below. The comparison is by whole path parts; a slash at the end of ServerRoot spoils it.',
  bad: `${SITE}UseFastCGI = PHP\n${PHP.replace('    Ext', '    ServerRoot = /srv/jail\n    Ext')}`,
  good: `${SITE}UseFastCGI = PHP\n${PHP.replace('    Ext', '    ServerRoot = /var/www\n    Ext')}`,
  source: 'serverconfig.c: check_configuration',
};

export const INCOMPLETE_DIRECTORY: DiagnosticRule = {
  code: 'HW512',
  slug: 'incomplete-directory',
  summary: 'A Directory section without Path or without DirectoryID.',
  explanation:
    'Hiawatha looks for a Path in the first Directory section only. A section without DirectoryID can never be used; ' +
    'before release 10.0 that was how they were written.',
  bad: `${SITE}Directory {\n    Path = /files\n}\n`,
  good: `${SITE}UseDirectory = files\nDirectory {\n    DirectoryID = files\n    Path = /files\n}\n`,
  source: 'serverconfig.c: read_main_configfile',
};

export const CERTIFICATE: DiagnosticRule = {
  code: 'HW612',
  slug: 'certificate',
  summary:
    'A certificate file is missing, holds no certificate, is expired, or is not for the names it serves.',
  explanation:
    'CAcertificates is loaded while the configuration is read: a file in PEM form, or a directory in which every file is ' +
    'one. Other certificates are loaded when the server starts, so that a wrong one shows only after the restart; ' +
    '`check --fs` looks at them. Such a file holds the private key, the certificate and the chain.',
  bad: `${SITE}CAcertificates = missing.pem\n`,
  good: SITE,
  source: 'tls.c: tls_load_ca_root_certs',
};
