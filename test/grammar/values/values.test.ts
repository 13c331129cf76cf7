/**
 * Every kind of value as a table: what is read from a text, or what is said about it. The inputs stand here, the results in
 * test/cases/values/, one line an input.
 */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MappedText } from '../../../grammar/mapped-text.ts';
import {
  accessList,
  accessListWithLogin,
  monitorAddresses,
} from '../../../grammar/values/access-list.ts';
import { account } from '../../../grammar/values/account.ts';
import { alias } from '../../../grammar/values/alias.ts';
import { backendList } from '../../../grammar/values/backend-list.ts';
import { attempts, banByCgi, flooding } from '../../../grammar/values/ban.ts';
import { caFiles } from '../../../grammar/values/certificate-files.ts';
import { cgiHandler } from '../../../grammar/values/cgi-handler.ts';
import { challenge } from '../../../grammar/values/challenge.ts';
import { credentialFiles } from '../../../grammar/values/credential-files.ts';
import { duration, parseDuration } from '../../../grammar/values/duration.ts';
import { errorHandler } from '../../../grammar/values/error-handler.ts';
import { expirePeriod } from '../../../grammar/values/expire-period.ts';
import { fileMode } from '../../../grammar/values/file-mode.ts';
import { hostnames } from '../../../grammar/values/hostname-list.ts';
import { ipAddress } from '../../../grammar/values/ip-address.ts';
import { ipList } from '../../../grammar/values/ip-list.ts';
import { environmentVariable, header } from '../../../grammar/values/key-value.ts';
import { keyword } from '../../../grammar/values/keyword.ts';
import { logTarget } from '../../../grammar/values/log-target.ts';
import { bindingIds, extensions, ids, names, urlPaths } from '../../../grammar/values/name-list.ts';
import { requestTimes, uploadSpeed } from '../../../grammar/values/number-pair.ts';
import { integer } from '../../../grammar/values/number.ts';
import { absolutePath, directoryPath } from '../../../grammar/values/path.ts';
import { prevention, sqlPrevention } from '../../../grammar/values/prevention.ts';
import { requireTls } from '../../../grammar/values/require-tls.ts';
import { serverLoad } from '../../../grammar/values/server-load.ts';
import { serverText } from '../../../grammar/values/server-text.ts';
import { sessionTimeout } from '../../../grammar/values/session-timeout.ts';
import { showIndex } from '../../../grammar/values/show-index.ts';
import { syslog } from '../../../grammar/values/syslog.ts';
import { boundedText, fileName, text } from '../../../grammar/values/text.ts';
import { throttle } from '../../../grammar/values/throttle.ts';
import { tomahawk } from '../../../grammar/values/tomahawk.ts';
import { tunnel } from '../../../grammar/values/tunnel.ts';
import { urlLength } from '../../../grammar/values/url-length.ts';
import { userDirectory } from '../../../grammar/values/user-directory.ts';
import type { ValueProblem, ValueType } from '../../../grammar/values/value-type.ts';
import { yesNo } from '../../../grammar/values/yes-no.ts';

interface Table {
  readonly kind: string;
  readonly type: ValueType<unknown>;
  readonly inputs: readonly string[];
}

