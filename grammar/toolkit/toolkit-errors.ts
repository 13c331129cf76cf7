/** Catalogue rows raised while rules of a toolkit are read. */
import type { DiagnosticRule } from '../diagnostic.ts';

const SITE =
  'Hostname = 127.0.0.1\nWebsiteRoot = /var/www/site\nUseToolkit = t\nBinding {\n    Port = 8080\n}\n';

/** A configuration with some rules. */
export function withRules(...rules: readonly string[]): string {
  return `${SITE}UrlToolkit {\n    ToolkitID = t\n${rules.map((rule) => `    ${rule}\n`).join('')}}\n`;
}

/** A configuration with some rules and a second toolkit. */
function withRulesAnd(other: string, ...rules: readonly string[]): string {
  return `${withRules(...rules)}UrlToolkit {\n    ToolkitID = sub\n    ${other}\n}\n`;
}

const SOURCE = 'toolkit.c: toolkit_setting';

export const METHOD_OVERWRITTEN: DiagnosticRule = {
  code: 'HW801',
  slug: 'method-overwritten',
  summary: 'A Method rule with Call, Goto or Use never fires.',
  explanation:
    'Hiawatha keeps the argument of these actions in the place of the method. The rule then compares the method of the request ' +
    'with the name of a toolkit or a path, which is never equal. Leave the other methods out with Skip or Return first. Where the toolkit has other rules, this is a warning.',
  bad: withRulesAnd('Match ^/x Rewrite /y', 'Method POST Call sub'),
  good: withRulesAnd('Match ^/x Rewrite /y', 'Method !POST Skip 1', 'Do Call sub'),
  source: SOURCE,
};

export const REWRITE_TO_NOTHING: DiagnosticRule = {
  code: 'HW802',
  slug: 'rewrite-without-replacement',
  summary: 'Rewrite without a replacement.',
  explanation:
    'Hiawatha takes the word `Rewrite` itself for the replacement, so URLs become `Rewrite…` and are not found. Write what the ' +
    'matched part becomes.',
  bad: withRules('Match ^/old Rewrite'),
  good: withRules('Match ^/old Rewrite /new'),
  source: SOURCE,
};

export const REDIRECT_TO_CODE: DiagnosticRule = {
  code: 'HW803',
  slug: 'redirect-without-url',
  summary: 'Redirect with a status code and no URL.',
  explanation:
    'With one word behind Redirect, Hiawatha takes it for the URL: browsers are sent to a page called `302`. Write the ' +
    'code and the URL.',
  bad: withRules('Match ^/old Redirect 302'),
  good: withRules('Match ^/old Redirect 302 /new'),
  source: SOURCE,
};

export const REDIRECT_WITHOUT_MATCH: DiagnosticRule = {
  code: 'HW804',
  slug: 'redirect-without-match',
  summary: 'TotalConnections with Redirect reads memory that was never filled.',
  explanation:
    'Hiawatha accepts this rule and then replaces with an expression that was never compiled; anything may happen. Call a ' +
    'toolkit that redirects with Match.',
  bad: withRules('TotalConnections 500 Redirect /busy.html'),
  good: withRulesAnd('Match .* Redirect 307 /busy.html', 'TotalConnections 500 Call sub'),
  source: SOURCE,
};

export const SUSPICIOUS_METHOD: DiagnosticRule = {
  code: 'HW808',
  slug: 'suspicious-method',
  summary: 'A Method rule with a method in lower case, or with several.',
  explanation:
    'Methods are compared with case and as a whole: `post` is no method, and `GET,POST` is one that no client sends. Write ' +
    'one rule for each method, in upper case.',
  bad: withRules('Method post DenyAccess'),
  good: withRules('Method POST DenyAccess'),
  source: 'RFC 9110 §9.1; toolkit.c',
};

export const GROUP_OF_NEGATED: DiagnosticRule = {
  code: 'HW810',
  slug: 'group-of-negated',
  summary: '`$1` and the like with a negated expression.',
  explanation:
    'A negated rule fires when its expression does not match, so there is nothing that a group could have captured: the text ' +
    'is used as it is, with its `$1`.',
  bad: withRules('Match !^/new(.*) Redirect /new$1'),
  good: withRules('Match !^/new Redirect /new/'),
  source: 'toolkit.c: do_rewrite',
};

export const RELATIVE_REWRITE: DiagnosticRule = {
  code: 'HW813',
  slug: 'relative-rewrite',
  summary: 'Rewrite makes a URL without a leading slash.',
  explanation:
    'URLs begin with a slash. The matched part begins at the beginning of the URL here, so the replacement has to begin with a ' +
    'slash, or the request ends in status 400 or 404.',
  bad: withRules('Match ^/(.*) Rewrite index.php?path=$1'),
  good: withRules('Match ^/(.*) Rewrite /index.php?path=$1'),
  source: 'toolkit.c: do_rewrite',
};

export const PARTIAL_REWRITE: DiagnosticRule = {
  code: 'HW818',
  slug: 'partial-rewrite',
  summary: 'Rewrite to a page keeps what stands in front of the match.',
  explanation:
    'Only the matched part of the URL is replaced. Without `^` an expression may match further on, and what stands in front ' +
    'of it stays: `/old/blog/7` becomes `/old/blog.php?id=7`. Begin the expression with `^`, or with `.*` for any beginning.',
  bad: withRules('Match /blog/([0-9]+)$ Rewrite /blog.php?id=$1'),
  good: withRules('Match ^/blog/([0-9]+)$ Rewrite /blog.php?id=$1'),
  source: 'toolkit.c: do_rewrite',
};

export const MISSING_GROUP: DiagnosticRule = {
  code: 'HW815',
  slug: 'missing-group',
  summary: '`$n` for a group that the expression does not have.',
  explanation:
    'Groups are counted by their opening parentheses from 1; `$0` is the whole match. A number above the last group gives ' +
    'nothing. There is no way to write a dollar sign in front of a digit.',
  bad: withRules('Match ^/blog/([0-9]+)$ Rewrite /blog.php?id=$2'),
  good: withRules('Match ^/blog/([0-9]+)$ Rewrite /blog.php?id=$1'),
  source: 'toolkit.c: do_rewrite',
};

export const ODD_REDIRECT_CODE: DiagnosticRule = {
  code: 'HW816',
  slug: 'odd-redirect-code',
  summary: 'A redirect with a status that browsers do not follow.',
  explanation:
    'Hiawatha takes every code from 301 to 308. Browsers follow 301, 302, 303, 307 and 308; 304 has another meaning, 305 and ' +
    '306 are obsolete.',
  bad: withRules('Match ^/old Redirect 304 /new'),
  good: withRules('Match ^/old Redirect 302 /new'),
  source: 'RFC 9110 §15.4',
};

/** Rows of the catalogue that are raised while rules are read. */
export const TOOLKIT_RULES: readonly DiagnosticRule[] = [
  METHOD_OVERWRITTEN,
  REWRITE_TO_NOTHING,
  REDIRECT_TO_CODE,
  REDIRECT_WITHOUT_MATCH,
  SUSPICIOUS_METHOD,
  GROUP_OF_NEGATED,
  RELATIVE_REWRITE,
  PARTIAL_REWRITE,
  MISSING_GROUP,
  ODD_REDIRECT_CODE,
];
