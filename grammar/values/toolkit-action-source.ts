import type { MappedText } from '../mapped-text.ts';
import type { ActionSyntax, TextRange } from '../toolkit/parser.ts';
import type { ConditionKind } from '../toolkit/rule.ts';
import type { CompiledRegex } from './posix-regex.ts';
import { refuse } from './problem.ts';
import type { Spanned } from './spanned.ts';
import { INVALID_VALUE } from './value-errors.ts';
import { parsed, type Parsed, type ReportValueProblem } from './value-type.ts';

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

/** What an action is read from: the rule, the words behind the action, the condition. */
export interface ActionSource {
  readonly value: MappedText;
  readonly syntax: ActionSyntax;
  readonly context: ActionContext;
  readonly report: ReportValueProblem;
}

/** All words behind the action as one text. */
export function restOf({ words }: ActionSyntax): TextRange | null {
  const first = words[0];
  const last = words.at(-1);
  return first === undefined || last === undefined ? null : { start: first.start, end: last.end };
}

/** The words behind an action that has to have some. */
export function requireRest(
  source: ActionSource,
  what: string,
  example: string,
): Parsed<TextRange> {
  const rest = restOf(source.syntax);
  if (rest !== null) return parsed(rest);
  const name = textOf(source.value, source.syntax.name);
  return refuse(source.report, source.value, INVALID_VALUE, `"${name}" does not say ${what}`, {
    ...source.syntax.name,
    note: `write it behind the action: "${example}"`,
  });
}

/** Words as a value with its place. */
export function spanned(value: MappedText, range: TextRange): Spanned<string> {
  return { value: textOf(value, range), span: value.spanOf(range.start, range.end) };
}

/** Words as they are written. */
export function textOf(value: MappedText, range: TextRange): string {
  return value.text.slice(range.start, range.end);
}
