/** Catalogue rows raised while variables are substituted and files included: HW201 to HW399. */
import type { DiagnosticRule } from '../grammar/diagnostic.ts';

const SITE =
  'Binding {\n\tPort = 80\n}\nHostname = 127.0.0.1\nWebsiteRoot = /var/www\nAccessLogfile = none\n';
const SET_SOURCE = 'hiawatha(1), set; order and matching measured with hiawatha -k 11.5';
const INCLUDE_SOURCE = 'hiawatha(1), Include; separators and order measured with hiawatha -k 11.5';

export const VARIABLE_REDEFINED: DiagnosticRule = {
  code: 'HW201',
  slug: 'variable-redefined',
  summary: 'A variable is defined twice.',
  explanation:
    'The manual forbids it, but Hiawatha accepts it: from the second definition on, the newer value is used. If the newer ' +
    'value holds the name itself, the older value is put in there. Give the second variable a name of its own.',
  bad: `set LIMIT = 10\nset LIMIT = 20\n${SITE}ConnectionsTotal = LIMIT\n`,
  good: `set LIMIT = 20\n${SITE}ConnectionsTotal = LIMIT\n`,
  source: SET_SOURCE,
};

export const RISKY_VARIABLE_NAME: DiagnosticRule = {
  code: 'HW202',
  slug: 'risky-variable-name',
  summary: 'The name of a variable is likely to stand in values that do not mean it.',
  explanation:
    'A variable has no mark in front: its name is replaced wherever it stands in a value, also inside longer words. A ' +
    'name that is short, a number, an ordinary word in lower case or has a blank in it will sooner or later hit a path ' +
    'or a host name. Use at least three characters with capital letters, as in `SITE_ROOT`.',
  bad: `set www = /srv/sites\n${SITE}ErrorLogfile = www/error.log\n`,
  good: `set SITES = /srv/sites\n${SITE}ErrorLogfile = SITES/error.log\n`,
  source: SET_SOURCE,
};

export const VARIABLE_ORDER: DiagnosticRule = {
  code: 'HW203',
  slug: 'variable-order',
  summary: 'A variable is used before it is defined, or never.',
  explanation:
    'A variable exists from its definition on, in the order in which files are read. In a value the newest variables are ' +
    'replaced first, so the value of a variable may hold names of older ones, never of newer ones. Move the definition ' +
    'up; remove one that nothing uses.',
  bad: `${SITE}ConnectionsTotal = LIMIT\nset LIMIT = 20\n`,
  good: `set LIMIT = 20\n${SITE}ConnectionsTotal = LIMIT\n`,
  source: SET_SOURCE,
};

export const VARIABLE_INSIDE_WORD: DiagnosticRule = {
  code: 'HW204',
  slug: 'variable-inside-word',
  summary: 'The name of a variable was replaced inside a longer word.',
  explanation:
    'Replacement knows no words: after `set WEB = intranet` the path `/var/WEBSITE` is `/var/intranetSITE`. If this is ' +
    'not meant, give the variable a name that stands nowhere else.',
  bad: `set WEB = intranet\n${SITE}ErrorLogfile = /var/log/WEBSITE.log\n`,
  good: `set WEB = intranet\n${SITE}ErrorLogfile = /var/log/WEB.log\n`,
  source: SET_SOURCE,
};

export const TOO_MANY_OCCURRENCES: DiagnosticRule = {
  code: 'HW205',
  slug: 'too-many-occurrences',
  summary:
    'The name of a variable stands more than a hundred times in one value, or makes it grow without bounds.',
  explanation:
    'Hiawatha replaces up to a hundred occurrences of a name in one value. With more it replaces none at all, silently. ' +
    'Variables that hold each other can also make a value grow beyond any use; this program stops at 64 KiB.',
  bad: `set ABC = 1\n${SITE}ServerString = ${'ABC '.repeat(101).trimEnd()}\n`,
  good: `set ABC = 1\n${SITE}ServerString = ABC\n`,
  source: SET_SOURCE,
};

export const EMPTY_VARIABLE: DiagnosticRule = {
  code: 'HW206',
  slug: 'empty-variable',
  summary: 'A variable has no name or no value.',
  explanation:
    'Hiawatha accepts both. A variable without name, as in `set = NAME = value`, is never replaced. One without value ' +
    'deletes its name from every later value, and may leave a directive with nothing.',
  bad: `set SUFFIX =\n${SITE}ServerString = Server SUFFIX\n`,
  good: `set SUFFIX = one\n${SITE}ServerString = Server SUFFIX\n`,
  source: SET_SOURCE,
};

