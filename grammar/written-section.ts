import type { Section, SectionItem } from './ast.ts';
import type { SourceFile, SourceSpan } from './source.ts';

/** Offsets in a file. */
export interface SectionPlace {
  readonly start: number;
  /** Behind the name. */
  readonly nameEnd: number;
  /** Behind the closing brace, or the last item where that is missing. */
  readonly end: number;
}

/** A section as it stands in a file. It makes its spans when it is asked, because few are. */
export class WrittenSection implements Section {
  readonly name: string;
  readonly items: readonly SectionItem[];
  readonly isClosed: boolean;
  readonly #file: SourceFile;
  readonly #start: number;
  readonly #nameEnd: number;
  readonly #end: number;

  constructor(
    name: string,
    items: readonly SectionItem[],
    isClosed: boolean,
    file: SourceFile,
    { start, nameEnd, end }: SectionPlace,
  ) {
    this.name = name;
    this.items = items;
    this.isClosed = isClosed;
    this.#file = file;
    this.#start = start;
    this.#nameEnd = nameEnd;
    this.#end = end;
  }

  get kind(): 'section' {
    return 'section';
  }

  get nameSpan(): SourceSpan {
    return { file: this.#file, start: this.#start, end: this.#nameEnd };
  }

  get span(): SourceSpan {
    return { file: this.#file, start: this.#start, end: this.#end };
  }
}
