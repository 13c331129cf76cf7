/** Actions of toolkit rules (hiawatha(1) URL TOOLKIT; toolkit.c: toolkit_setting). */
import type { MappedText } from '../mapped-text.ts';
import { QUOTED_VALUE } from '../syntax-errors.ts';
import type { ActionSyntax, TextRange } from '../toolkit/parser.ts';
import {
  ACTION_NAMES,
  COMBINATIONS,
  type ActionKind,
  type ConditionKind,
  type ToolkitAction,
} from '../toolkit/rule.ts';
import {
  GROUP_OF_NEGATED,
  METHOD_OVERWRITTEN,
  MISSING_GROUP,
  ODD_REDIRECT_CODE,
  PARTIAL_REWRITE,
  REDIRECT_TO_CODE,
  REDIRECT_WITHOUT_MATCH,
  RELATIVE_REWRITE,
  REWRITE_TO_NOTHING,
} from '../toolkit/toolkit-errors.ts';
import { UNKNOWN_NAME } from '../unknown-name.ts';
import { parseDuration } from './duration.ts';
import { listed } from './keyword.ts';
import { nearestName } from './nearest.ts';
import { parseInteger } from './number.ts';
import type { CompiledRegex } from './posix-regex.ts';
import { hint, newer, type Novelty, objectTo, refuse, warn, within } from './problem.ts';
import type { Spanned } from './spanned.ts';
import { IGNORED_TEXT, INVALID_VALUE, OUT_OF_RANGE, REMOVED } from './value-errors.ts';
import { NOT_PARSED, parsed, type Parsed, type ReportValueProblem } from './value-type.ts';

/** The expression that a rule matched by. */
export interface MatchedBy {
  readonly regex: CompiledRegex;
  readonly negated: boolean;
}

/** The condition that an action belongs to. */
export interface ActionContext {
  readonly kind: ConditionKind;
  /** null: no expression, or one that could not be read. */
  readonly matchedBy: MatchedBy | null;
}

const CONDITION_NAMES: Readonly<Record<ConditionKind, string>> = {
  always: 'Do',
  header: 'Header',
  match: 'Match',
  method: 'Method',
  'request-uri': 'RequestURI',
  'total-connections': 'TotalConnections',
  'use-tls': 'UseTLS',
};

const DEFAULT_REDIRECT_STATUS = 301;
const MIN_REDIRECT_STATUS = 301;
const MAX_REDIRECT_STATUS = 308;
const ODD_STATUSES: ReadonlySet<number> = new Set([304, 305, 306]);
const MAX_REWRITE_COUNT = 20;

type Origin = Omit<Novelty, 'what'>;

/** Actions that the first toolkits did not have. */
const NOVEL_ACTIONS: Readonly<Partial<Record<ActionKind, Origin>>> = {
  'omit-request-log': { release: { with: '9.11' } },
  'not-found': { release: { after: '9.15' }, note: 'DenyAccess answers 403 in its place' },
};

/** Actions that their condition did not always take. Conditions that came later are judged by their names. */
const NOVEL_COMBINATIONS: Readonly<
  Partial<Record<ConditionKind, Readonly<Partial<Record<ActionKind, Origin>>>>>
> = {
  'request-uri': {
    call: { release: { after: '8.8' }, note: 'there it takes Exit and Return' },
    skip: { release: { after: '8.8' }, note: 'there it takes Exit and Return' },
  },
};

/** What an action is read from: the rule, the words behind the action, the condition. */
interface ActionSource {
  readonly value: MappedText;
  readonly syntax: ActionSyntax;
  readonly context: ActionContext;
  readonly report: ReportValueProblem;
}

