/**
 * Rules of a UrlToolkit section (hiawatha(1) URL TOOLKIT; toolkit.c: toolkit_setting). The condition is the name of the
 * directive, so each directive has a value type of its own; `grammar/toolkit/` has their syntax.
 */
import type { MappedText } from '../mapped-text.ts';
import { HASH_IN_VALUE, QUOTED_VALUE, TAB_AS_SEPARATOR } from '../syntax-errors.ts';
import { parseRule, type RuleSyntax, type TextRange } from '../toolkit/parser.ts';
import {
  ACTION_NAMES,
  REQUEST_URI_TESTS,
  type ToolkitCondition,
  type ToolkitRule,
} from '../toolkit/rule.ts';
import type { RuleStart } from '../toolkit/tokens.ts';
import { SUSPICIOUS_METHOD } from '../toolkit/toolkit-errors.ts';
import { HTTP_TOKEN } from './http-token.ts';
import { nearestName } from './nearest.ts';
import { parseInteger } from './number.ts';
import { parsePosixRegex, type CompiledRegex } from './posix-regex.ts';
import { newer, objectTo, refuse, warn, within } from './problem.ts';
import type { MatchedBy } from './toolkit-action-source.ts';
import { parseAction } from './toolkit-action.ts';
import { IGNORED_TEXT, INVALID_VALUE, OUT_OF_RANGE } from './value-errors.ts';
import {
  NOT_PARSED,
  parsed,
  type Parsed,
  type ReportValueProblem,
  type ValueType,
} from './value-type.ts';

/** What the negation of a test would be. */
const OPPOSITES: ReadonlyMap<string, string> = new Map([
  ['!exists', 'notfound'],
  ['!notfound', 'exists'],
]);

/** How far behind a rule to look for the comment that cut it. */
const MAX_LOOK_AHEAD = 64;

type Rule = ValueType<ToolkitRule>;

/** A condition as read, with what its expression means for the action. */
interface ReadCondition {
  readonly condition: ToolkitCondition;
  readonly matchedBy: MatchedBy | null;
}

/** `Do action`. */
export const unconditionalRule: Rule = ruleType('', 'action', 'always', () =>
  parsed({ condition: { kind: 'always' }, matchedBy: null }),
);

/** `UseTLS action` and its old name `UseSSL`. */
export const tlsRule: Rule = ruleType('', 'action', 'use-tls', () =>
  parsed({ condition: { kind: 'use-tls' }, matchedBy: null }),
);

/** `Match [!]expression action`. */
export const matchRule: Rule = matchRuleType(false);

/** `MatchCI [!]expression action`. */
export const caselessMatchRule: Rule = matchRuleType(true);

/** `Header name|* [!]expression action`. */
export const headerRule: Rule = ruleType(
  '<field>|* [!]<expression> ',
  'field',
  'header',
  (value, syntax, report) => {
    const name = parseFieldName(value, syntax, report);
    const expression = parseExpression(value, syntax, report, true, false);
    return name.ok && expression.ok
      ? parsed({
          condition: { kind: 'header', name: name.value, ...expression.value },
          matchedBy: expression.value,
        })
      : NOT_PARSED;
  },
);

/** `Method [!]METHOD action`. */
export const methodRule: Rule = ruleType(
  '[!]<METHOD> ',
  'operand',
  'method',
  (value, syntax, report) => {
    const { text, negated, range } = negatable(value, syntax.operand);
    if (text === '') {
      warn(report, value, INVALID_VALUE, 'no method is named', {
        ...range,
        note: 'no request has an empty method; write a method such as "POST"',
      });
    } else if (/[,|;]/.test(text)) {
      warn(report, value, SUSPICIOUS_METHOD, `"${text}" is compared as one method`, {
        ...range,
        note: 'write one rule for each method',
      });
    } else if (text !== text.toUpperCase()) {
      warn(report, value, SUSPICIOUS_METHOD, `the method "${text}" never occurs: case counts`, {
        ...range,
        replacement: `${negated ? '!' : ''}${text.toUpperCase()}`,
      });
    }
    return parsed({ condition: { kind: 'method', method: text, negated }, matchedBy: null });
  },
);

