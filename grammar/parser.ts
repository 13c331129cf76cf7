/** The grammar of a configuration: three rules that build the tree as they parse. */
import type { IToken } from 'chevrotain';
import { EmbeddedActionsParser } from 'chevrotain';
import type { ConfigItem, Section, SectionItem } from './ast.ts';
import {
  CloseBrace,
  HeaderName,
  ImpliedClose,
  Key,
  MissingKey,
  OpenBrace,
  Separator,
  TOKENS,
  Value,
} from './tokens.ts';

/** Makes nodes of tokens; null where a line makes none and the reason was reported. */
export interface NodeBuilder {
  /** @param opener - Name of the section the line stands in, in lower case; null at top level. */
  directive(
    key: IToken,
    separator: IToken | null,
    value: IToken | null,
    section: string | null,
  ): SectionItem | null;
  missingKey(token: IToken): void;
  section(header: IToken, items: readonly SectionItem[], close: IToken | null): Section;
}

/** Of a parser that is not in use. */
export const IGNORING_BUILDER: NodeBuilder = {
  directive: () => null,
  missingKey: () => undefined,
  section: () => {
    throw new Error('a parser without builder was used');
  },
};

export class ConfigParser extends EmbeddedActionsParser {
  /** Set before each use, as Chevrotain's parsers are kept and used again. */
  builder: NodeBuilder = IGNORING_BUILDER;

  /** @param skipValidations - Whether to trust the grammar, as a test may that has it validated. */
  constructor(skipValidations = true) {
    super(TOKENS, {
      recoveryEnabled: true,
      maxLookahead: 1,
      nodeLocationTracking: 'none',
      skipValidations,
    });
    this.performSelfAnalysis();
  }

  readonly configFile = this.RULE('configFile', (): ConfigItem[] => {
    const items: ConfigItem[] = [];
    this.MANY(() => {
      this.OR([
        {
          ALT: () => {
            const section = this.SUBRULE(this.section);
            this.ACTION(() => items.push(section));
          },
        },
        {
          ALT: () => {
            const item = this.SUBRULE(this.directive, { ARGS: [null] });
            this.ACTION(() => {
              if (item !== null) items.push(item);
            });
          },
        },
      ]);
    });
    return items;
  });

  readonly section = this.RULE('section', (): Section => {
    const header = this.CONSUME(HeaderName);
    this.CONSUME(OpenBrace);
    const items: SectionItem[] = [];
    const name = this.ACTION(() => header.image.trim().toLowerCase());
    this.MANY(() => {
      const item = this.SUBRULE(this.directive, { ARGS: [name] });
      this.ACTION(() => {
        if (item !== null) items.push(item);
      });
    });
    const close = this.OR([
      { ALT: () => this.CONSUME(CloseBrace) },
      {
        ALT: () => {
          this.CONSUME(ImpliedClose);
          return null;
        },
      },
    ]);
    return this.ACTION(() => this.builder.section(header, items, close));
  });

  readonly directive = this.RULE('directive', (section: string | null): SectionItem | null =>
    this.OR([
      {
        ALT: () => {
          const token = this.CONSUME(MissingKey);
          this.ACTION(() => this.builder.missingKey(token));
          return null;
        },
      },
      {
        ALT: () => {
          const key = this.CONSUME(Key);
          let separator: IToken | null = null;
          let value: IToken | null = null;
          this.OPTION(() => {
            separator = this.CONSUME(Separator);
            this.OPTION1(() => {
              value = this.CONSUME(Value);
            });
          });
          return this.ACTION(() => this.builder.directive(key, separator, value, section));
        },
      },
    ]),
  );
}
