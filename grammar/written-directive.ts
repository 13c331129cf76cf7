/** Directives as they stand in a file. What they are asked for rarely, spans before all, they make when they are asked. */
import type { Directive } from './ast.ts';
import type { LogicalText } from './logical-text.ts';
import { MappedText } from './mapped-text.ts';
import type { OrdinaryLine } from './ordinary-lines.ts';
import type { SourceFile, SourceSpan } from './source.ts';

/** Offsets in the logical text of the parts of a line. */
export interface LineParts {
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number | null;
  readonly end: number;
  readonly equals: number;
}

/** A directive of any form. */
export class WrittenDirective implements Directive {
  readonly key: string;
  readonly value: MappedText;
  readonly #file: SourceFile;
  readonly #start: number;
  readonly #keyEnd: number;
  readonly #end: number;

  constructor(key: string, value: MappedText, logical: LogicalText, line: LineParts) {
    this.key = key;
    this.value = value;
    this.#file = logical.file;
    this.#start = logical.originOf(line.keyStart);
    this.#keyEnd = logical.originOf(line.keyEnd - 1) + 1;
    this.#end = logical.originOf(line.end - 1) + 1;
  }

  get kind(): 'directive' {
    return 'directive';
  }

  get valueText(): string {
    return this.value.text;
  }

  get keySpan(): SourceSpan {
    return { file: this.#file, start: this.#start, end: this.#keyEnd };
  }

  get span(): SourceSpan {
    return { file: this.#file, start: this.#start, end: this.#end };
  }
}

/** A directive on an ordinary line. It knows what the line says, and where it stands. */
export class OrdinaryDirective implements Directive {
  readonly #line: OrdinaryLine;
  readonly #file: SourceFile;
  readonly #lineStart: number;

  /** @param lineStart - Where the line begins in the file. */
  constructor(line: OrdinaryLine, file: SourceFile, lineStart: number) {
    this.#line = line;
    this.#file = file;
    this.#lineStart = lineStart;
  }

  get kind(): 'directive' {
    return 'directive';
  }

  get key(): string {
    return this.#line.key;
  }

  get valueText(): string {
    return this.#line.value;
  }

  get value(): MappedText {
    const { value, valueStart } = this.#line;
    return MappedText.written(value, this.#file, this.#lineStart + valueStart);
  }

  get keySpan(): SourceSpan {
    const { key, keyStart } = this.#line;
    return this.#span(keyStart, keyStart + key.length);
  }

  get span(): SourceSpan {
    return this.#span(this.#line.keyStart, this.#line.end);
  }

  #span(start: number, end: number): SourceSpan {
    return { file: this.#file, start: this.#lineStart + start, end: this.#lineStart + end };
  }
}
