import type { MappedText } from '../mapped-text.ts';
import { commaBeside } from './list.ts';
import { newer, objectTo, refuse, warn } from './problem.ts';
import type { Spanned } from './spanned.ts';
import { splitAll, type Part } from './split.ts';
import { EMPTY_ITEM, EXTENSION_SYNTAX, INVALID_VALUE, WRONG_CASE } from './value-errors.ts';
import {
  NOT_PARSED,
  parsed,
  type Parsed,
  type ReportValueProblem,
  type ValueType,
} from './value-type.ts';

type NameList = ValueType<readonly Spanned<string>[]>;

/** Names: groups, cookies. An empty item is kept by Hiawatha; here it is reported and left out. */
export const names: NameList = nameList('<name>[, …]', () => undefined);

/** Extensions, without dot and in the case they have in file names. */
export const extensions: NameList = nameList('<extension>[, …]', inspectExtension);

/** Ids of sections that have to exist. An empty item is an id that does not exist, so it is refused. */
export const ids: NameList = {
  syntax: '<id>[, …]',
  completions: [],
  parse: (value, report) => parseNames(value, report, () => undefined, 'refused'),
};

/** Ids of bindings: Hiawatha does not look them up, so that an empty item only matches no binding. */
export const bindingIds: NameList = {
  syntax: '<BindingId>[, …]',
  completions: [],
  parse: (value, report) => parseNames(value, report, () => undefined, 'wrong'),
};

/** URL prefixes of a Directory section. */
export const urlPaths: NameList = {
  syntax: '<URL path>[, …]',
  completions: [],
  parse(value, report) {
    const comma = value.text.indexOf(',');
    if (comma !== -1) {
      newer(report, value, {
        what: 'a list of paths',
        release: { with: '10.0' },
        note: 'there a Directory section has one Path',
        start: comma,
      });
    }
    return parseNames(value, report, inspectUrlPath, 'wrong');
  },
};

function asWritten(name: string): string {
  return name;
}

type Inspect = (value: MappedText, part: Part, report: ReportValueProblem) => void;

function nameList(syntax: string, inspect: Inspect): NameList {
  return {
    syntax,
    completions: [],
    parse: (value, report) => parseNames(value, report, inspect, 'kept'),
  };
}

/**
 * Reads a comma list whose items may hold blanks.
 *
 * @param emptyItem - What becomes of an empty item: `refused` as in Hiawatha, `wrong` though Hiawatha accepts it, `kept`
 * with a warning.
 * @param fold - Makes alike what counts as the same name.
 */
export function parseNames(
  value: MappedText,
  report: ReportValueProblem,
  inspect: Inspect,
  emptyItem: 'refused' | 'wrong' | 'kept',
  fold: (name: string) => string = asWritten,
): Parsed<readonly Spanned<string>[]> {
  if (/^[ \t]*$/.test(value.text)) {
    return refuse(report, value, INVALID_VALUE, 'the list is empty');
  }
  const parts = splitAll(value, ',');
  const read = (part: Part): Spanned<string> => {
    inspect(value, part, report);
    return { value: fold(part.written), span: value.spanOf(part.at, part.end) };
  };
  if (parts.every(isFilled)) return parsed(parts.map(read));
  const items: Spanned<string>[] = [];
  for (const [index, part] of parts.entries()) {
    if (isFilled(part)) {
      items.push(read(part));
      continue;
    }
    const [start, end] = commaBeside(value, parts, index);
    const details = { start, end, replacement: '' };
    switch (emptyItem) {
      case 'refused':
        refuse(report, value, EMPTY_ITEM, 'empty item in the list', details);
        break;
      case 'wrong':
        objectTo(report, value, EMPTY_ITEM, 'empty item in the list', {
          ...details,
          safe: true,
          note: 'Hiawatha accepts it, but cannot do anything sensible with it',
        });
        break;
      case 'kept':
        warn(report, value, EMPTY_ITEM, 'empty item in the list', details);
    }
  }
  return emptyItem === 'kept' ? parsed(items) : NOT_PARSED;
}

function isFilled({ at, end }: Part): boolean {
  return end > at;
}

/** Reports what can never be the extension of a file. */
export function inspectExtension(value: MappedText, part: Part, report: ReportValueProblem): void {
  const text = part.written;
  const place = { start: part.at, end: part.at + text.length };
  const bare = text.replace(/^\*?\.+/, '');
  if (bare !== text) {
    warn(
      report,
      value,
      EXTENSION_SYNTAX,
      `"${text}" never matches: extensions are written without dot`,
      {
        ...place,
        replacement: bare,
      },
    );
  } else if (text.includes('.')) {
    warn(
      report,
      value,
      EXTENSION_SYNTAX,
      `"${text}" never matches: an extension begins behind the last dot`,
      {
        ...place,
        replacement: text.slice(text.lastIndexOf('.') + 1),
      },
    );
  } else if (text.includes(':')) {
    warn(report, value, EXTENSION_SYNTAX, `"${text}" is taken as one extension`, {
      ...place,
      note: 'only the first colon separates; write a line of its own for another program',
    });
  } else if (/[ \t]/.test(text)) {
    warn(report, value, EXTENSION_SYNTAX, `"${text}" is taken as one extension`, {
      ...place,
      note: 'extensions are separated by commas, not by blanks',
      replacement: text.split(/[ \t]+/).join(', '),
    });
  } else if (text !== text.toLowerCase()) {
    warn(
      report,
      value,
      WRONG_CASE,
      `"${text}" only matches files whose extension is in this case`,
      {
        ...place,
        note: 'extensions are compared with case; most files have theirs in lower case',
        replacement: text.toLowerCase(),
      },
    );
  }
}

function inspectUrlPath(value: MappedText, part: Part, report: ReportValueProblem): void {
  const text = part.written;
  if (text.startsWith('/')) return;
  warn(report, value, INVALID_VALUE, `"${text}" never matches: a URL path begins with a slash`, {
    start: part.at,
    end: part.at + text.length,
    ...(/^[a-z]+:/i.test(text) ? {} : { replacement: `/${text}` }),
  });
}
