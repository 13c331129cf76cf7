/**
 * What is odd in the language and what is said of it: refused as Hiawatha does, refused though Hiawatha takes it ("of
 * ours"; with `--compat` these are no errors), or taken with a warning. docs/differences.md names these tests.
 */
import { describe, expect, test } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import type { Environment } from '../../compiler/lint/environment.ts';
import { mapSourceLoader } from '../support/map-source-loader.ts';
import { SCRIPTED_ENVIRONMENT } from '../support/scripted-environment.ts';

const BINDING = 'Binding {\n\tBindingId = b\n\tPort = 80\n}\n';
const SITE = 'Hostname = 127.0.0.1\nWebsiteRoot = /srv/www\nAccessLogfile = none\n';

function top(line: string): string {
  return `${line}\n${BINDING}${SITE}`;
}

function host(lines: string): string {
  return `${BINDING}${SITE}VirtualHost {\nHostname = a.example\nWebsiteRoot = /srv/a\nAccessLogfile = none\n${lines}\n}\n`;
}

function rules(lines: string): string {
  return `${host('UseToolkit = t')}UrlToolkit {\nToolkitID = t\n${lines}\n}\nUrlToolkit {\nToolkitID = u\nDo Return\n}\n`;
}

function cgi(lines: string, more = ''): string {
  return `${host(`UseFastCGI = f${more}`)}FastCGIserver {\nFastCGIid = f\n${lines}\n}\n`;
}

function dir(lines: string): string {
  return `${host('UseDirectory = d')}Directory {\nDirectoryID = d\n${lines}\n}\n`;
}

/** Files that configurations name. */
const FILES = {
  'mimetype.conf': '',
  junk: 'junk\n',
  'a.conf': 'Include b.conf\n',
  'b.conf': '',
  'sites/site.conf': '# a site\n',
  'sites/README': '# the sites\n',
  'notes/README': 'The sites live here.\n',
};

/** Beside the point: ids that the test needs no user for. */
const BESIDE_THE_POINT = 'HW507';

function find(text: string, environment?: Environment): readonly string[] {
  const loader = mapSourceLoader({ ...FILES, 'hiawatha.conf': text });
  const options = environment === undefined ? {} : { environment };
  const found = compile(loader, 'hiawatha.conf', options).diagnostics.filter(
    ({ code }) => code !== BESIDE_THE_POINT,
  );
  const words = found.map(({ code, severity, acceptedByHiawatha }) =>
    severity === 'error' && acceptedByHiawatha ? `${code} error of ours` : `${code} ${severity}`,
  );
  return [...new Set(words)].sort();
}

