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
  OrdinaryLines,
  Separator,
  TOKENS,
  Value,
} from './tokens.ts';

/** Where items go: those of a section, or those of the file. */
export interface ItemList {
  push(item: SectionItem): unknown;
}

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
  /** Adds what ordinary lines say to the items of their section, or of the file. */
  ordinaryLines(token: IToken, items: ItemList, section: string | null): void;
  section(header: IToken, items: readonly SectionItem[], close: IToken | null): Section;
}

/** Of a parser that is not in use. */
export const IGNORING_BUILDER: NodeBuilder = {
  directive: () => null,
  missingKey: () => undefined,
  ordinaryLines: () => undefined,
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
      this.#lineItems = items;
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
      this.#lineItems = items;
    });
    this.MANY(this.#sectionItem);
    const close = this.OR(this.#closes);
    return this.ACTION(() => {
      this.#sectionName = null;
      return this.builder.section(header, items, close);
    });
  });

  readonly line = this.RULE('line', (): void => {
    this.OR(this.#lines);
  });

  // Sections do not nest, so what is being read has a place on the instance, and the closures of the grammar are made
  // once and not for each line.
  #items: ConfigItem[] = [];
  /** Where lines go: to the section that is open, or to the file. */
  #lineItems: ItemList = [];
  /** In lower case; null outside of sections. */
  #sectionName: string | null = null;
  #separator: IToken | null = null;
  #value: IToken | null = null;

  readonly #configItems = [
    {
      ALT: (): void => {
        const section = this.SUBRULE(this.section);
        this.ACTION(() => {
          this.#items.push(section);
          this.#lineItems = this.#items;
        });
      },
    },
    {
      ALT: (): void => {
        this.SUBRULE(this.line);
      },
    },
  ];

  readonly #configItem = (): void => {
    this.OR(this.#configItems);
  };

  readonly #sectionItem = (): void => {
    this.SUBRULE(this.line);
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
      ALT: (): void => {
        const token = this.CONSUME(OrdinaryLines);
        this.ACTION(() => this.builder.ordinaryLines(token, this.#lineItems, this.#sectionName));
      },
    },
    {
      ALT: (): void => {
        const token = this.CONSUME(MissingKey);
        this.ACTION(() => this.builder.missingKey(token));
      },
    },
    {
      ALT: (): void => {
        const key = this.CONSUME(Key);
        this.#separator = null;
        this.#value = null;
        this.OPTION(this.#separatorAndValue);
        this.ACTION(() => {
          const item = this.builder.directive(key, this.#separator, this.#value, this.#sectionName);
          if (item !== null) this.#lineItems.push(item);
        });
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
