/** Catalogue rows raised for regular expressions. */
import type { DiagnosticRule } from '../diagnostic.ts';

const SITE = 'Hostname = 127.0.0.1\nWebsiteRoot = /var/www/site\nBinding {\n    Port = 8080\n}\n';

function site(expression: string): string {
  return `${SITE}DenyBody = ${expression}\n`;
}

export const FOREIGN_REGEX: DiagnosticRule = {
  code: 'HW809',
  slug: 'foreign-regex',
  summary: 'A regular expression is written for another dialect.',
  explanation:
    'Hiawatha gives expressions to the C library: POSIX extended regular expressions. Much of what Perl, PHP and JavaScript ' +
    'know is refused there (`(?:…)`, `(?i)`, look-around), and some of it means something else: `\\d` is the letter d, and ' +
    '`.*?` is as greedy as `.*`. Additions of the GNU C library such as `\\w` work on Linux alone.',
  bad: site('id=\\d+'),
  good: site('id=[0-9]+'),
  source: 'POSIX.1-2017 XBD 9.4; glibc 2.36 regcomp, measured',
};

export const UNRUNNABLE_REGEX: DiagnosticRule = {
  code: 'HW817',
  slug: 'unrunnable-regex',
  summary: 'A regular expression that cannot be matched in bounded time.',
  explanation:
    'A server has to match every request in a time that no client can stretch. Expressions with back references to long or ' +
    'optional groups, and those that repeat a part thousands of times, do not allow that; the C library that Hiawatha ' +
    'uses runs them all the same. Write the alternatives out, or repeat less.',
  bad: site('(.*)=\\1'),
  good: site('(a|b)=[ab]'),
  source: 'differs from Hiawatha: see docs/differences.md',
};