const QUIRKS = [
  { name: 'a tab as separator', text: top('ConnectionsTotal\t= 80'), found: ['HW101 error'] },
  {
    name: 'a tab in front of a number',
    text: top('ConnectionsTotal =\t80'),
    found: ['HW101 error'],
  },
  {
    name: 'a tab in front of a list',
    text: host('UseDirectory =\td') + 'Directory {\n\tDirectoryID = d\n\tPath = /x\n}\n',
    found: ['HW101 warning'],
  },
  {
    name: 'a line that is read in two pieces',
    text: top('ServerString = ' + 'x'.repeat(1100)),
    found: ['HW102 error', 'HW405 error'],
  },
  {
    name: 'a comment that is read in two pieces',
    text: top('# ' + 'x'.repeat(1100)),
    found: ['HW102 error'],
  },
  {
    name: 'a backslash without a blank before it',
    text: top('BanlistMask = deny 10.0.0.1,\\\n deny 10.0.0.2'),
    found: ['HW103 error'],
  },
  {
    name: 'a blank behind the backslash',
    text: top('BanlistMask = deny 10.0.0.1, \\ \n deny 10.0.0.2'),
    found: ['HW103 error'],
  },
  {
    name: 'a tab before the backslash',
    text: top('BanlistMask = deny 10.0.0.1,\t\\\n deny 10.0.0.2'),
    found: ['HW103 error'],
  },
  {
    name: 'a comment that swallows the next line',
    text: top('# x \\\nConnectionsTotal = 5'),
    found: ['HW104 warning'],
  },
  {
    name: 'words that a continuation glues together',
    text: top('ConnectionsTotal = 1 \\\n0'),
    found: ['HW103 warning'],
  },
  {
    name: 'a backslash on the last line',
    text: BINDING + SITE + 'ServerString = x \\',
    found: ['HW103 warning'],
  },
  { name: 'a byte order mark', text: '\uFEFF' + top(''), found: ['HW105 error'] },
  {
    name: 'a hash that cuts a value',
    text: host('CustomHeaderClient = X-A: b #c'),
    found: ['HW106 warning'],
  },
  {
    name: 'a hash that leaves nothing of a value',
    text: top('ServerString = #c'),
    found: ['HW106 error'],
  },
  {
    name: 'a hash that is part of a value',
    text: top('KickOnBan = yes# x'),
    found: ['HW106 error'],
  },
  {
    name: 'a hash that cuts the action off a rule',
    text: BINDING + SITE + 'UseToolkit = t\nUrlToolkit {\nToolkitID = t\nMatch ^/a #x Exit\n}\n',
    found: ['HW106 error'],
  },
  {
    name: 'RequireTLS on the default host, without a binding that speaks TLS',
    text: top('RequireTLS = yes'),
    found: ['HW510 error'],
  },
  { name: 'quotes in a text', text: top('ServerString = "x"'), found: ['HW109 warning'] },
  { name: 'quotes around a path', text: host('ErrorLogfile = "/x"'), found: ['HW109 error'] },
  {
    name: 'quotes around an expression',
    text: rules('Match "^/x" Exit'),
    found: ['HW109 warning'],
  },
  { name: 'a line that ends in a brace', text: top('ServerString = x {'), found: ['HW107 error'] },
  { name: 'two equals signs', text: top('ConnectionsTotal == 5'), found: ['HW112 error'] },
  {
    name: 'Include with blanks around the equals sign',
    text: top('Include = b.conf'),
    found: ['HW302 error'],
  },
  { name: 'Include with two blanks', text: top('Include  b.conf'), found: ['HW302 error'] },
  {
    name: 'Include with an equals sign alone',
    text: top('Include=b.conf'),
    found: ['HW302 warning'],
  },
  {
    name: 'a README of comments in an included directory',
    text: top('Include sites'),
    found: ['HW304 warning'],
  },
  {
    name: 'a README of sentences in an included directory',
    text: top('Include notes'),
    found: ['HW304 error'],
  },
  { name: 'a nested Include', text: top('Include a.conf'), found: ['HW303 error'] },
  {
    name: 'variables with names that stand in words',
    text: top('set srv = www\nset 80 = 81'),
    found: ['HW202 warning'],
  },
  {
    name: 'a second equals sign in a definition',
    text: top('set NAME == 5\nServerString = NAME'),
    found: ['HW112 warning'],
  },
  {
    name: 'a secret of which only the beginning counts',
    text: top('ChallengeClient = 200, httpheader, 60, abcdefghijklmnopqrstu'),
    found: ['HW411 warning'],
  },
  {
    name: 'a blank in the place of the colon of CGIhandler',
    text: host('ExecuteCGI = yes') + 'CGIhandler = /usr/bin/php-cgi php\n',
    found: ['HW404 error'],
  },
  {
    name: 'a variable that is defined twice',
    text: top('set NAME = 1\nset NAME = 2\nConnectionsTotal = NAME'),
    found: ['HW201 warning'],
  },
  {
    name: 'CONFIG_DIR defined again',
    text: top('set CONFIG_DIR = /x\nSystemLogfile = CONFIG_DIR/y'),
    found: ['HW207 warning'],
  },
  {
    name: 'a variable that uses a later one',
    text: top('set OUTER = INNER\nset INNER = 5\nConnectionsTotal = OUTER'),
    found: ['HW203 error of ours', 'HW404 error'],
  },
  {
    name: 'an empty variable',
    text: top('set EMPTY =\nServerString = xEMPTY'),
    found: ['HW204 warning', 'HW206 warning'],
  },
  { name: 'a variable without name', text: top('set = x = y'), found: ['HW206 warning'] },
  {
    name: 'more than a hundred occurrences of a variable',
    text: top('set NAME = y\nServerString = ' + 'NAME '.repeat(101)),
    found: ['HW205 error of ours', 'HW405 error'],
  },
  {
    name: 'a second Directory without Path',
    text: dir('Path = /x') + 'Directory {\n\tDirectoryID = e\n}\n',
    found: ['HW512 error of ours'],
  },
  {
    name: 'a Directory without DirectoryID',
    text: BINDING + SITE + 'Directory {\n\tPath = /x\n}\n',
    found: ['HW512 warning'],
  },
  { name: 'an unknown id in UseToolkit', text: host('UseToolkit = zz'), found: ['HW503 error'] },
  {
    name: 'an unknown id in RequiredBinding',
    text: host('RequiredBinding = zz'),
    found: ['HW504 error of ours'],
  },
  {
    name: 'an unknown id in UseFastCGI of a rule',
    text: rules('Match ^/ UseFastCGI zz'),
    found: ['HW505 error of ours'],
  },
  {
    name: 'two sections with one id',
    text:
      cgi('ConnectTo = 127.0.0.1:9000\nExtension = php') +
      'FastCGIserver {\n\tFastCGIid = f\n\tConnectTo = 127.0.0.1:9001\n\tExtension = php\n}\n',
    found: ['HW506 warning'],
  },
  {
    name: 'two ToolkitID lines in a section',
    text: rules('ToolkitID = t\nDo Return'),
    found: ['HW406 warning'],
  },
  {
    name: 'two bindings on one address and port',
    text: BINDING + BINDING.replace('= b', '= c') + SITE,
    found: ['HW508 error of ours'],
  },
  {
    name: 'host names that no request carries',
    text: host('Hostname = b.example:80, c .example, d.*.example, e.example.'),
    found: ['HW604 warning', 'HW605 warning'],
  },
  {
    name: 'a wildcard as first name',
    text: host('Hostname = x').replace('a.example', '*.a.example'),
    found: ['HW603 warning'],
  },
  {
    name: 'an empty item in a list of names',
    text: host('Hostname = b.example,,c.example'),
    found: ['HW410 warning'],
  },
  { name: 'an empty item in Path', text: dir('Path = /a,,/b'), found: ['HW410 error of ours'] },
  {
    name: 'an empty item in a list of addresses',
    text: top('BanlistMask = deny 10.0.0.1,,deny 10.0.0.2'),
    found: ['HW410 error'],
  },
  {
    name: 'HideProxy with host bits or a mask that is too long',
    text: top('HideProxy = 10.0.0.1/8, 10.0.0.0/99'),
    found: ['HW901 warning', 'HW902 warning'],
  },
  {
    name: 'a mistyped address in TunnelSSH',
    text: top('TunnelSSH = 10.0.0.300'),
    found: ['HW903 warning', 'HW904 warning'],
  },
  {
    name: 'a unit in the ban time of BanOnFlooding',
    text: top('BanOnFlooding = 10/1:15m'),
    found: ['HW404 error'],
  },
  {
    name: 'a number above the limit of its unit',
    text: top('BanOnMaxPerIP = 3651m'),
    found: ['HW405 error'],
  },
  { name: 'a word in the wrong case', text: top('KickOnBan = Yes'), found: ['HW409 error'] },
  { name: 'leading zeros', text: top('ConnectionsTotal = 0100'), found: ['HW412 warning'] },
  {
    name: 'text behind MaxServerLoad',
    text: top('MaxServerLoad = 0.7abc'),
    found: ['HW412 warning'],
  },
  {
    name: 'a decimal comma in MaxServerLoad',
    text: top('MaxServerLoad = 1,5'),
    found: ['HW412 warning'],
  },
  {
    name: 'a MaxServerLoad without end',
    text: top('MaxServerLoad = inf'),
    found: ['HW412 warning'],
  },
  {
    name: 'blanks around the signs of a limit',
    text: top('BanOnFlooding = 10 / 1 : 15'),
    found: [],
  },
  {
    name: 'a port above 65535',
    text: cgi('ConnectTo = 127.0.0.1:65536\nExtension = php'),
    found: ['HW708 error of ours'],
  },
  {
    name: 'a port of a WebSocket above 65535',
    text: host('WebSocket = ws://127.0.0.1:65536 *'),
    found: ['HW708 error of ours'],
  },
  {
    name: 'a SessionTimeout that overflows',
    text: cgi(
      'ConnectTo = 127.0.0.1:9000, 127.0.0.1:9001\nExtension = php\nSessionTimeout = 35791395',
    ),
    found: ['HW405 error'],
  },
  {
    name: 'a second value of PreventSQLi',
    text: host('PreventSQLi = block, x'),
    found: ['HW411 warning'],
  },
  {
    name: 'text behind preload',
    text: host('RequireTLS = no, 1d; preload; x'),
    found: ['HW411 warning', 'HW613 warning', 'HW912 warning'],
  },
  {
    name: 'an AlterMode that is no octal number',
    text: host('AlterMode = 999'),
    found: ['HW923 warning'],
  },
  {
    name: 'a blank between groups of ServerId',
    text: top('ServerId = www-data:a, b'),
    found: ['HW922 error'],
  },
  {
    name: 'AlterList behind AccessList in a Directory',
    text: dir('Path = /x\nAccessList = allow 10.0.0.1\nAlterList = deny all'),
    found: ['HW907 warning'],
  },
  {
    name: 'ExecuteCGI = no behind UseFastCGI',
    text: cgi('ConnectTo = 127.0.0.1:9000\nExtension = php', '\nExecuteCGI = no'),
    found: ['HW701 warning'],
  },
  {
    name: 'Rewrite without replacement',
    text: rules('Match x Rewrite'),
    found: ['HW802 error of ours'],
  },
  {
    name: 'Redirect with a code only',
    text: rules('Match x Redirect 302'),
    found: ['HW803 error of ours'],
  },
  { name: 'Method with Call', text: rules('Method GET Call u'), found: ['HW801 error of ours'] },
  {
    name: 'TotalConnections with Redirect',
    text: rules('TotalConnections 5 Redirect /x'),
    found: ['HW804 error of ours'],
  },
  {
    name: 'a toolkit that goes to itself',
    text: rules('Match ^/x Goto t'),
    found: ['HW805 error of ours'],
  },
  {
    name: 'toolkits that call each other',
    text: `${rules('Match ^/x Call v')}UrlToolkit {\nToolkitID = v\nMatch ^/x Call t\n}\n`,
    found: ['HW805 error of ours'],
  },
  {
    name: 'words behind an action without arguments',
    text: rules('Do Exit now'),
    found: ['HW411 warning'],
  },
  {
    name: 'a colon behind the field of Header',
    text: rules('Header User-Agent: x Exit'),
    found: ['HW404 error of ours'],
  },
  {
    name: 'Perl classes in an expression',
    text: rules('Match \\d Exit'),
    found: ['HW809 warning'],
  },
  {
    name: 'lazy repetition in an expression',
    text: rules('Match ^/a.*?b Exit'),
    found: ['HW809 warning'],
  },
  { name: 'a negated Redirect', text: rules('Match !^/x Redirect /y'), found: [] },
  {
    name: 'a group of a negated expression',
    text: rules('Match !^/(x) Redirect /y$1'),
    found: ['HW810 warning'],
  },
  {
    name: 'a WebSocket path as prefix',
    text: host('WebSocket = ws://127.0.0.1:8000 /chat'),
    found: ['HW914 warning'],
  },
  {
    name: 'directives that are in no manual',
    text: host('CustomHeader = X-A: b\nPreventXSRF = no\nSecureURL = no\nUseRProxy = no'),
    found: ['HW407 warning'],
  },
  {
    name: 'a rule that is in no manual',
    text: rules('UseSSL Exit'),
    found: ['HW407 warning'],
  },
  {
    name: 'a system directory as WorkDirectory',
    text: top('WorkDirectory = /tmp'),
    found: ['HW919 error of ours'],
  },
  { name: 'an empty file name', text: host('PasswordFile = basic:'), found: ['HW404 warning'] },
  {
    name: 'a comma in StartFile',
    text: host('StartFile = a.html, b.html'),
    found: ['HW404 warning'],
  },
  { name: 'a Path without slash', text: dir('Path = x'), found: ['HW404 warning'] },
  {
    name: 'an empty Path item at the end',
    text: dir('Path = /x,'),
    found: ['HW410 error of ours'],
  },
  { name: 'an empty item in UseFastCGI', text: host('UseFastCGI = a,,b'), found: ['HW410 error'] },
  {
    name: 'a mimetype file with nonsense',
    text: top('MimetypeConfig = junk'),
    found: ['HW404 warning'],
  },
  {
    name: 'a directory as mimetype file',
    text: top('MimetypeConfig = sites'),
    found: ['HW404 warning'],
  },
] as const;

describe('quirks', () => {
  test.each(QUIRKS)('$name', ({ text, found }) => {
    expect(find(text)).toEqual(found);
  });

  test('a certificate that is missing, where somebody looks', () => {
    const text = `Binding {\nPort = 443\nTLScertFile = missing.pem\n}\n${SITE}`;
    expect(find(text)).toEqual([]);
    expect(find(text, SCRIPTED_ENVIRONMENT)).toContain('HW612 warning');
  });
});