/** Reads the action of a rule. */
export function parseAction(
  value: MappedText,
  syntax: ActionSyntax,
  context: ActionContext,
  report: ReportValueProblem,
): Parsed<Spanned<ToolkitAction>> {
  const source = { value, syntax, context, report };
  if (syntax.kind === null) return refuseUnknown(source);
  const combination = COMBINATIONS[context.kind][syntax.kind];
  if (combination === undefined) return refuseCombination(source, syntax.kind);
  const novelty = NOVEL_ACTIONS[syntax.kind] ?? NOVEL_COMBINATIONS[context.kind]?.[syntax.kind];
  if (novelty !== undefined) {
    newer(report, value, {
      ...novelty,
      what: `${ACTION_NAMES[syntax.kind]} with ${CONDITION_NAMES[context.kind]}`,
      ...syntax.name,
    });
  }
  const action = READERS[syntax.kind](source);
  if (!action.ok) return action;
  if (combination === 'broken') {
    objectTo(
      report,
      value,
      METHOD_OVERWRITTEN,
      `with ${ACTION_NAMES[syntax.kind]} a Method rule ${value.text.startsWith('!') ? 'fires for every request' : 'never fires'}`,
      {
        ...syntax.name,
        note: 'Hiawatha overwrites the method with the argument; skip the rule for other methods: "Method !POST Skip 1"',
      },
    );
  } else if (combination === 'unsafe') {
    objectTo(
      report,
      value,
      REDIRECT_WITHOUT_MATCH,
      'with Redirect a TotalConnections rule has undefined behaviour',
      { ...syntax.name, note: 'call a toolkit that redirects with "Match .* Redirect"' },
    );
  }
  const last = syntax.words.at(-1) ?? syntax.name;
  return parsed({ value: action.value, span: value.spanOf(syntax.name.start, last.end) });
}

type ReadAction = (source: ActionSource) => Parsed<ToolkitAction>;

const READERS: Readonly<Record<ActionKind, ReadAction>> = {
  ban: readBan,
  call: (source) => readToolkit(source, 'call'),
  'deny-access': (source) => readBare(source, 'deny-access'),
  exit: (source) => readBare(source, 'exit'),
  goto: (source) => readToolkit(source, 'goto'),
  'not-found': (source) => readBare(source, 'not-found'),
  'omit-request-log': (source) => readBare(source, 'omit-request-log'),
  redirect: readRedirect,
  return: (source) => readBare(source, 'return'),
  rewrite: readRewrite,
  skip: readSkip,
  use: readUse,
  'use-fastcgi': readFastCgi,
};

