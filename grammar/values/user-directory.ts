import { refuse } from './problem.ts';
import { INVALID_VALUE } from './value-errors.ts';
import { parsed, type ValueType } from './value-type.ts';

/** A directory below a home directory: no leading slash, no dot. */
export const userDirectory: ValueType<string> = {
  syntax: '<name, without leading slash and without dot>',
  completions: [],
  parse(value, report) {
    const text = value.text;
    if (text.startsWith('/')) {
      return refuse(report, value, INVALID_VALUE, `"${text}" is a full path`, {
        note: 'name the directory below the home directories, without leading slash',
        ...(/^\/+[^/.]+$/.test(text) ? { replacement: text.replace(/^\/+/, '') } : {}),
      });
    }
    if (text.includes('.')) {
      return refuse(report, value, INVALID_VALUE, `"${text}" contains a dot`, {
        note: 'dots are not allowed, so that nobody climbs out of the home directory',
      });
    }
    return parsed(text);
  },
};