const TABLES: readonly Table[] = [
  {
    kind: 'yes-no',
    type: yesNo,
    inputs: [
      'yes',
      'no',
      'true',
      'false',
      'Yes',
      'TRUE',
      'on',
      'Off',
      '1',
      'y',
      'yes,',
      'maybe',
      '',
    ],
  },
  {
    kind: 'integer',
    type: integer({ min: 1, sensibleMax: 1_000_000, unit: 'seconds', factor: 1000 }),
    inputs: [
      '1',
      '60',
      '007',
      '0',
      '1000001',
      '2147483629',
      '2147483630',
      '99999999999',
      '-1',
      '+1',
      '1.5',
      '1 000',
      "1'000'000",
      '0x50',
      '1m',
      '2 hours',
      '10k',
      'x',
      '',
    ],
  },
  {
    kind: 'port',
    type: integer({ min: 1, max: 65_535 }),
    inputs: ['1', '65535', '65536', '0', '80,81', 'http', '080'],
  },
  {
    kind: 'megabytes',
    type: integer({ max: 1024, unit: 'MB', factor: 1_048_576 }),
    inputs: ['0', '1024', '1025', '10M', '10MB', '10 k'],
  },
  {
    kind: 'duration',
    type: duration,
    inputs: [
      '0',
      '60',
      '5m',
      '2h',
      '1d',
      '365d',
      '366d',
      '3650d',
      '3651d',
      '3651m',
      '219060',
      '05m',
      '60s',
      '5M',
      '5 m',
      'm',
      '1w',
      '1 week',
      '1y',
      '-5',
      '5min',
      '2147483630',
      '',
    ],
  },
  {
    kind: 'positive-duration',
    type: { ...duration, parse: (value, report) => parseDuration(value, report, { min: 1 }) },
    inputs: ['1', '0', '0m', '1m'],
  },
  {
    kind: 'server-load',
    type: serverLoad,
    inputs: [
      '0.7',
      '12',
      '.5',
      '0',
      '-1',
      '0.7abc',
      '1,5',
      '1e2',
      '5.',
      'inf',
      'nan',
      'high',
      '99999',
    ],
  },
  {
    kind: 'keyword',
    type: keyword('hiawatha', 'common', 'extended'),
    inputs: ['common', 'Extended', 'comon', 'combined', ''],
  },
  { kind: 'text', type: text, inputs: ['anything at all', '"quoted"', ''] },
  {
    kind: 'bounded-text',
    type: boundedText(8),
    inputs: ['12345678', '123456789', 'äöüß', 'äöüßx', '🦫🦫', '🦫🦫1'],
  },
  {
    kind: 'file-name',
    type: fileName,
    inputs: [
      'index.php',
      'x'.repeat(32),
      'x'.repeat(33),
      'a/index.html',
      'index.php, index.html',
      'my file.html',
      '',
    ],
  },
  {
    kind: 'server-text',
    type: serverText,
    inputs: ['none', 'NONE', 'null', 'Apache', 'x'.repeat(127), 'x'.repeat(128)],
  },
  { kind: 'url-length', type: urlLength, inputs: ['none', 'None', '0', '1000', '-1', '1k'] },
  {
    kind: 'absolute-path',
    type: absolutePath,
    inputs: ['/var/log/x', '/', 'log/x', '"/var/log/x"', '~/x', 'none', ''],
  },
  {
    kind: 'directory-path',
    type: directoryPath,
    inputs: [
      '/srv/www',
      '/srv/my site',
      '/',
      '//',
      '/srv/www/',
      '/srv/www//',
      'www',
      '~user/www',
      '',
    ],
  },
  {
    kind: 'user-directory',
    type: userDirectory,
    inputs: ['public_html', 'web/public', '/web', '/a/b', 'web.site', '../x'],
  },
  {
    kind: 'log-target',
    type: logTarget,
    inputs: [
      'none',
      'NONE',
      '/a.log',
      '/a.log, daily',
      '/a.log ,WEEKLY',
      '/a.log, dayly',
      '/a.log, yearly',
      '/a.log,',
      'none, daily',
      'a.log',
      'a.log, daily',
    ],
  },
  {
    kind: 'ip-address',
    type: ipAddress,
    inputs: [
      '0.0.0.0',
      '127.0.0.1',
      '::',
      '::1',
      '2001:DB8::0:1',
      '2001:db8:0:0:1:0:0:1',
      '1:2:3:4:5:6:7:8',
      '::ffff:1.2.3.4',
      '1::2::3',
      '1:2:3',
      '12345::',
      '01.2.3.4',
      '1.2.3',
      '10.0.0.256',
      '[::1]',
      '127.0.0.1:80',
      'localhost',
      'eth0',
      '*',
      'fe80::1%eth0',
      '',
    ],
  },
  {
    kind: 'ip-list',
    type: ipList,
    inputs: [
      '10.0.0.1',
      '10.0.0.1, ::1',
      '10.0.0.0/8',
      '10.0.0.1/8',
      '10.0.0.1/99',
      '::1/129',
      'all',
      'proxy.example',
      '10.0.0.1,',
      '10.0.0.1/x',
      '10.0.0.1/',
    ],
  },
  {
    kind: 'access-list',
    type: accessList,
    inputs: [
      'allow 10.0.0.0/8, deny all',
      'ALLOW 10.0.0.1, Deny ALL',
      'deny  ::1',
      'deny fe80::/10',
      'deny 10.0.0.0/0',
      'deny 10.1.2.3/8',
      'deny 10.0.0.1 /24',
      'pwd all',
      'deny 10.0.0.0/33',
      'deny ::1/129',
      'deny 10.0.0.0/255.0.0.0',
      'deny 10.0.0.0/255.0.255.0',
      'deny 10.0.0',
      'deny [::1]',
      'deny:10.0.0.1',
      'deny 1.1.1.1,',
      ',deny 1.1.1.1',
      'deny 1.1.1.1,,deny 2.2.2.2',
      'deny\t10.0.0.1',
      '10.0.0.1',
      'deny',
      'deny localhost',
      'deny 10.0.0.1/',
      'deny 10.0.0.1/x',
      'reject all',
    ],
  },
  {
    kind: 'access-list-with-login',
    type: accessListWithLogin,
    inputs: ['allow 192.168.0.0/16, pwd all', 'require all'],
  },
  {
    kind: 'monitor-addresses',
    type: monitorAddresses,
    inputs: ['127.0.0.1', '10.0.0.0/8', 'all', 'monitor.example'],
  },
  { kind: 'names', type: names, inputs: ['a', 'a, b c', 'a,,b', ',', 'a,', ' '] },
  {
    kind: 'extensions',
    type: extensions,
    inputs: ['php, php5', '.php', '*.php', 'tar.gz', 'php:html', 'php html', 'PHP', 'php,'],
  },
  { kind: 'ids', type: ids, inputs: ['PHP', 'my files, other', ',', 'a,,b', 'a,'] },
  { kind: 'binding-ids', type: bindingIds, inputs: ['LAN', 'LAN,'] },
  { kind: 'url-paths', type: urlPaths, inputs: ['/', '/a, /b/', 'files', '/a,', 'http://x/a'] },
  {
    kind: 'hostnames',
    type: hostnames,
    inputs: [
      'a.example, *.B.example',
      'a,,b',
      'http://www.example.org',
      'www.example.org/blog',
      'www.example.org:8080',
    ],
  },
  {
    kind: 'account',
    type: account,
    inputs: [
      'www-data',
      '65534:65534',
      '12345',
      'u:g1,g2',
      'u:g1, g2',
      'root',
      '0:0',
      'u:0',
      'u:root',
      'u:',
      ':g',
      'u:g,',
      'a b',
      '-x',
      '2147483630',
    ],
  },
  {
    kind: 'cgi-handler',
    type: cgiHandler,
    inputs: [
      '/usr/bin/php-cgi:php,php5',
      '/usr/bin/php-cgi : php , phtml',
      '/usr/bin/php-cgi',
      '/usr/bin/php-cgi:',
      ':php',
      '/usr/bin/php-cgi -n:php',
      '/usr/bin/php-cgi:php:html',
      '/usr/bin/php-cgi:.php',
    ],
  },
  {
    kind: 'flooding',
    type: flooding,
    inputs: [
      '10/1:15',
      '10 / 1m : 15',
      '10/1:15m',
      '0/1:15',
      '10/0:15',
      '10/1:0',
      '10/1',
      '10:1/15',
      'x',
    ],
  },
  { kind: 'attempts', type: attempts, inputs: ['3:120', '3:2m', '0:120', '3:0', '3', '3:120:1'] },
  {
    kind: 'ban-by-cgi',
    type: banByCgi,
    inputs: ['yes', 'no', 'yes, 300', 'yes, 5m', 'no, 300', 'yes, 0', '300', 'Yes, 5m'],
  },
  {
    kind: 'challenge',
    type: challenge,
    inputs: [
      '200, httpheader, 60',
      '200, javascript, 60, s3cret',
      '200, httpheader, 60, a, b',
      '200, httpheader',
      '200, HttpHeader, 60',
      '200, cookie, 60',
      '200, httpheader, 1m',
      '0, httpheader, 0',
      '200, httpheader, 60,',
    ],
  },
  {
    kind: 'throttle',
    type: throttle,
    inputs: [
      'audio/mpeg:30',
      'Audio/:30',
      '.mp:50',
      'mp3:30',
      '.mp3:0',
      '.mp3:30k',
      '.mp3',
      '/:1',
      '.:1',
    ],
  },
  {
    kind: 'syslog',
    type: syslog,
    inputs: [
      'system, access',
      'all',
      'system; web1',
      'error, error',
      'System',
      'none',
      'system,',
      'system access',
      'all;',
      'all; a; b',
    ],
  },
  {
    kind: 'tunnel',
    type: tunnel,
    inputs: [
      '127.0.0.1',
      '127.0.0.1, ::1; code',
      'dXNlcjpwYXNz',
      '10.0.0.300',
      '10.0.0.300; code',
      '127.0.0.1;',
      '; code',
      '10.0.0.1/8',
    ],
  },
  {
    kind: 'require-tls',
    type: requireTls,
    inputs: [
      'yes',
      'no',
      'no, 31d',
      'yes, 2678400',
      'yes, 31d; includeSubDomains',
      'yes, 31d; INCLUDESUBDOMAINS; Preload',
      'yes, 31d; preload',
      'yes, 31d; preload; includeSubDomains',
      'yes, 31d; preload; junk',
      'yes, 31d; includeSubDomains; junk',
      'yes, 31d;',
      'yes, 31d; includeSubDomains;',
      'yes, 0',
      'yes; includeSubDomains',
      'yes, 31d, includeSubDomains',
      'yes, 1y',
      'yes, 3650d',
      'Yes, 31d',
    ],
  },
  {
    kind: 'environment-variable',
    type: environmentVariable,
    inputs: ['A = b', 'A=', 'A = b = c', 'A', '= b'],
  },
  {
    kind: 'header',
    type: header,
    inputs: ['X-Test: 1', 'A: b:c', 'X-Test', 'X-Test:', ': value', 'X Test: 1'],
  },
  {
    kind: 'alias',
    type: alias,
    inputs: [
      '/doc:/usr/share/doc',
      '/doc : /usr/share/doc',
      '/doc',
      'doc:/x',
      '/doc/:/x',
      '/doc:/x/',
      '/:/x',
      '/a:/b:/c',
    ],
  },
  {
    kind: 'error-handler',
    type: errorHandler,
    inputs: [
      '404:/x.php?code=404',
      '401 : /x',
      '500:/x',
      '404:x.html',
      '404:',
      '404 /x',
      `404:/${'x'.repeat(127)}`,
      `404:/${'x'.repeat(128)}`,
      '404,403:/x',
      '404:http://x',
    ],
  },
  {
    kind: 'credential-files',
    type: credentialFiles,
    inputs: [
      'basic:/pw',
      'Digest:/pw, /grp',
      'none',
      'None, /grp',
      ',/grp',
      '/pw',
      'ldap:/pw',
      'basic:',
      'basic:/pw,',
      '',
    ],
  },
  { kind: 'file-mode', type: fileMode, inputs: ['640', '0640', '64', '999', '777', '662', 'rw-'] },
  {
    kind: 'show-index',
    type: showIndex,
    inputs: ['no', 'yes', 'xml', '/x.xslt', 'x.xslt', 'true', 'false', 'Yes'],
  },
  {
    kind: 'request-times',
    type: requestTimes,
    inputs: ['30', '5, 30', '0', '0, 30', '5, 30, 60', '5 30', '1m', '100000'],
  },
  {
    kind: 'upload-speed',
    type: uploadSpeed,
    inputs: ['20,4', '20 , 4', '20', '0,4', '20,0', '20,4,1'],
  },
  {
    kind: 'ca-files',
    type: caFiles,
    inputs: ['ca.pem', 'ca.pem, crl.pem', 'ca.pem,', ', crl.pem'],
  },
  {
    kind: 'expire-period',
    type: expirePeriod,
    inputs: [
      '2 weeks',
      '1 Day',
      '1 month',
      '0 seconds',
      '2 weeks, public',
      '1 day, Private',
      '2 DAYS',
      '2weeks',
      '3600',
      '1 year',
      '2 weks',
      '2 weeks, no-cache',
      '2 weeks public',
      '1.5 days',
      '2 weekss',
      '2147483629 weeks',
    ],
  },
  {
    kind: 'backend-list',
    type: backendList,
    inputs: [
      '127.0.0.1:9000',
      '/run/php.sock',
      '[::1]:9000',
      '::1.9000',
      '[127.0.0.1]:9000',
      '127.0.0.1 : 9000',
      '127.0.0.1:9000, /run/x.sock',
      '::1:9000',
      '127.0.0.1.9000',
      'localhost:9000',
      'php:9000',
      '127.0.0.1',
      '127.0.0.1:0',
      '127.0.0.1:65536',
      '127.0.0.1 9000',
      'unix:/run/x.sock',
      'unix:///run/x.sock',
      'tcp://127.0.0.1:9000',
      '127.0.0.1:9000,',
      ',,',
      '[::1:9000',
      '127.0.0.1:x',
    ],
  },
  {
    kind: 'session-timeout',
    type: sessionTimeout,
    inputs: ['30', '0', '-1', '30m', '525601', '35791394', '35791395', '71582789'],
  },
  {
    kind: 'tomahawk',
    type: tomahawk,
    inputs: [
      '8181, 5ebe2294ecd0e0f08eab7690d2a6ee69',
      '8181',
      '8181,',
      '70000, x',
      '8181, secret',
      '0, x',
    ],
  },
  {
    kind: 'prevention',
    type: prevention,
    inputs: [
      'no',
      'detect',
      'prevent',
      'block',
      'Block',
      'yes',
      'true',
      'false',
      'blok',
      'prevent, x',
    ],
  },
  {
    kind: 'sql-prevention',
    type: sqlPrevention,
    inputs: ['block', 'yes', 'block, whatever', 'prevent, 403', 'Block, 403'],
  },
];

