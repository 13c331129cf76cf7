/** Catalogue rows raised while a file is cut into lines and parsed: HW101 to HW199. */
import type { DiagnosticRule } from './diagnostic.ts';

const SITE =
  'Binding {\n\tPort = 80\n}\nHostname = 127.0.0.1\nWebsiteRoot = /var/www\nAccessLogfile = none\n';

export const TAB_AS_SEPARATOR: DiagnosticRule = {
  code: 'HW101',
  slug: 'tab-as-separator',
  summary: 'A tab stands where only a space separates.',
  explanation:
    'Hiawatha ends a key at the first space or `=`, and nothing else. A tab before the `=` becomes part of the key, a ' +
    'tab behind it part of the value: `Port<TAB>= 80` is an unknown directive, and `<TAB>80` is no number. Only lists ' +
    'forgive it. Write a space. Tabs at the beginning of a line are fine.',
  bad: `${SITE}ConnectionsTotal\t= 100\n`,
  good: `${SITE}ConnectionsTotal = 100\n`,
  source: 'Hiawatha 11.5: reading of lines, measured with hiawatha -k',
};

export const LINE_TOO_LONG: DiagnosticRule = {
  code: 'HW102',
  slug: 'line-too-long',
  summary: 'A line, with the lines that continue it, is longer than 1022 bytes.',
  explanation:
    'Hiawatha reads at most 1023 bytes at a time and takes the rest for the next line, without a word: the end of a long ' +
    'list is cut off, the end of a long comment is parsed as configuration. Continuing the line with a backslash does ' +
    'not help, as all its parts share the 1023 bytes. Give the directive several times with a part of the list each; ' +
    'lists grow with each line.',
  bad: `${SITE}# ${'a very long remark '.repeat(60)}\n`,
  good: `${SITE}# a short remark\n`,
  source: 'Hiawatha 11.5: reading of lines, measured with hiawatha -k',
};

export const BROKEN_CONTINUATION: DiagnosticRule = {
  code: 'HW103',
  slug: 'broken-continuation',
  summary: 'A backslash at the end of a line does not continue it, or joins more than it seems.',
  explanation:
    'A line is continued by exactly a space, a backslash and the line end; a tab before the backslash or a blank behind ' +
    'it breaks that, and the backslash becomes part of the value. The space, the backslash and the line end all vanish, ' +
    'so that `1 \\` followed by `0` is `10`: begin the next line with a blank. A comment in a continued line ends it.',
  bad: `${SITE}VirtualHost {\n\tHostname = www.example.org,\\\n\t\texample.org\n\tWebsiteRoot = /var/www/example\n\tAccessLogfile = none\n}\n`,
  good: `${SITE}VirtualHost {\n\tHostname = www.example.org, \\\n\t\texample.org\n\tWebsiteRoot = /var/www/example\n\tAccessLogfile = none\n}\n`,
  source: 'Hiawatha 11.5: reading of lines, measured with hiawatha -k',
};

export const CONTINUED_COMMENT: DiagnosticRule = {
  code: 'HW104',
  slug: 'continued-comment',
  summary: 'A comment ends in a space and a backslash, and swallows the next line.',
  explanation:
    'Lines are joined before comments are removed, so the line behind such a comment is part of the comment: a directive ' +
    'there has no effect. Remove the backslash, or put a `#` in front of the next line too.',
  bad: `# remark \\\nConnectionsTotal = 100\n${SITE}`,
  good: `# remark\nConnectionsTotal = 100\n${SITE}`,
  source: 'Hiawatha 11.5: reading of lines, measured with hiawatha -k',
};

export const BYTE_ORDER_MARK: DiagnosticRule = {
  code: 'HW105',
  slug: 'byte-order-mark',
  summary: 'The file begins with a byte order mark.',
  explanation:
    'Some editors put three invisible bytes in front of UTF-8 text. Hiawatha takes them for the beginning of the first ' +
    'line and refuses it, even if it is a comment. Save the file as "UTF-8 without BOM". Files in UTF-16 cannot be ' +
    'read at all.',
  bad: `\uFEFF${SITE}`,
  good: SITE,
  source: 'Hiawatha 11.5: reading of lines, measured with hiawatha -k',
};

export const HASH_IN_VALUE: DiagnosticRule = {
  code: 'HW106',
  slug: 'hash-in-value',
  summary:
    'A `#` cuts a value that it was meant to be part of, or is part of a value that it was meant to end.',
  explanation:
    'A `#` begins a comment where a blank stands before it, whatever the value is, and nothing can protect it: ' +
    '`X-Color: #fff` is an empty header. Behind any other character it is an ordinary character: `yes# comment` is not ' +
    '`yes`. Write the value without a blank before the `#`, or the comment with one.',
  bad: `${SITE}ServerString = #1\n`,
  good: `${SITE}ServerString = Number1\n`,
  source: 'Hiawatha 11.5: reading of lines, measured with hiawatha -k',
};

