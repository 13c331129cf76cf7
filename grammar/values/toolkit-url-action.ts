/** The actions of toolkit rules that write a URL: Redirect, Rewrite, Use. */
import type { TextRange } from '../toolkit/parser.ts';
import type { ToolkitAction } from '../toolkit/rule.ts';
import {
  GROUP_OF_NEGATED,
  MISSING_GROUP,
  ODD_REDIRECT_CODE,
  PARTIAL_REWRITE,
  REDIRECT_TO_CODE,
  RELATIVE_REWRITE,
  REWRITE_TO_NOTHING,
} from '../toolkit/toolkit-errors.ts';
import { parseInteger } from './number.ts';
import { hint, newer, objectTo, refuse, warn, within } from './problem.ts';
import { type ActionSource, requireRest, textOf } from './toolkit-action-source.ts';
import { IGNORED_TEXT, INVALID_VALUE, OUT_OF_RANGE } from './value-errors.ts';
import { NOT_PARSED, parsed, type Parsed } from './value-type.ts';

const DEFAULT_REDIRECT_STATUS = 301;
const MIN_REDIRECT_STATUS = 301;
const MAX_REDIRECT_STATUS = 308;
const ODD_STATUSES: ReadonlySet<number> = new Set([304, 305, 306]);
const MAX_REWRITE_COUNT = 20;

/** `Use /url`. */
export function readUse(source: ActionSource): Parsed<ToolkitAction> {
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

/** `Redirect [code] /url`. */
export function readRedirect(source: ActionSource): Parsed<ToolkitAction> {
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

/** `Rewrite /url [count] [Continue | Return]`. */
export function readRewrite(source: ActionSource): Parsed<ToolkitAction> {
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