export const MISPLACED_DEFINITION: DiagnosticRule = {
  code: 'HW207',
  slug: 'misplaced-definition',
  summary: 'A variable is defined inside a section, or `CONFIG_DIR` is defined again.',
  explanation:
    'A definition inside a section is not limited to it: it counts for everything behind it, in all files. Write it at ' +
    'the top of the file. `CONFIG_DIR` is defined beforehand as the directory of the configuration.',
  bad: `${SITE}VirtualHost {\n\tset SITE_NAME = www.example.org\n\tHostname = SITE_NAME\n\tWebsiteRoot = /var/www/example\n\tAccessLogfile = none\n}\n`,
  good: `set SITE_NAME = www.example.org\n${SITE}VirtualHost {\n\tHostname = SITE_NAME\n\tWebsiteRoot = /var/www/example\n\tAccessLogfile = none\n}\n`,
  source: SET_SOURCE,
};

export const UNREADABLE_FILE: DiagnosticRule = {
  code: 'HW301',
  slug: 'unreadable-file',
  summary: 'A file that belongs to the configuration is missing or cannot be read.',
  explanation:
    'Included files, hash files and the mimetype file have to be readable while the configuration is read. Names are ' +
    'relative to the directory of the configuration. `Include` takes one name of a file or directory: no list, no ' +
    'wildcard, no quotes.',
  bad: `${SITE}Include missing.conf\n`,
  good: SITE,
  source: INCLUDE_SOURCE,
};

export const INCLUDE_SEPARATOR: DiagnosticRule = {
  code: 'HW302',
  slug: 'include-separator',
  summary: '`Include` and its file name are not separated by exactly one space.',
  explanation:
    'The name begins one character behind the word, whatever that character is. `Include = a.conf` looks for a file ' +
    'named `= a.conf`, two spaces for one that begins with a blank. `Include=a.conf` works by accident.',
  bad: `${SITE}Include = sites.conf\n`,
  good: SITE,
  source: INCLUDE_SOURCE,
};

export const NESTED_INCLUDE: DiagnosticRule = {
  code: 'HW303',
  slug: 'nested-include',
  summary: 'An included file includes another, or a file includes itself.',
  explanation:
    'Only the main file may include. Move the line there; the files of a directory can be included with one line.',
  bad: `${SITE}Include hiawatha.conf\n`,
  good: SITE,
  source: INCLUDE_SOURCE,
};

export const SUSPICIOUS_FILE: DiagnosticRule = {
  code: 'HW304',
  slug: 'suspicious-file',
  summary: 'An included directory holds a file that looks like a backup or a note.',
  explanation:
    'Hiawatha reads every file of an included directory, whatever its name, except names that begin with a dot. A backup ' +
    'copy defines every host twice; a README is no configuration. Move such files elsewhere.',
  bad: `${SITE}Include sites-with-a-backup\n`,
  good: SITE,
  source: INCLUDE_SOURCE,
};

export const INCLUDE_IN_SECTION: DiagnosticRule = {
  code: 'HW305',
  slug: 'include-in-section',
  summary: '`Include` stands inside a section.',
  explanation:
    'Files can only be included between sections. Settings that several sections share can stand in a Directory or ' +
    'UrlToolkit section that each of them uses.',
  bad: `${SITE}VirtualHost {\n\tHostname = www.example.org\n\tWebsiteRoot = /var/www/example\n\tAccessLogfile = none\n\tInclude sites.conf\n}\n`,
  good: `${SITE}VirtualHost {\n\tHostname = www.example.org\n\tWebsiteRoot = /var/www/example\n\tAccessLogfile = none\n}\n`,
  source: INCLUDE_SOURCE,
};

export const INCLUDED_TWICE: DiagnosticRule = {
  code: 'HW306',
  slug: 'included-twice',
  summary: 'A file is included twice.',
  explanation:
    'Its hosts and sections are then defined twice, and its lists grow twice. Remove one of the lines.',
  bad: `${SITE}Include sites.conf\nInclude sites.conf\n`,
  good: SITE,
  source: INCLUDE_SOURCE,
};
