import type { SourceSpan } from '../../grammar/source.ts';
import { rulesOf } from '../check/toolkit-rules.ts';
import { configuration, section, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';

const HOST = virtualHost('Hostname = www.example.org', 'UseToolkit = guard');

function guard(rule: string): string {
  return section('UrlToolkit', ['ToolkitID = guard', rule]);
}

/** What a rule does to keep a request away. */
const REFUSALS = { 'deny-access': 'DenyAccess', 'not-found': 'NotFound', ban: 'Ban' } as const;

export const ENCODED_URL_SLIPS_PAST = defineRule({
  code: 'HW819',
  slug: 'encoded-url-slips-past',
  summary: 'A rule keeps requests away by their path, and the path can be spelt in another way.',
  explanation:
    'Match sees the URL as it was sent, before `%61` becomes `a`. A request for `/%61dmin` is served the file of `/admin`, ' +
    'and no rule for `^/admin` sees it. Refuse whatever is *not* matched (`Match !^/(index|style)\\.` …), keep the files ' +
    'outside of the WebsiteRoot, or ask for a password. `hiawatha-ts serve` compares Directory sections with the decoded ' +
    'path: there `AccessList = deny all` in a Directory holds. An expression that looks for `%` is taken to know.',
  bad: configuration(HOST, guard('Match ^/admin DenyAccess')),
  good: configuration(HOST, guard('Match !^/(index|style) DenyAccess')),
  source: 'toolkit.c: use_toolkit',
  check(config, report) {
    for (const { value, directive } of config.toolkits.flatMap(rulesOf)) {
      const { condition, action } = value;
      if (condition.kind !== 'match' || condition.negated) continue;
      const refusal = Object.entries(REFUSALS).find(([kind]) => kind === action.value.kind)?.[1];
      if (refusal === undefined || condition.regex.matchesEveryPath) continue;
      const { source } = condition.regex.pattern;
      if (!isAboutNames(source)) continue;
      report({
        severity: 'hint',
        message: `requests get past this ${refusal} by writing a character of the path as "%XX"`,
        span: expressionSpan(directive.value.span, action.span),
        notes: [
          { message: 'Match sees the URL as it was sent, before it is decoded', span: null },
          {
            message:
              'refuse what does not match ("!" in front of the expression), or keep the files outside of the site',
            span: null,
          },
        ],
      });
    }
  },
});

/** The text of a rule in front of its action. */
function expressionSpan(rule: SourceSpan, action: SourceSpan): SourceSpan {
  if (action.file !== rule.file || action.start <= rule.start) return rule;
  const text = rule.file.text.slice(rule.start, action.start).trimEnd();
  return { ...rule, end: rule.start + text.length };
}

/** Whether an expression is about the names in a path: not about its escapes, and not about the query alone. */
function isAboutNames(source: string): boolean {
  return !source.includes('%') && !/\\\?|\[\?\]/.test(source) && /[A-Za-z0-9.]/.test(source);
}