/** `RequestURI exists|isfile|isdir|notfound action`. */
export const requestUriRule: Rule = ruleType(
  `${REQUEST_URI_TESTS.join('|')} `,
  'operand',
  'request-uri',
  (value, { operand }, report) => {
    const range = operand ?? { start: 0, end: 0 };
    const word = value.text.slice(range.start, range.end);
    const test = REQUEST_URI_TESTS.find((known) => known === word.toLowerCase());
    if (test !== undefined) {
      if (test === 'notfound') {
        newer(report, value, {
          what: `"${word}"`,
          release: { after: '9.15' },
          note: 'write "exists Skip 1" above a rule for the rest',
          ...rangeOf(range),
        });
      }
      return parsed({ condition: { kind: 'request-uri', test }, matchedBy: null });
    }
    const near = OPPOSITES.get(word.toLowerCase()) ?? nearestName(word, REQUEST_URI_TESTS);
    return refuse(
      report,
      value,
      INVALID_VALUE,
      `"${word}" is nothing that can be asked of a URL${near === null ? '' : `; did you mean "${near}"?`}`,
      {
        ...rangeOf(range),
        note: word.startsWith('!')
          ? 'this condition cannot be negated; "notfound" is the opposite of "exists"'
          : 'write "exists", "isfile", "isdir" or "notfound"',
        ...(near === null ? {} : { replacement: near, safe: false }),
      },
    );
  },
);

/** `TotalConnections number action`. */
export const totalConnectionsRule: Rule = ruleType(
  '<number> ',
  'operand',
  'total-connections',
  (value, { operand }, report) => {
    const range = operand ?? { start: 0, end: 0 };
    const number = parseInteger(value.slice(range.start, range.end), within(report, range.start));
    if (!number.ok) return number;
    if (number.value === 0) {
      warn(report, value, OUT_OF_RANGE, 'there are always at least 0 connections', {
        ...rangeOf(range),
        note: 'the rule fires for every request; write "Do" if that is meant',
      });
    }
    return parsed({
      condition: { kind: 'total-connections', connections: number.value },
      matchedBy: null,
    });
  },
);

type ParseCondition = (
  value: MappedText,
  syntax: RuleSyntax,
  report: ReportValueProblem,
) => Parsed<ReadCondition>;

function ruleType(
  operandSyntax: string,
  start: RuleStart,
  kind: ToolkitCondition['kind'],
  parseCondition: ParseCondition,
): Rule {
  return {
    syntax: `${operandSyntax}<action>`,
    completions: Object.values(ACTION_NAMES),
    parse(value, report) {
      const syntax = parseRule(value.text, start);
      const isComplete =
        (start === 'action' || syntax.operand !== null) && syntax.operand?.form !== 'unclosed';
      if (!isComplete) return refuseIncomplete(value, syntax, start, report);
      const read = parseCondition(value, syntax, report);
      if (syntax.action === null) return refuseWithoutAction(value, syntax, report);
      const action = parseAction(
        value,
        syntax.action,
        { kind, matchedBy: read.ok ? read.value.matchedBy : null },
        report,
      );
      return read.ok && action.ok
        ? parsed({ condition: read.value.condition, action: action.value })
        : NOT_PARSED;
    },
  };
}

function matchRuleType(ignoreCase: boolean): Rule {
  return ruleType('[!]<expression> ', 'operand', 'match', (value, syntax, report) => {
    warnOfSeparator(value, report);
    // Only replacements look at what matched.
    const action = syntax.action?.kind;
    const isReplaced = action === 'rewrite' || action === 'redirect';
    const expression = parseExpression(value, syntax, report, ignoreCase, isReplaced);
    if (expression.ok && expression.value.negated) {
      newer(report, value, {
        what: 'a negated expression',
        release: { after: '8.8' },
        note: 'there the "!" is a part of the expression',
        ...rangeOf(syntax.operand ?? { start: 0, end: 0 }),
      });
    }
    return expression.ok
      ? parsed({
          condition: { kind: 'match', ...expression.value },
          matchedBy: expression.value,
        })
      : NOT_PARSED;
  });
}

interface Expression {
  readonly regex: CompiledRegex;
  readonly negated: boolean;
}

