/** Actions of toolkit rules (hiawatha(1) URL TOOLKIT; toolkit.c: toolkit_setting). */
import type { MappedText } from '../mapped-text.ts';
import { QUOTED_VALUE } from '../syntax-errors.ts';
import type { ActionSyntax } from '../toolkit/parser.ts';
import {
  ACTION_NAMES,
  COMBINATIONS,
  type ActionKind,
  type ConditionKind,
  type ToolkitAction,
} from '../toolkit/rule.ts';
import { METHOD_OVERWRITTEN, REDIRECT_WITHOUT_MATCH } from '../toolkit/toolkit-errors.ts';
import { UNKNOWN_NAME } from '../unknown-name.ts';
import { parseDuration } from './duration.ts';
import { listed } from './keyword.ts';
import { nearestName } from './nearest.ts';
import { parseInteger } from './number.ts';
import { newer, type Novelty, objectTo, refuse, warn, within } from './problem.ts';
import type { Spanned } from './spanned.ts';
import {
  type ActionContext,
  type ActionSource,
  requireRest,
  restOf,
  spanned,
  textOf,
} from './toolkit-action-source.ts';
import { readRedirect, readRewrite, readUse } from './toolkit-url-action.ts';
import { IGNORED_TEXT, INVALID_VALUE, OUT_OF_RANGE, REMOVED } from './value-errors.ts';
import { parsed, type Parsed, type ReportValueProblem } from './value-type.ts';

const CONDITION_NAMES: Readonly<Record<ConditionKind, string>> = {
  always: 'Do',
  header: 'Header',
  match: 'Match',
  method: 'Method',
  'request-uri': 'RequestURI',
  'total-connections': 'TotalConnections',
  'use-tls': 'UseTLS',
};

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
