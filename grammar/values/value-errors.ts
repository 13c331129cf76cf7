/** Catalogue rows raised while values are read. */
import type { DiagnosticRule } from '../diagnostic.ts';

const SKELETON = 'Hostname = 127.0.0.1\nWebsiteRoot = /var/www/site\n';
const BINDING = 'Binding {\n    Port = 8080\n}\n';

/** The smallest configuration that compiles, with some top-level lines in front. */
function withLines(lines: string): string {
  return `${lines}\n${SKELETON}${BINDING}`;
}

/** The same with lines inside the binding. */
function withBinding(lines: string): string {
  return `${SKELETON}Binding {\n    ${lines.replaceAll('\n', '\n    ')}\n}\n`;
}

export const REMOVED: DiagnosticRule = {
  code: 'HW402',
  slug: 'removed',
  summary: 'A directive, value or spelling of an older release.',
  explanation:
    'Hiawatha 11.5 no longer knows this name, value or form. The message says what replaced it and since when; where the ' +
    'replacement means the same, `check --fix` writes it.',
  bad: withLines('ServerKey = site.pem'),
  good: `${SKELETON}Binding {\n    Port = 8080\n    TLScertFile = site.pem\n}\n`,
  source: 'ChangeLog of Hiawatha',
};

export const INVALID_VALUE: DiagnosticRule = {
  code: 'HW404',
  slug: 'invalid-value',
  summary: 'A value is not of the type its directive takes, or is of the type but makes no sense.',
  explanation:
    'Every directive takes values of one type; docs/directives.md lists it. Hiawatha stops with `Syntax error` at a value ' +
    'that does not fit. It accepts some values that cannot do what they seem to say; those are warnings.',
  bad: withLines('TimeForCGI = 1m'),
  good: withLines('TimeForCGI = 60'),
  source: 'serverconfig.c',
};

export const OUT_OF_RANGE: DiagnosticRule = {
  code: 'HW405',
  slug: 'out-of-range',
  summary: 'A number is outside the range of its directive, or absurdly large.',
  explanation:
    'Hiawatha refuses numbers outside the range. Its largest number is 2147483629 everywhere, so it accepts many that no ' +
    'machine can honour or that overflow later; those are warnings, or errors where the result would be wrong.',
  bad: withBinding('Port = 65536'),
  good: withBinding('Port = 6553'),
  source: 'libstr.c: str_to_int',
};

export const UNDOCUMENTED: DiagnosticRule = {
  code: 'HW407',
  slug: 'undocumented',
  summary: 'A directive or value that works but is in no manual.',
  explanation:
    'Hiawatha knows this name, but its manual does not: an old alias, or a switch that was never announced. Such names ' +
    'disappear without notice. Use the documented name where there is one.',
  bad: withLines('CustomHeader = X-Frame-Options: DENY'),
  good: withLines('CustomHeaderClient = X-Frame-Options: DENY'),
  source: 'serverconfig.c',
};

export const WRONG_CASE: DiagnosticRule = {
  code: 'HW409',
  slug: 'wrong-case',
  summary: 'A word in the wrong case.',
  explanation:
    'Names of directives may be written in any case, but most values may not: `Yes` is no boolean, and an extension `PHP` ' +
    'does not match `index.php`. Write words in lower case.',
  bad: withLines('KickOnBan = Yes'),
  good: withLines('KickOnBan = yes'),
  source: 'serverconfig.c: parse_yesno',
};

export const EMPTY_ITEM: DiagnosticRule = {
  code: 'HW410',
  slug: 'empty-item',
  summary: 'An empty item of a list, or an empty part of a value.',
  explanation:
    'Two commas in a row, or a comma at the end, make an empty item. Some lists refuse it; others keep it, and it matches ' +
    'nothing, or something nobody meant.',
  bad: withLines('BlockExtensions = pem,,key'),
  good: withLines('BlockExtensions = pem, key'),
  source: 'serverconfig.c: parse_charlist',
};

export const IGNORED_TEXT: DiagnosticRule = {
  code: 'HW411',
  slug: 'ignored-text',
  summary: 'Text that Hiawatha does not look at.',
  explanation:
    'The value is complete before this text; Hiawatha drops the rest without a word. Delete it, or write what you meant ' +
    'in a form that counts.',
  bad: withLines('PreventSQLi = block, 403'),
  good: withLines('PreventSQLi = block'),
  source: 'serverconfig.c: host_setting',
};

export const LAX_VALUE: DiagnosticRule = {
  code: 'HW412',
  slug: 'lax-value',
  summary: 'A value that only a lax parser accepts.',
  explanation:
    'Hiawatha reads this value, but not as it is written: leading zeros, text behind a number, a decimal comma. Write the ' +
    'value that counts.',
  bad: withLines('MaxServerLoad = 0.7abc'),
  good: withLines('MaxServerLoad = 0.7'),
  source: 'serverconfig.c: server_setting',
};

export const ADDRESS_NAME: DiagnosticRule = {
  code: 'HW605',
  slug: 'hostname-never-matches',
  summary: 'A host name that no request can carry.',
  explanation:
    'Hiawatha compares the name in the Host header, without port, without a final dot, in lower case. A name with a ' +
    'slash is refused; a name with a port, a blank or a final dot never matches.',
  bad: withLines(
    'VirtualHost {\n    Hostname = http://www.example.org\n    WebsiteRoot = /var/www/www\n}',
  ),
  good: withLines(
    'VirtualHost {\n    Hostname = www.example.org\n    WebsiteRoot = /var/www/www\n}',
  ),
  source: 'serverconfig.c: check_configuration',
};