function parseExpression(
  value: MappedText,
  { operand, action }: RuleSyntax,
  report: ReportValueProblem,
  ignoreCase: boolean,
  isReplaced: boolean,
): Parsed<Expression> {
  const { text, negated, range, whole } = negatable(value, operand);
  if (operand?.form === 'quoted' && action?.name.start === operand.end + 1) {
    warn(report, value, IGNORED_TEXT, 'a blank is missing behind the quote', {
      start: operand.end,
      end: action.name.end,
      replacement: `${value.text.charAt(operand.end)} ${value.text.slice(action.name.start, action.name.end)}`,
      safe: true,
    });
  }
  if (operand?.form === 'word' && /^!?(["']).*\1$/.test(whole)) {
    warn(report, value, QUOTED_VALUE, 'the quotes are a part of the expression', {
      ...range,
      note: 'only the expression of a Header rule may stand in quotes',
      replacement: whole.replace(/["']/, '').slice(0, -1),
    });
  }
  if (negated && (text === '' || text.startsWith('!'))) {
    warn(
      report,
      value,
      INVALID_VALUE,
      text === ''
        ? 'the empty expression matches everything, so this rule never fires'
        : 'the second "!" is a part of the expression',
      { ...range, note: 'write the expression behind one "!"' },
    );
  }
  const offset = range.start + (negated ? 1 : 0);
  const regex = parsePosixRegex(value.slice(offset, range.end), within(report, offset), {
    ignoreCase,
    purpose: isReplaced && !negated ? 'groups' : 'test',
  });
  return regex.ok ? parsed({ regex: regex.value, negated }) : regex;
}

/** An operand with its `!`, if it has one. */
function negatable(
  value: MappedText,
  operand: TextRange | null,
): {
  readonly text: string;
  readonly whole: string;
  readonly negated: boolean;
  readonly range: { readonly start: number; readonly end: number };
} {
  const range = rangeOf(operand ?? { start: 0, end: 0 });
  const whole = value.text.slice(range.start, range.end);
  const negated = whole.startsWith('!');
  return { text: negated ? whole.slice(1) : whole, whole, negated, range };
}

function parseFieldName(
  value: MappedText,
  { fieldName }: RuleSyntax,
  report: ReportValueProblem,
): Parsed<string | null> {
  const range = fieldName ?? { start: 0, end: 0 };
  const name = value.text.slice(range.start, range.end);
  if (name === '*') return parsed(null);
  if (name.endsWith(':')) {
    objectTo(report, value, INVALID_VALUE, `no field is called "${name}"`, {
      ...rangeOf(range),
      note: 'Hiawatha compares the name with the text in front of the colon, so this rule never matches; leave the colon out',
      replacement: name.slice(0, -1),
    });
  } else if (!HTTP_TOKEN.test(name)) {
    warn(report, value, INVALID_VALUE, `no field can be called "${name}"`, {
      ...rangeOf(range),
      note: 'the rule never matches; names of fields are letters, digits and hyphens (RFC 9110 §5.1)',
    });
  }
  return parsed(name.toLowerCase());
}

/** `Match =^/a …`: the `=` is taken for the separator. */
function warnOfSeparator(value: MappedText, report: ReportValueProblem): void {
  const { file, start } = value.span;
  if (!/ =$/.test(file.text.slice(Math.max(0, start - 2), start))) return;
  warn(report, value, IGNORED_TEXT, 'the "=" is no part of the expression', {
    start: 0,
    end: Math.min(1, value.text.length),
    note: 'it separates name and value; an expression cannot begin with "=", write "[=]"',
  });
}

function refuseIncomplete(
  value: MappedText,
  syntax: RuleSyntax,
  start: RuleStart,
  report: ReportValueProblem,
): Parsed<never> {
  if (syntax.operand?.form === 'unclosed') {
    return refuse(report, value, INVALID_VALUE, 'the quote is not closed', {
      start: syntax.operand.start,
      end: syntax.operand.start + 1,
      note: 'an expression in quotes ends at the same quote; there is no escape',
    });
  }
  return refuse(
    report,
    value,
    INVALID_VALUE,
    start === 'field' && syntax.fieldName !== null
      ? 'the rule has no expression and no action'
      : 'the rule has nothing to test and no action',
    { note: 'a rule is a condition with its argument, and an action' },
  );
}

function refuseWithoutAction(
  value: MappedText,
  { operand }: RuleSyntax,
  report: ReportValueProblem,
): Parsed<never> {
  const tab = operand === null ? -1 : value.text.indexOf('\t', operand.start);
  if (operand !== null && tab !== -1 && tab < operand.end) {
    return refuse(report, value, TAB_AS_SEPARATOR, 'a tab does not separate the words of a rule', {
      start: tab,
      end: tab + 1,
      replacement: ' ',
      note: 'only spaces do',
    });
  }
  const { file, end } = value.span;
  if (/^[ \t]+#/.test(file.text.slice(end, end + MAX_LOOK_AHEAD))) {
    return refuse(report, value, HASH_IN_VALUE, 'the rule has no action: it ends at the "#"', {
      note: 'a "#" behind a blank begins a comment everywhere; write "[#]"',
    });
  }
  return refuse(report, value, INVALID_VALUE, 'the rule has no action', {
    note: 'write what to do behind the condition, such as "Return" or "DenyAccess"',
  });
}

function rangeOf({ start, end }: TextRange): TextRange {
  return { start, end };
}
