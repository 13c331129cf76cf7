import { HTTP_TOKEN } from './http-token.ts';
import { refuse, warn } from './problem.ts';
import { splitFirst } from './split.ts';
import { EMPTY_ITEM, INVALID_VALUE } from './value-errors.ts';
import { parsed, type ValueType } from './value-type.ts';

/** `key: value`. */
export interface NamedValue {
  readonly name: string;
  readonly value: string;
}

/** `name = value` (Setenv); the value may be empty. */
export const environmentVariable: ValueType<NamedValue> = {
  syntax: '<name> = <value>',
  completions: [],
  parse(value, report) {
    const parts = splitFirst(value, '=');
    if (parts === null) {
      return refuse(report, value, INVALID_VALUE, `"${value.text}" gives no value`, {
        note: 'write "Setenv NAME = value"; in "Setenv = NAME" the equals sign belongs to the directive',
      });
    }
    const [name, content] = parts;
    if (name.text.text === '') {
      warn(report, value, EMPTY_ITEM, 'the variable has no name', { end: name.at });
    }
    return parsed({ name: name.text.text, value: content.text.text });
  },
};

/** `Name: value` (CustomHeader…). */
export const header: ValueType<NamedValue> = {
  syntax: '<name>: <value>',
  completions: [],
  parse(value, report) {
    const parts = splitFirst(value, ':');
    if (parts === null) {
      return refuse(report, value, INVALID_VALUE, `"${value.text}" has no colon`, {
        note: 'write "Name: value"',
      });
    }
    const [name, content] = parts;
    const nameText = name.text.text;
    if (nameText === '') {
      warn(report, value, EMPTY_ITEM, 'the header has no name', {
        note: 'Hiawatha sends it all the same, and the response is broken',
      });
    } else if (!HTTP_TOKEN.test(nameText)) {
      warn(report, value, INVALID_VALUE, `"${nameText}" is no name of a header`, {
        note: 'names consist of letters, digits and "-"',
        end: nameText.length,
      });
    }
    if (content.text.text === '') {
      warn(report, value, EMPTY_ITEM, `the header "${nameText}" has no value`);
    }
    return parsed({ name: nameText, value: content.text.text });
  },
};
