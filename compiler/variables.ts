/**
 * `set` and substitution: plain replacement of names anywhere in a value, newest definition first (hiawatha(1), `set`).
 */
import type { Directive, VariableDefinition } from '../grammar/ast.ts';
import type {
  Diagnostic,
  DiagnosticDetails,
  DiagnosticNote,
  DiagnosticRule,
} from '../grammar/diagnostic.ts';
import { diagnose } from '../grammar/diagnostic.ts';
import type { MappedText } from '../grammar/mapped-text.ts';
import type { SourceSpan } from '../grammar/source.ts';
import {
  EMPTY_VARIABLE,
  MISPLACED_DEFINITION,
  RISKY_VARIABLE_NAME,
  TOO_MANY_OCCURRENCES,
  VARIABLE_INSIDE_WORD,
  VARIABLE_ORDER,
  VARIABLE_REDEFINED,
} from './expand-errors.ts';

/** More occurrences of one name in one value are not replaced at all. */
const MAX_OCCURRENCES = 100;
const MAX_VALUE_LENGTH = 65_536;
/** Characters that may be searched for names in one run: a bound on time, far above any real configuration. */
const MAX_SEARCHED_CHARACTERS = 400_000_000;
const CONFIG_DIRECTORY = 'CONFIG_DIR';
const CODE_UNITS = 65_536;

/** A value that may hold names of variables. */
type WrittenValue = Pick<Directive, 'value' | 'valueText'>;

interface Variable {
  readonly name: string;
  readonly value: string;
  /** Null for the predefined one. */
  readonly definition: VariableDefinition | null;
  /** Definitions count from 0. */
  readonly order: number;
  isUsed: boolean;
}

/** The variables that `set` has defined so far, and their replacement in values. */
export class Variables {
  readonly diagnostics: Diagnostic[] = [];
  /** Oldest first. */
  readonly #variables: Variable[] = [];
  readonly #newestByName = new Map<string, Variable>();
  /** Which characters names begin with: most values hold none of them and need no search. */
  readonly #firstCharacters = new Uint8Array(CODE_UNITS);
  /** Values in which nothing was replaced. */
  readonly #values: WrittenValue[] = [];
  /** How many of them had been read when each variable was added. */
  readonly #valuesBefore: number[] = [];
  readonly #reported = new Set<string>();
  #searched = 0;
  /** Set when replacing was cut short: then nothing is known about variables that seem unused. */
  #isCutShort = false;

  constructor(configDirectory: string) {
    this.#add(CONFIG_DIRECTORY, configDirectory, null);
  }