function refuseUnknown({ value, syntax, context, report }: ActionSource): Parsed<never> {
  const word = textOf(value, syntax.name);
  const quote = /^["'!]/.test(value.text) ? value.text : '';
  if (quote !== '' && /["']$/.test(word)) {
    return refuse(report, value, QUOTED_VALUE, 'quotes do not keep an expression together here', {
      start: 0,
      end: syntax.name.end,
      note: 'only Header rules know quotes; write "[[:space:]]" for a blank',
    });
  }
  if (word.toLowerCase() === 'expire') {
    return refuse(report, value, REMOVED, 'the action "Expire" was removed in 10.0', {
      since: '10.0',
      ...syntax.name,
      note: 'use ExpirePeriod in a Directory section with that Path',
    });
  }
  const near = nearestName(word, Object.values(ACTION_NAMES));
  const outside = context.kind === 'header' ? /!["'][^"']*["']/.exec(value.text) : null;
  if (outside !== null) {
    const quoted = outside[0];
    return refuse(
      report,
      value,
      INVALID_VALUE,
      'the "!" of an expression in quotes stands inside',
      {
        start: outside.index,
        end: outside.index + quoted.length,
        replacement: `${quoted.charAt(1)}!${quoted.slice(2)}`,
      },
    );
  }
  const later = syntax.words.findIndex((candidate) => isActionName(textOf(value, candidate)));
  if (near === null && later !== -1 && context.matchedBy !== null) {
    return refuse(report, value, INVALID_VALUE, 'a blank ends the expression', {
      start: syntax.name.start,
      end: (syntax.words[later - 1] ?? syntax.name).end,
      note: `so "${word}" stands in the place of the action; ${
        context.kind === 'header'
          ? 'put the expression in quotes, with the "!" inside'
          : 'write "[[:space:]]" or "%20" for a blank'
      }`,
    });
  }
  return refuse(
    report,
    value,
    UNKNOWN_NAME,
    `there is no action "${word}"${near === null ? '' : `; did you mean "${near}"?`}`,
    {
      ...syntax.name,
      note: `${CONDITION_NAMES[context.kind]} goes with ${actionsOf(context.kind)}`,
      ...(near === null ? {} : { replacement: near, safe: false }),
    },
  );
}

function isActionName(word: string): boolean {
  return Object.values(ACTION_NAMES).some((name) => name.toLowerCase() === word.toLowerCase());
}

function refuseCombination(
  { value, syntax, context, report }: ActionSource,
  kind: ActionKind,
): Parsed<never> {
  const condition = CONDITION_NAMES[context.kind];
  const wasAllowed =
    kind === 'redirect' && (context.kind === 'header' || context.kind === 'method');
  if (wasAllowed) {
    warn(report, value, REMOVED, `since 9.10 ${condition} does not redirect`, {
      ...syntax.name,
      since: '9.10',
      note: 'call a toolkit that redirects: "Match .* Redirect …"',
    });
  }
  return refuse(
    report,
    value,
    INVALID_VALUE,
    `${ACTION_NAMES[kind]} is not allowed with ${condition}`,
    {
      ...syntax.name,
      ...(wasAllowed ? { since: '9.10' } : {}),
      note: `${condition} goes with ${actionsOf(context.kind)}`,
    },
  );
}

function actionsOf(kind: ConditionKind): string {
  const combinations = COMBINATIONS[kind];
  const names = Object.entries(ACTION_NAMES).flatMap(([action, name]) =>
    Object.entries(combinations).some(
      ([key, combination]) => key === action && combination === 'allowed',
    )
      ? [name]
      : [],
  );
  return listed(names);
}

/** An action without arguments; words behind it are dropped. */
function readBare(
  { value, syntax, report }: ActionSource,
  kind: 'deny-access' | 'exit' | 'not-found' | 'omit-request-log' | 'return',
): Parsed<ToolkitAction> {
  const rest = restOf(syntax);
  if (rest !== null) {
    warn(
      report,
      value,
      IGNORED_TEXT,
      `"${textOf(value, rest)}" behind ${ACTION_NAMES[kind]} is ignored`,
      {
        start: syntax.name.end,
        end: rest.end,
        replacement: '',
        safe: true,
      },
    );
  }
  return parsed({ kind });
}

function readBan(source: ActionSource): Parsed<ToolkitAction> {
  const rest = requireRest(source, 'for how long', 'Ban 60');
  if (!rest.ok) return rest;
  const { value, report } = source;
  const ms = parseDuration(
    value.slice(rest.value.start, rest.value.end),
    within(report, rest.value.start),
  );
  if (!ms.ok) return ms;
  if (ms.value === 0) {
    warn(report, value, OUT_OF_RANGE, 'a ban of 0 seconds does nothing', {
      ...rest.value,
      note: 'the request is refused with status 403; write "DenyAccess" if that is meant',
    });
  }
  return parsed({ kind: 'ban', ms: ms.value });
}

function readToolkit(source: ActionSource, kind: 'call' | 'goto'): Parsed<ToolkitAction> {
  const rest = requireRest(source, 'which toolkit', `${ACTION_NAMES[kind]} cms`);
  return rest.ok ? parsed({ kind, toolkit: spanned(source.value, rest.value) }) : rest;
}

function readFastCgi(source: ActionSource): Parsed<ToolkitAction> {
  const rest = requireRest(source, 'which FastCGI server', 'UseFastCGI PHP');
  return rest.ok
    ? parsed({ kind: 'use-fastcgi', server: spanned(source.value, rest.value) })
    : rest;
}

function readSkip(source: ActionSource): Parsed<ToolkitAction> {
  const rest = requireRest(source, 'how many rules', 'Skip 1');
  if (!rest.ok) return rest;
  const rules = parseInteger(
    source.value.slice(rest.value.start, rest.value.end),
    within(source.report, rest.value.start),
    { min: 1 },
  );
  return rules.ok ? parsed({ kind: 'skip', rules: rules.value }) : rules;
}

function readUse(source: ActionSource): Parsed<ToolkitAction> {
  const rest = requireRest(source, 'which URL', 'Use /index.html');
  if (!rest.ok) return rest;
  const { value, report } = source;
  const url = textOf(value, rest.value);
  const problem = problemOfUrl(url);
  if (problem !== null) {
    return refuse(report, value, INVALID_VALUE, `"${url}" is no valid URL: ${problem}`, {
      ...rest.value,
      note: 'write a path from "/" on, without dot files; a query may follow',
    });
  }
  if (/[ \t]/.test(url)) {
    warn(report, value, INVALID_VALUE, `the blank is a part of the URL "${url}"`, {
      ...rest.value,
      note: 'write "%20" for a blank in a URL',
    });
  }
  return parsed({ kind: 'use', url });
}

/** Why Hiawatha refuses a URL (http.c: validate_url); null when it does not. */
function problemOfUrl(url: string): string | null {
  if (!url.startsWith('/')) return 'it does not begin with a slash';
  // eslint-disable-next-line no-control-regex -- Control characters are what is looked for.
  if (/[\u0000-\u001f]/.test(url)) return 'it holds a control character';
  const hidden = url.indexOf('/.', url.startsWith('/.well-known') ? 1 : 0);
  return hidden === -1 ? null : 'a part of the path begins with a dot';
}

function readRedirect(source: ActionSource): Parsed<ToolkitAction> {
  const rest = requireRest(source, 'where to', 'Redirect https://www.example.org/');
  if (!rest.ok) return rest;
  const { value, syntax, report } = source;
  const [first, second] = syntax.words;
  if (first === undefined || second === undefined) {
    const location = textOf(value, rest.value);
    if (/^[0-9]+$/.test(location)) {
      objectTo(report, value, REDIRECT_TO_CODE, `this redirects to a page called "${location}"`, {
        ...rest.value,
        note: `write the URL behind the code: "Redirect ${location} /new"`,
      });
    }
    checkReplacement(source, rest.value);
    return parsed({ kind: 'redirect', status: DEFAULT_REDIRECT_STATUS, location });
  }
  newer(report, value, {
    what: 'the code of a Redirect',
    release: { after: '9.15' },
    note: 'write the URL alone; the answer is 301',
    ...first,
  });
  const status = parseRedirectStatus(source, first);
  const target = { start: second.start, end: rest.value.end };
  const location = textOf(value, target);
  if (/[ \t]/.test(location)) {
    warn(report, value, IGNORED_TEXT, `the blank is a part of the URL "${location}"`, {
      ...target,
      note: 'clients stop reading a URL at a blank; write "%20" for it',
    });
  }
  checkReplacement(source, target);
  return status.ok ? parsed({ kind: 'redirect', status: status.value, location }) : status;
}

function parseRedirectStatus({ value, report }: ActionSource, word: TextRange): Parsed<number> {
  const text = textOf(value, word);
  if (!/^[0-9]+$/.test(text)) {
    return refuse(report, value, INVALID_VALUE, `"${text}" is no status code`, {
      ...word,
      note: 'with two words behind Redirect the first is the code and the second the URL',
    });
  }
  const status = Number(text);
  if (status < MIN_REDIRECT_STATUS || status > MAX_REDIRECT_STATUS) {
    return refuse(report, value, OUT_OF_RANGE, `${text} is no code of a redirect`, {
      ...word,
      note: `write ${MIN_REDIRECT_STATUS} to ${MAX_REDIRECT_STATUS}`,
    });
  }
  if (ODD_STATUSES.has(status)) {
    warn(report, value, ODD_REDIRECT_CODE, `browsers do not follow status ${status}`, {
      ...word,
      note: 'write 301 or 308 for a move for good, 302 or 307 for the moment, 303 after a form',
    });
  }
  return parsed(status);
}

function readRewrite(source: ActionSource): Parsed<ToolkitAction> {
  const { value, syntax, context, report } = source;
  const [replacement, ...words] = syntax.words;
  if (replacement === undefined) {
    const word = textOf(value, syntax.name);
    objectTo(report, value, REWRITE_TO_NOTHING, `this rewrites to the word "${word}"`, {
      ...syntax.name,
      note: 'write the replacement: "Rewrite /index.php"',
    });
    return parsed({ kind: 'rewrite', replacement: word, count: 1, then: 'stop' });
  }
  checkReplacement(source, replacement);
  const text = textOf(value, replacement);
  const isWholeUrl = context.matchedBy?.negated === true || context.matchedBy?.regex.isAnchored;
  if (isWholeUrl === true && !/^[/$]/.test(text)) {
    warn(report, value, RELATIVE_REWRITE, `the URL becomes "${text}", without a leading slash`, {
      ...replacement,
      replacement: `/${text}`,
    });
  }
  // A page or a query, and no repeated correction of a part, is meant for the whole URL.
  if (isWholeUrl === false && /^\/[^?]*[.?]/.test(text) && words.length === 0) {
    hint(
      report,
      value,
      PARTIAL_REWRITE,
      `what stands in front of the match stays in front of "${text}"`,
      {
        ...replacement,
        note: 'begin the expression with "^", or with ".*" where any beginning is meant',
      },
    );
  }
  const options = readRewriteOptions(source, words);
  return options.ok ? parsed({ kind: 'rewrite', replacement: text, ...options.value }) : options;
}

interface RewriteOptions {
  readonly count: number;
  readonly then: 'stop' | 'continue' | 'return';
}

/** `[count] [Continue | Return]`, in this order. */
function readRewriteOptions(
  { value, report }: ActionSource,
  words: readonly TextRange[],
): Parsed<RewriteOptions> {
  let count = 1;
  let then: RewriteOptions['then'] = 'stop';
  let isOk = true;
  for (const [index, word] of words.entries()) {
    const text = textOf(value, word);
    if (index === 0 && /^[0-9]+$/.test(text)) {
      const number = parseInteger(value.slice(word.start, word.end), within(report, word.start), {
        min: 1,
        max: MAX_REWRITE_COUNT,
      });
      if (number.ok) count = number.value;
      else isOk = false;
      continue;
    }
    const flow = text.toLowerCase();
    if ((flow === 'continue' || flow === 'return') && then === 'stop') {
      then = flow;
      continue;
    }
    return refuse(report, value, INVALID_VALUE, `"${text}" is not expected behind Rewrite`, {
      ...word,
      note:
        flow === 'exit'
          ? 'a Rewrite ends all toolkits anyway; delete the word'
          : 'behind the replacement may stand a number from 1 to 20 and then "Continue" or "Return"',
    });
  }
  return isOk ? parsed({ count, then }) : NOT_PARSED;
}

/** Looks at the `$n` of a replacement. */
function checkReplacement({ value, context, report }: ActionSource, range: TextRange): void {
  const { matchedBy } = context;
  if (matchedBy === null) return;
  for (const found of textOf(value, range).matchAll(/\$([0-9])/g)) {
    const place = { start: range.start + found.index, end: range.start + found.index + 2 };
    const group = Number(found[1]);
    if (matchedBy.negated) {
      warn(
        report,
        value,
        GROUP_OF_NEGATED,
        `"${found[0]}" stands for nothing: the expression is negated`,
        {
          ...place,
          note: 'the text is used as it is, with the dollar sign',
        },
      );
    } else if (group > matchedBy.regex.groupCount) {
      warn(report, value, MISSING_GROUP, `the expression has no group ${group}`, {
        ...place,
        note: `it has ${matchedBy.regex.groupCount === 0 ? 'none' : matchedBy.regex.groupCount}; "${found[0]}" becomes empty`,
      });
    }
  }
}

/** All words behind the action as one text. */
function restOf({ words }: ActionSyntax): TextRange | null {
  const first = words[0];
  const last = words.at(-1);
  return first === undefined || last === undefined ? null : { start: first.start, end: last.end };
}

function requireRest(source: ActionSource, what: string, example: string): Parsed<TextRange> {
  const rest = restOf(source.syntax);
  if (rest !== null) return parsed(rest);
  const name = textOf(source.value, source.syntax.name);
  return refuse(source.report, source.value, INVALID_VALUE, `"${name}" does not say ${what}`, {
    ...source.syntax.name,
    note: `write it behind the action: "${example}"`,
  });
}

function spanned(value: MappedText, range: TextRange): Spanned<string> {
  return { value: textOf(value, range), span: value.spanOf(range.start, range.end) };
}

function textOf(value: MappedText, range: TextRange): string {
  return value.text.slice(range.start, range.end);
}