function describeReading(type: ValueType<unknown>, input: string): string {
  const file = { path: 'value', text: input };
  const problems: ValueProblem[] = [];
  const value = MappedText.verbatim(file, 0, input.length);
  const result = type.parse(value, (problem) => {
    // What only older releases do not know is no problem.
    if (problem.until === undefined) problems.push(problem);
  });
  const read = result.ok ? JSON.stringify(result.value, withoutSpan) : 'refused';
  return [
    `${JSON.stringify(input)} -> ${read}`,
    ...problems.map((one) => describeProblem(one, value)),
  ].join('\n');
}

function withoutSpan(key: string, value: unknown): unknown {
  return key === 'span' ? undefined : value;
}

function describeProblem(problem: ValueProblem, value: MappedText): string {
  const { rule, severity, message, start, end, notes = [], acceptedByHiawatha } = problem;
  const fix = problem.fix?.(value.spanOf(start, end)) ?? null;
  const edited = fix?.edits.reduceRight(
    (text, edit) => text.slice(0, edit.span.start) + edit.text + text.slice(edit.span.end),
    value.text,
  );
  return [
    `    ${severity} ${rule.code} at ${JSON.stringify(value.text.slice(start, end))}: ${message}${severity === 'error' && acceptedByHiawatha === true ? ' (Hiawatha accepts it)' : ''}`,
    ...notes.map((note) => `        ${note.message}`),
    ...(fix === null
      ? []
      : [`        ${fix.safe ? 'safe' : 'unsafe'} fix: ${JSON.stringify(edited)}`]),
  ].join('\n');
}

describe('values', () => {
  test.each(TABLES)('$kind', async ({ kind, type, inputs }) => {
    const readings = inputs.map((input) => describeReading(type, input));
    await expect(`${readings.join('\n')}\n`).toMatchFileSnapshot(
      join(import.meta.dirname, `../../cases/values/${kind}.txt`),
    );
  });

  test.each(TABLES)(
    'a refused $kind is reported as an error, inside the value',
    ({ type, inputs }) => {
      for (const input of inputs) {
        const problems: ValueProblem[] = [];
        const value = MappedText.verbatim({ path: 'value', text: input }, 0, input.length);
        const result = type.parse(value, (problem) => {
          // What only older releases do not know is no problem.
          if (problem.until === undefined) problems.push(problem);
        });
        const hasError = problems.some(({ severity }) => severity === 'error');
        expect(result.ok && hasError, input).toBe(false);
        expect(!result.ok && !hasError, input).toBe(false);
        for (const { start, end } of problems) {
          expect(start, input).toBeGreaterThanOrEqual(0);
          expect(end, input).toBeGreaterThanOrEqual(start);
          expect(end, input).toBeLessThanOrEqual(input.length);
        }
      }
    },
  );
});