  define(definition: VariableDefinition, isInSection: boolean): void {
    const name = definition.name.text;
    const older = this.#newestByName.get(name);
    if (name === '') {
      this.#report(EMPTY_VARIABLE, {
        severity: 'warning',
        message: 'the variable has no name and is never replaced',
        span: definition.keySpan,
        notes: [{ message: 'write: set NAME = value, without "=" behind "set"', span: null }],
      });
      return;
    }
    if (definition.value.text === '') {
      this.#report(EMPTY_VARIABLE, {
        severity: 'warning',
        message: `the variable "${name}" is empty: its name is deleted from later values`,
        span: definition.name.span,
      });
    }
    if (name === CONFIG_DIRECTORY) {
      this.#report(MISPLACED_DEFINITION, {
        severity: 'warning',
        message: `"${name}" is predefined as the directory of the configuration, and defined again here`,
        span: definition.name.span,
        notes: [{ message: 'use another name', span: null }],
      });
    } else if (older !== undefined) {
      this.#report(VARIABLE_REDEFINED, {
        severity: 'warning',
        message: `the variable "${name}" is defined again; from here on the value is "${definition.value.text}"`,
        span: definition.name.span,
        notes: definedHere('first defined here', older),
      });
    }
    if (isInSection) {
      this.#report(MISPLACED_DEFINITION, {
        severity: 'warning',
        message: `the variable "${name}" is defined in a section, but counts for everything behind it`,
        span: definition.name.span,
        notes: [{ message: 'define it at the top of the file', span: null }],
      });
    }
    const risk = riskOf(name);
    if (risk !== null && older === undefined) {
      this.#report(RISKY_VARIABLE_NAME, {
        severity: 'warning',
        message: `the variable name "${name}" ${risk} and will be replaced wherever it stands in a value`,
        span: definition.name.span,
        notes: [
          { message: 'use capitals and at least three characters, like SITE_ROOT', span: null },
        ],
      });
    }
    this.#add(name, definition.value.text, definition);
  }

  /** A value with the names of all variables replaced that are defined so far. */
  substitute(value: MappedText): MappedText {
    return this.substituteIn({ value, valueText: value.text }) ?? value;
  }

  /** The value of a directive with the names of all variables replaced that are defined so far; null: there are none. */
  substituteIn(written: WrittenValue): MappedText | null {
    if (this.#mayHoldName(written.valueText)) {
      const { value } = written;
      const replaced = this.#substituteAll(value);
      if (replaced !== value) return replaced;
    }
    this.#keep(written);
    return null;
  }

  /** Reports what can only be seen at the end: variables never used, or used before they are defined. */
  finish(): void {
    const firstByName = new Map<string, Variable>();
    for (const variable of this.#variables) {
      if (!firstByName.has(variable.name)) firstByName.set(variable.name, variable);
    }
    if (firstByName.size > 1) {
      let last = 0;
      for (const { order } of firstByName.values()) last = Math.max(last, order);
      let order = 0;
      for (const [index, value] of this.#values.slice(0, this.#valuesBefore[last]).entries()) {
        while ((this.#valuesBefore[order] ?? Number.POSITIVE_INFINITY) <= index) order += 1;
        this.#reportEarlyUse(value, order, firstByName);
      }
    }
    if (this.#isCutShort) return;
    for (const { name, definition, isUsed } of this.#variables) {
      if (isUsed || definition === null || this.#reported.has(name)) continue;
      if (this.#newestByName.get(name)?.definition !== definition) continue;
      this.#report(VARIABLE_ORDER, {
        severity: 'warning',
        message: `the variable "${name}" is never used`,
        span: definition.name.span,
        notes: [{ message: 'remove the definition', span: null }],
      });
    }
  }

  #add(name: string, value: string, definition: VariableDefinition | null): void {
    const order = this.#variables.length;
    const variable: Variable = { name, value, definition, order, isUsed: false };
    this.#variables.push(variable);
    this.#valuesBefore.push(this.#values.length);
    this.#newestByName.set(name, variable);
    this.#firstCharacters[name.charCodeAt(0)] = 1;
  }

  #mayHoldName(text: string): boolean {
    for (let at = 0; at < text.length; at += 1) {
      if (this.#firstCharacters[text.charCodeAt(at)] === 1) return true;
    }
    return false;
  }

  #substituteAll(written: MappedText): MappedText {
    let value = written;
    for (let index = this.#variables.length - 1; index >= 0; index -= 1) {
      const variable = this.#variables[index];
      if (variable === undefined) continue;
      this.#searched += value.text.length + 1;
      if (this.#searched > MAX_SEARCHED_CHARACTERS) {
        this.#reportLimit(written, variable, 'replacing variables takes too long here');
        return value;
      }
      const offsets = occurrencesOf(variable.name, value.text);
      if (offsets.length === 0) continue;
      variable.isUsed = true;
      if (offsets.length > MAX_OCCURRENCES) {
        this.#reportLimit(
          written,
          variable,
          `"${variable.name}" stands more than ${String(MAX_OCCURRENCES)} times in this value, so it is not replaced at all`,
        );
        continue;
      }
      const growth = offsets.length * (variable.value.length - variable.name.length);
      if (value.text.length + growth > MAX_VALUE_LENGTH) {
        this.#reportLimit(
          written,
          variable,
          `replacing "${variable.name}" makes this value longer than 64 KiB`,
        );
        return value;
      }
      this.#reportInsideWord(value, offsets, variable);
      value = value.replaceEach(offsets, variable.name.length, variable.value);
      this.#reportNewerNames(variable);
    }
    return value;
  }

  #keep(value: WrittenValue): void {
    this.#values.push(value);
  }

  #reportLimit(value: MappedText, variable: Variable, message: string): void {
    this.#isCutShort = true;
    this.#report(TOO_MANY_OCCURRENCES, {
      severity: 'error',
      message,
      span: value.span,
      notes: definedHere('the variable is defined here', variable),
      acceptedByHiawatha: true,
    });
  }

  #reportInsideWord(value: MappedText, offsets: readonly number[], variable: Variable): void {
    const { name } = variable;
    const inside = offsets.find((offset) => {
      const end = offset + name.length;
      return (
        (isWordCharacter(value.text[offset - 1]) && isWordCharacter(name[0])) ||
        (isWordCharacter(value.text[end]) && isWordCharacter(name.at(-1)))
      );
    });
    if (inside === undefined) return;
    this.#report(VARIABLE_INSIDE_WORD, {
      severity: 'warning',
      message: `the variable "${name}" is replaced inside the word "${wordAround(value.text, inside, name.length)}"`,
      span: value.spanOf(inside, inside + name.length),
      notes: [
        {
          message: `the value becomes "${clip(value.replaceEach(offsets, name.length, variable.value).text)}"`,
          span: null,
        },
        ...definedHere('the variable is defined here', variable),
      ],
    });
  }

  /** The value of a variable may hold names of older variables only. */
  #reportNewerNames(variable: Variable): void {
    if (variable.definition === null) return;
    for (const word of wordsOf(variable.value)) {
      const newer = this.#newestByName.get(word);
      if (newer === undefined || newer.order <= variable.order || newer.name === variable.name)
        continue;
      const key = `${String(variable.order)} ${word}`;
      if (this.#reported.has(key)) continue;
      if (this.#variables.some(({ name, order }) => name === word && order < variable.order))
        continue;
      this.#reported.add(key);
      this.#reported.add(word);
      this.#report(VARIABLE_ORDER, {
        severity: 'error',
        message: `"${word}" in the value of "${variable.name}" is not replaced, because it is defined later`,
        span: variable.definition.value.span,
        notes: definedHere(`"${word}" is defined here; move it up`, newer),
        acceptedByHiawatha: true,
      });
    }
  }

  #reportEarlyUse(
    written: WrittenValue,
    order: number,
    firstByName: ReadonlyMap<string, Variable>,
  ): void {
    for (const word of wordsOf(written.valueText)) {
      const variable = firstByName.get(word);
      if (variable === undefined || variable.order < order || variable.definition === null)
        continue;
      if (riskOf(word) !== null && word !== written.valueText) continue;
      const at = written.valueText.indexOf(word);
      this.#reported.add(word);
      this.#report(VARIABLE_ORDER, {
        severity: 'warning',
        message: `the variable "${word}" is not defined yet and therefore not replaced`,
        span: written.value.spanOf(at, at + word.length),
        notes: definedHere('it is defined here, which is read later', variable),
      });
    }
  }

  #report(rule: DiagnosticRule, details: DiagnosticDetails): void {
    this.diagnostics.push(diagnose(rule, details));
  }
}