export const BRACE_MISTAKE: DiagnosticRule = {
  code: 'HW107',
  slug: 'brace-mistake',
  summary: 'A section is not opened or closed as Hiawatha wants it.',
  explanation:
    'A section begins with a line that ends in `{` and has nothing but the name of the section before it; it ends with a ' +
    'line that holds `}` alone; sections do not nest and end in the file in which they begin. Any line that ends in ' +
    '`{` is taken for a section, also one with a value.',
  bad: `${SITE}VirtualHost\n{\n\tHostname = www.example.org\n\tWebsiteRoot = /var/www/example\n\tAccessLogfile = none\n}\n`,
  good: `${SITE}VirtualHost {\n\tHostname = www.example.org\n\tWebsiteRoot = /var/www/example\n\tAccessLogfile = none\n}\n`,
  source: 'Hiawatha 11.5: reading of lines, measured with hiawatha -k',
};

export const BARE_CARRIAGE_RETURN: DiagnosticRule = {
  code: 'HW108',
  slug: 'bare-carriage-return',
  summary: 'A line ends in a carriage return alone.',
  explanation:
    'Only a line feed ends a line, with or without a carriage return before it. A file with the line ends of old ' +
    'Macintosh programs is one long line to Hiawatha, and a single such line end hides what follows in the value, the ' +
    'comment or the name before it. Save the file with Unix line ends.',
  bad: SITE.replaceAll('\n', '\r'),
  good: SITE,
  source: 'Hiawatha 11.5: reading of lines, measured with hiawatha -k',
};

export const MIXED_LINE_ENDS: DiagnosticRule = {
  code: 'HW116',
  slug: 'mixed-line-ends',
  summary: 'Some lines end in a line feed, others in a carriage return and a line feed.',
  explanation:
    'Hiawatha takes both, but the file was edited on two kinds of systems, and tools that compare files show lines as ' +
    'changed that look the same. Save it with one kind.',
  bad: SITE.replace('\n', '\r\n'),
  good: SITE,
  source: 'Hiawatha 11.5: reading of lines, measured with hiawatha -k',
};

export const QUOTED_VALUE: DiagnosticRule = {
  code: 'HW109',
  slug: 'quoted-value',
  summary: 'A value is written in quotes.',
  explanation:
    'Hiawatha knows no quotes: they become part of the value. A quoted path does not begin with a slash and is refused; ' +
    'a quoted text is sent to clients with its quotes. Values may hold blanks, so quotes are never needed.',
  bad: `${SITE}ServerString = "My server"\n`,
  good: `${SITE}ServerString = My server\n`,
  source: 'Hiawatha 11.5: reading of lines, measured with hiawatha -k',
};

export const INVISIBLE_CHARACTER: DiagnosticRule = {
  code: 'HW110',
  slug: 'invisible-character',
  summary: 'A control character, a NUL byte or a blank that is no space or tab.',
  explanation:
    'Only space and tab are blanks. A no-break space, as word processors and web pages have it, a form feed or another ' +
    'control character becomes part of the key or the value it stands in; beside a brace it keeps Hiawatha from seeing ' +
    'where a section begins or ends. A NUL byte hides the rest of its line.',
  bad: `${SITE}KickOnBan\u00A0= yes\n`,
  good: `${SITE}KickOnBan = yes\n`,
  source: 'Hiawatha 11.5: reading of lines, measured with hiawatha -k',
};

export const NOT_UTF8: DiagnosticRule = {
  code: 'HW111',
  slug: 'not-utf-8',
  summary: 'The file is not valid UTF-8, or was damaged when it was converted.',
  explanation:
    'Hiawatha passes bytes through as they are. This program reads such a file as one character a byte (ISO 8859-1) and ' +
    'writes UTF-8 into the routing table, so that names and texts with accents change. Convert the file to UTF-8. ' +
    'The character U+FFFD stands where a conversion has already lost one.',
  bad: `${SITE}LoginMessage = caf\uFFFD\n`,
  good: `${SITE}LoginMessage = cafe\n`,
  source: 'Hiawatha 11.5: reading of lines, measured with hiawatha -k',
};

export const DOUBLE_EQUALS: DiagnosticRule = {
  code: 'HW112',
  slug: 'double-equals',
  summary: 'More than one `=` stands between a key and its value.',
  explanation:
    'Between key and value there may be spaces and one `=`. A value cannot begin with `=`. Remove all but one.',
  bad: `${SITE}ConnectionsTotal == 100\n`,
  good: `${SITE}ConnectionsTotal = 100\n`,
  source: 'Hiawatha 11.5: reading of lines, measured with hiawatha -k',
};

export const MISSING_KEY: DiagnosticRule = {
  code: 'HW113',
  slug: 'missing-key',
  summary: 'A line has a value, but no name of a directive before the `=`.',
  explanation: 'Each line is `Name = value`. Write the name, or remove the line.',
  bad: `${SITE}= 100\n`,
  good: `${SITE}ConnectionsTotal = 100\n`,
  source: 'Hiawatha 11.5: reading of lines, measured with hiawatha -k',
};
