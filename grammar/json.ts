/** JSON (RFC 8259) read with the place of everything in it, for messages that point at what is wrong. */
import type { SourceFile, SourceSpan } from './source.ts';

/** A member of an object. */
export interface JsonMember {
  readonly key: string;
  readonly keySpan: SourceSpan;
  readonly value: JsonNode;
}

/** A JSON value and where it stands. */
export type JsonNode =
  | { readonly kind: 'object'; readonly span: SourceSpan; readonly members: readonly JsonMember[] }
  | { readonly kind: 'array'; readonly span: SourceSpan; readonly items: readonly JsonNode[] }
  | { readonly kind: 'string'; readonly span: SourceSpan; readonly value: string }
  | { readonly kind: 'number'; readonly span: SourceSpan; readonly value: number }
  | { readonly kind: 'boolean'; readonly span: SourceSpan; readonly value: boolean }
  | { readonly kind: 'null'; readonly span: SourceSpan };

/** Where a text stops to be JSON; `message` completes "the file is not JSON: …". */
export interface JsonProblem {
  readonly message: string;
  readonly span: SourceSpan;
}

/** Deeper than any settings. */
const MAX_DEPTH = 32;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const BLANKS = /[ \t\r\n]*/y;
const WORD = /[^\s"[\]{}:,]+/y;

/** Reads a file. A byte order mark in front is left out. @returns The value, or the first problem. */
export function parseJson(file: SourceFile): JsonNode | JsonProblem {
  const reader = new JsonReader(file);
  try {
    return reader.readAll();
  } catch (error) {
    if (error instanceof NotJson) return error.problem;
    throw error;
  }
}

/** Tells a text that is no JSON from one that is. */
export function isJsonProblem(read: JsonNode | JsonProblem): read is JsonProblem {
  return 'message' in read;
}

/** Leaves the reader from any depth; never leaves this module. */
class NotJson extends Error {
  readonly problem: JsonProblem;

  constructor(problem: JsonProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

class JsonReader {
  readonly #file: SourceFile;
  #at: number;

  constructor(file: SourceFile) {
    this.#file = file;
    this.#at = file.text.startsWith('\uFEFF') ? 1 : 0;
  }

  readAll(): JsonNode {
    const value = this.#value(0);
    this.#skipBlanks();
    if (this.#at < this.#file.text.length) throw this.#problem('something follows its end');
    return value;
  }

  #value(depth: number): JsonNode {
    this.#skipBlanks();
    if (depth > MAX_DEPTH) throw this.#problem(`it is nested deeper than ${MAX_DEPTH} levels`);
    const start = this.#at;
    switch (this.#file.text.charAt(start)) {
      case '{': {
        const members = this.#object(depth);
        return { kind: 'object', span: this.#spanFrom(start), members };
      }
      case '[': {
        const items = this.#array(depth);
        return { kind: 'array', span: this.#spanFrom(start), items };
      }
      case '"': {
        const value = this.#string();
        return { kind: 'string', span: this.#spanFrom(start), value };
      }
      default:
        return this.#numberOrWord(start);
    }
  }

  #object(depth: number): JsonMember[] {
    const members: JsonMember[] = [];
    this.#at += 1;
    if (this.#takes('}')) return members;
    do {
      this.#skipBlanks();
      const start = this.#at;
      if (this.#file.text[start] !== '"') {
        throw this.#problem('here belongs a name in double quotes');
      }
      const key = this.#string();
      const keySpan = this.#spanFrom(start);
      if (!this.#takes(':')) throw this.#problem(`":" is missing behind "${key}"`);
      members.push({ key, keySpan, value: this.#value(depth + 1) });
    } while (this.#takes(','));
    if (!this.#takes('}')) throw this.#problem('"," or "}" is missing');
    return members;
  }

  #array(depth: number): JsonNode[] {
    const items: JsonNode[] = [];
    this.#at += 1;
    if (this.#takes(']')) return items;
    do items.push(this.#value(depth + 1));
    while (this.#takes(','));
    if (!this.#takes(']')) throw this.#problem('"," or "]" is missing');
    return items;
  }

  #string(): string {
    const text = this.#match(STRING);
    if (text === null) {
      throw this.#problem('the text that begins here is not ended, or has a wrong escape in it');
    }
    return String(JSON.parse(text));
  }

  #numberOrWord(start: number): JsonNode {
    const number = this.#match(NUMBER);
    if (number !== null) {
      return { kind: 'number', span: this.#spanFrom(start), value: Number(number) };
    }
    const word = this.#match(WORD);
    const span = this.#spanFrom(start);
    if (word === 'true' || word === 'false') {
      return { kind: 'boolean', span, value: word === 'true' };
    }
    if (word === 'null') return { kind: 'null', span };
    if (word === null) throw this.#problem('a value is missing');
    this.#at = start;
    throw this.#problem(
      word.startsWith('//') || word.startsWith('/*') || word.startsWith('#')
        ? 'it knows no comments'
        : `"${word.slice(0, 40)}" is no value; texts stand in double quotes`,
    );
  }

  #takes(character: string): boolean {
    this.#skipBlanks();
    if (this.#file.text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #skipBlanks(): void {
    this.#match(BLANKS);
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#file.text)?.[0];
    if (found === undefined) return null;
    this.#at += found.length;
    return found;
  }

  #spanFrom(start: number): SourceSpan {
    return { file: this.#file, start, end: this.#at };
  }

  #problem(message: string): NotJson {
    const { text } = this.#file;
    const isAtEnd = this.#at >= text.length;
    return new NotJson({
      message: isAtEnd ? `it ends too early (${message})` : message,
      span: {
        file: this.#file,
        start: Math.min(this.#at, text.length),
        end: Math.min(this.#at + 1, text.length),
      },
    });
  }
}
