import { parseDirectoryPath } from './path.ts';
import { refuse, within } from './problem.ts';
import { splitFirst } from './split.ts';
import { INVALID_VALUE } from './value-errors.ts';
import { NOT_PARSED, parsed, type ValueType } from './value-type.ts';

/** A URL path and the file or directory behind it. */
export interface Alias {
  readonly urlPath: string;
  readonly target: string;
}

/** `/url:/target`, neither with a slash at its end. */
export const alias: ValueType<Alias> = {
  syntax: '<URL path>:<full path>',
  completions: [],
  parse(value, report) {
    const parts = splitFirst(value, ':');
    if (parts === null) {
      return refuse(report, value, INVALID_VALUE, `"${value.text}" names no target`, {
        note: 'write "<URL path>:<full path>", as "/doc:/usr/share/doc"',
      });
    }
    const urlPath = parseDirectoryPath(parts[0].text, within(report, parts[0].at));
    const target = parseDirectoryPath(parts[1].text, within(report, parts[1].at));
    return urlPath.ok && target.ok
      ? parsed({ urlPath: urlPath.value, target: target.value })
      : NOT_PARSED;
  },
};
