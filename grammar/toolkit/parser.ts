/** The grammar of a rule behind its condition: `[argument] action [arguments]`. */
import { EmbeddedActionsParser, type IToken, Lexer } from 'chevrotain';
import type { ActionKind } from './rule.ts';
import {
  ACTION_TOKENS,
  Argument,
  BareExpression,
  FieldName,
  Operand,
  QuotedExpression,
  RULE_LEXER_DEFINITION,
  RULE_TOKENS,
  UnclosedQuote,
  UnknownAction,
  type RuleStart,
} from './tokens.ts';

/** A range of the rule's text. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** The action of a rule; `kind` null: no action has this name. */
export interface ActionSyntax {
  readonly kind: ActionKind | null;
  readonly name: TextRange;
  /** Words behind the name. */
  readonly words: readonly TextRange[];
}

/** A rule in parts. A part that is missing is null, and so are those behind it. */
export interface RuleSyntax {
  readonly fieldName: TextRange | null;
  readonly operand: (TextRange & { readonly form: 'word' | 'quoted' | 'unclosed' }) | null;
  readonly action: ActionSyntax | null;
}

/** Splits a rule into its parts. Never fails. */
export function parseRule(text: string, start: RuleStart): RuleSyntax {
  parser ??= new ToolkitRuleParser();
  lexer ??= new Lexer(RULE_LEXER_DEFINITION, {
    positionTracking: 'onlyOffset',
    ensureOptimizations: false,
    skipValidations: true,
  });
  parser.input = lexer.tokenize(text, start).tokens;
  switch (start) {
    case 'action':
      return parser.unconditional();
    case 'operand':
      return parser.conditional();
    case 'field':
      return parser.header();
  }
}

/** The grammar itself; {@link parseRule} is what to call. */
export class ToolkitRuleParser extends EmbeddedActionsParser {
  /** @param skipValidations - Whether to trust the grammar; a test has it validated. */
  constructor(skipValidations = true) {
    super(RULE_TOKENS, {
      recoveryEnabled: false,
      maxLookahead: 1,
      nodeLocationTracking: 'none',
      skipValidations,
    });
    this.performSelfAnalysis();
  }

  readonly unconditional = this.RULE('unconditional', (): RuleSyntax => ({
    fieldName: null,
    operand: null,
    action: this.SUBRULE(this.optionalAction),
  }));

  readonly conditional = this.RULE('conditional', (): RuleSyntax => {
    let operand: RuleSyntax['operand'] = null;
    let action: ActionSyntax | null = null;
    this.OPTION(() => {
      const token = this.CONSUME(Operand);
      operand = this.ACTION(() => ({ ...rangeOf(token), form: 'word' as const }));
      action = this.SUBRULE(this.optionalAction);
    });
    return { fieldName: null, operand, action };
  });

  readonly header = this.RULE('header', (): RuleSyntax => {
    let fieldName: TextRange | null = null;
    let operand: RuleSyntax['operand'] = null;
    let action: ActionSyntax | null = null;
    this.OPTION(() => {
      const name = this.CONSUME(FieldName);
      fieldName = this.ACTION(() => rangeOf(name));
      this.OPTION1(() => {
        operand = this.SUBRULE(this.fieldExpression);
        action = this.SUBRULE(this.optionalAction);
      });
    });
    return { fieldName, operand, action };
  });

  readonly fieldExpression = this.RULE('fieldExpression', (): RuleSyntax['operand'] =>
    this.OR([
      {
        ALT: () => {
          const token = this.CONSUME(QuotedExpression);
          return this.ACTION(() => ({
            start: token.startOffset + 1,
            end: token.startOffset + token.image.length - 1,
            form: 'quoted' as const,
          }));
        },
      },
      {
        ALT: () => {
          const token = this.CONSUME(UnclosedQuote);
          return this.ACTION(() => ({ ...rangeOf(token), form: 'unclosed' as const }));
        },
      },
      {
        ALT: () => {
          const token = this.CONSUME(BareExpression);
          return this.ACTION(() => ({ ...rangeOf(token), form: 'word' as const }));
        },
      },
    ]),
  );

  readonly optionalAction = this.RULE('optionalAction', (): ActionSyntax | null => {
    let action: ActionSyntax | null = null;
    this.OPTION(() => {
      action = this.SUBRULE(this.action);
    });
    return action;
  });

  readonly action = this.RULE('action', (): ActionSyntax => {
    const { kind, token } = this.OR(
      (this.#alternatives ??= [
        ...Object.entries(ACTION_TOKENS).map(([name, type]) => ({
          ALT: () => ({ kind: actionKindOf(name), token: this.CONSUME(type) }),
        })),
        { ALT: () => ({ kind: null, token: this.CONSUME(UnknownAction) }) },
      ]),
    );
    const words: TextRange[] = [];
    this.MANY(() => {
      const word = this.CONSUME(Argument);
      this.ACTION(() => words.push(rangeOf(word)));
    });
    return this.ACTION(() => ({ kind, name: rangeOf(token), words }));
  });

  #alternatives: { ALT: () => { kind: ActionKind | null; token: IToken } }[] | undefined;
}

function actionKindOf(name: string): ActionKind | null {
  return isActionKind(name) ? name : null;
}

function isActionKind(name: string): name is ActionKind {
  return name in ACTION_TOKENS;
}

function rangeOf(token: IToken): TextRange {
  return { start: token.startOffset, end: token.startOffset + token.image.length };
}

/** Both made for the first rule: analysing the grammar takes longer than checking a small file without rules. */
let lexer: Lexer | null = null;
let parser: ToolkitRuleParser | null = null;
