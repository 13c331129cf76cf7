/**
 * Tokens of a rule. Hiawatha splits rules at spaces, one word at a time, and what a word is depends on its place; each
 * mode is such a place. Blanks around a word are no part of it; a tab inside one is.
 */
import { createToken, Lexer, type TokenType } from 'chevrotain';
import { ACTION_NAMES, type ActionKind } from './rule.ts';

const WORD = /[^ \t](?:[^ ]*[^ \t])?/;

const Blanks = createToken({ name: 'Blanks', pattern: /[ \t]+/, group: Lexer.SKIPPED });

/** The condition's own argument: an expression, a method, a word, a number. */
export const Operand = createToken({ name: 'Operand', pattern: WORD, push_mode: 'action' });
export const FieldName = createToken({
  name: 'FieldName',
  pattern: WORD,
  push_mode: 'field-expression',
});
/** `"…"` or `'…'`; what follows may be glued to it. */
export const QuotedExpression = createToken({
  name: 'QuotedExpression',
  pattern: /"[^"]*"|'[^']*'/,
  push_mode: 'action',
});
export const UnclosedQuote = createToken({ name: 'UnclosedQuote', pattern: /["'].*/ });
export const BareExpression = createToken({
  name: 'BareExpression',
  pattern: /[^ \t"'](?:[^ ]*[^ \t])?/,
  push_mode: 'action',
});

function actionToken(kind: ActionKind): TokenType {
  return createToken({
    name: ACTION_NAMES[kind],
    pattern: new RegExp(`${ACTION_NAMES[kind]}(?!\\t*[^ \\t])`, 'i'),
    push_mode: 'arguments',
    line_breaks: false,
  });
}

export const ACTION_TOKENS = {
  ban: actionToken('ban'),
  call: actionToken('call'),
  'deny-access': actionToken('deny-access'),
  exit: actionToken('exit'),
  goto: actionToken('goto'),
  'not-found': actionToken('not-found'),
  'omit-request-log': actionToken('omit-request-log'),
  redirect: actionToken('redirect'),
  return: actionToken('return'),
  rewrite: actionToken('rewrite'),
  skip: actionToken('skip'),
  use: actionToken('use'),
  'use-fastcgi': actionToken('use-fastcgi'),
} as const satisfies Record<ActionKind, TokenType>;

/** A word in the place of an action that is none. */
export const UnknownAction = createToken({
  name: 'UnknownAction',
  pattern: WORD,
  push_mode: 'arguments',
});
export const Argument = createToken({ name: 'Argument', pattern: WORD });

const ACTION_MODE = [Blanks, ...Object.values(ACTION_TOKENS), UnknownAction];

const MODES = {
  action: ACTION_MODE,
  operand: [Blanks, Operand],
  field: [Blanks, FieldName],
  'field-expression': [Blanks, QuotedExpression, UnclosedQuote, BareExpression],
  arguments: [Blanks, Argument],
};

/** Where a rule begins: at its action, its argument, or the name of a header field. */
export type RuleStart = 'action' | 'operand' | 'field';

export const RULE_TOKENS = [...new Set(Object.values(MODES).flat())];

export const RULE_LEXER_DEFINITION = { defaultMode: 'action', modes: MODES };