export const EXTENSION_SYNTAX: DiagnosticRule = {
  code: 'HW704',
  slug: 'extension-syntax',
  summary: 'An extension with a dot, a colon or a blank in it.',
  explanation:
    'Extensions are what follows the last dot of a file name, so they are written without it. One with a dot never ' +
    'matches; one with a colon usually stands for a second program that Hiawatha does not see.',
  bad: withLines('CGIextension = .cgi'),
  good: withLines('CGIextension = cgi'),
  source: 'wigwam.c: check_main_config',
};

export const PORT_ABOVE_LIMIT: DiagnosticRule = {
  code: 'HW708',
  slug: 'port-above-limit',
  summary: 'A back end with a port above 65535.',
  explanation:
    'Ports are 16-bit numbers. Hiawatha does not check the port of a back end; it would connect to the number modulo 65536.',
  bad: withLines(
    'FastCGIserver {\n    FastCGIid = php\n    ConnectTo = 127.0.0.1:90000\n}\nUseFastCGI = php',
  ),
  good: withLines(
    'FastCGIserver {\n    FastCGIid = php\n    ConnectTo = 127.0.0.1:9000\n    Extension = php\n}\nUseFastCGI = php',
  ),
  source: 'ip.c: parse_ip_port',
};

export const SESSION_OVERFLOW: DiagnosticRule = {
  code: 'HW709',
  slug: 'session-timeout',
  summary: 'SessionTimeout that has no use, or overflows.',
  explanation:
    'SessionTimeout keeps a client at one of several back ends; with one back end it has no use. Hiawatha multiplies the ' +
    'minutes by 60 in 32 bits: above 35791394 it refuses some numbers and turns others into a different time.',
  bad: withLines(
    'FastCGIserver {\n    FastCGIid = php\n    ConnectTo = 127.0.0.1:9000, 127.0.0.1:9001\n    Extension = php\n    SessionTimeout = 71582789\n}\nUseFastCGI = php',
  ),
  good: withLines(
    'FastCGIserver {\n    FastCGIid = php\n    ConnectTo = 127.0.0.1:9000, 127.0.0.1:9001\n    Extension = php\n    SessionTimeout = 30\n}\nUseFastCGI = php',
  ),
  source: 'serverconfig.c: fcgi_server_setting',
};

export const HOST_BITS: DiagnosticRule = {
  code: 'HW901',
  slug: 'host-bits',
  summary: 'A network with bits set behind its mask.',
  explanation:
    '`10.1.2.3/8` is the network `10.0.0.0/8`: access lists clear the other bits, HideProxy and TunnelSSH do not, so there ' +
    'the entry matches no client at all. Write the network address, or the address without a mask.',
  bad: withLines('HideProxy = 10.0.0.1/8'),
  good: withLines('HideProxy = 10.0.0.0/8'),
  source: 'serverconfig.c: parse_iplist',
};

export const MASK_OUT_OF_RANGE: DiagnosticRule = {
  code: 'HW902',
  slug: 'mask-out-of-range',
  summary: 'A mask longer than the address.',
  explanation:
    'An IPv4 mask has at most 32 bits, an IPv6 mask 128. HideProxy and TunnelSSH accept more, and the entry then matches ' +
    'in ways nobody can predict.',
  bad: withLines('HideProxy = 10.0.0.1/99'),
  good: withLines('HideProxy = 10.0.0.1/32'),
  source: 'serverconfig.c: parse_iplist',
};

export const TUNNEL_TYPO: DiagnosticRule = {
  code: 'HW903',
  slug: 'tunnel-typo',
  summary: 'A mistyped address in TunnelSSH became a password.',
  explanation:
    'Text that is no address list is taken as the Basic authentication code of TunnelSSH. A mistyped address thus opens the ' +
    'tunnel to everybody who knows that text. Correct the address, or write `address; code`.',
  bad: withLines('TunnelSSH = 10.0.0.300'),
  good: withLines('TunnelSSH = 10.0.0.30'),
  source: 'serverconfig.c: parse_tunnel_ssh',
};

export const SERVER_ID: DiagnosticRule = {
  code: 'HW922',
  slug: 'server-id-groups',
  summary: 'A group list of ServerId that is refused or unusual.',
  explanation:
    'The groups of ServerId are separated by commas without blanks, although the manual prints one. Numbers need no ' +
    'account; names do.',
  bad: withLines('ServerId = www-data:www-data, video'),
  good: withLines('ServerId = www-data:www-data,video'),
  source: 'serverconfig.c: parse_userid',
};

export const FILE_MODE: DiagnosticRule = {
  code: 'HW923',
  slug: 'alter-mode',
  summary: 'An AlterMode that is no octal number, or lets everybody write.',
  explanation:
    'AlterMode is the mode of uploaded files: three octal digits. Hiawatha accepts 8 and 9 and computes a mode nobody ' +
    'wrote. A mode with write permission for others lets every account of the machine change the upload.',
  bad: withLines('AlterMode = 777'),
  good: withLines('AlterMode = 640'),
  source: 'serverconfig.c: parse_mode',
};
