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

/** The rules of the language: what follows what, and where to go on after a mistake. */
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
    this.ACTION(() => {
      this.#items = items;
    });
    this.MANY(this.#configItem);
    return items;
  });

  readonly section = this.RULE('section', (): Section => {
    const header = this.CONSUME(HeaderName);
    this.CONSUME(OpenBrace);
    const items: SectionItem[] = [];
    this.ACTION(() => {
      this.#sectionName = header.image.trim().toLowerCase();
      this.#sectionItems = items;
    });
    this.MANY(this.#sectionItem);
    const close = this.OR(this.#closes);
    return this.ACTION(() => {
      this.#sectionName = null;
      return this.builder.section(header, items, close);
    });
  });

  readonly directive = this.RULE('directive', (): SectionItem | null => this.OR(this.#lines));

  // Sections do not nest, so what is being read has a place on the instance, and the closures of the grammar are made
  // once and not for each line.
  #items: ConfigItem[] = [];
  #sectionItems: SectionItem[] = [];
  /** In lower case; null outside of sections. */
  #sectionName: string | null = null;
  #separator: IToken | null = null;
  #value: IToken | null = null;

  readonly #configItems = [
    {
      ALT: (): void => {
        const section = this.SUBRULE(this.section);
        this.ACTION(() => this.#items.push(section));
      },
    },
    {
      ALT: (): void => {
        const item = this.SUBRULE(this.directive);
        if (item !== null) this.ACTION(() => this.#items.push(item));
      },
    },
  ];

  readonly #configItem = (): void => {
    this.OR(this.#configItems);
  };

  readonly #sectionItem = (): void => {
    const item = this.SUBRULE(this.directive);
    if (item !== null) this.ACTION(() => this.#sectionItems.push(item));
  };

  readonly #closes = [
    { ALT: (): IToken | null => this.CONSUME(CloseBrace) },
    {
      ALT: (): IToken | null => {
        this.CONSUME(ImpliedClose);
        return null;
      },
    },
  ];

  readonly #lines = [
    {
      ALT: (): SectionItem | null => {
        const token = this.CONSUME(MissingKey);
        this.ACTION(() => this.builder.missingKey(token));
        return null;
      },
    },
    {
      ALT: (): SectionItem | null => {
        const key = this.CONSUME(Key);
        this.#separator = null;
        this.#value = null;
        this.OPTION(this.#separatorAndValue);
        return this.ACTION(() =>
          this.builder.directive(key, this.#separator, this.#value, this.#sectionName),
        );
      },
    },
  ];

  readonly #separatorAndValue = (): void => {
    this.#separator = this.CONSUME(Separator);
    this.OPTION1(this.#consumeValue);
  };

  readonly #consumeValue = (): void => {
    this.#value = this.CONSUME(Value);
  };
}