function definedHere(message: string, variable: Variable): DiagnosticNote[] {
  const span: SourceSpan | undefined = variable.definition?.name.span;
  return span === undefined ? [] : [{ message, span }];
}

/** Offsets of a name in a text, from left to right, not overlapping; at most one more than are replaced. */
function occurrencesOf(name: string, text: string): number[] {
  const offsets: number[] = [];
  for (
    let at = text.indexOf(name);
    at !== -1 && offsets.length <= MAX_OCCURRENCES;
    at = text.indexOf(name, at + name.length)
  ) {
    offsets.push(at);
  }
  return offsets;
}

function riskOf(name: string): string | null {
  if (/[ \t]/.test(name)) return 'has a blank in it';
  if (/^\d+$/.test(name)) return 'is a number';
  if (name.length < 3) return 'is short';
  return /[A-Z]/.test(name) ? null : 'has no capital letter';
}

function wordsOf(text: string): Set<string> {
  return new Set([text, ...(text.match(/\w+/g) ?? [])]);
}

function isWordCharacter(character: string | undefined): boolean {
  return character !== undefined && /\w/.test(character);
}

function wordAround(text: string, offset: number, length: number): string {
  let start = offset;
  let end = offset + length;
  while (start > 0 && isWordCharacter(text[start - 1])) start -= 1;
  while (end < text.length && isWordCharacter(text[end])) end += 1;
  return clip(text.slice(start, end));
}

function clip(text: string): string {
  const LONGEST = 60;
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
