import type { MappedText } from '../mapped-text.ts';
import { refuse } from './problem.ts';
import { INVALID_VALUE } from './value-errors.ts';
import { parsed, type Parsed, type ReportValueProblem, type ValueType } from './value-type.ts';

/** A full path; whether it exists is not looked at. */
export const absolutePath: ValueType<string> = {
  syntax: '<full path>',
  completions: [],
  parse: parseAbsolutePath,
};

/** A full path of a directory: not `/`, no slash at its end. */
export const directoryPath: ValueType<string> = {
  syntax: '<full path of a directory, without final slash>',
  completions: [],
  parse: parseDirectoryPath,
};

/** Reads a full path that may be a part of a larger value. */
export function parseAbsolutePath(value: MappedText, report: ReportValueProblem): Parsed<string> {
  if (value.text.startsWith('/')) return parsed(value.text);
  return refuseRelative(value, report);
}

/** Reads a directory that may be a part of a larger value. */
export function parseDirectoryPath(value: MappedText, report: ReportValueProblem): Parsed<string> {
  const text = value.text;
  if (!text.startsWith('/')) return refuseRelative(value, report);
  if (/^\/+$/.test(text)) {
    return refuse(report, value, INVALID_VALUE, 'the root directory is not allowed here', {
      note: 'name a directory below "/"',
    });
  }
  if (text.endsWith('/')) {
    const start = text.replace(/\/+$/, '').length;
    return refuse(report, value, INVALID_VALUE, `"${text}" ends in a slash`, {
      note: 'Hiawatha refuses a directory with a slash at its end',
      replacement: '',
      start,
      end: text.length,
    });
  }
  return parsed(text);
}

function refuseRelative(value: MappedText, report: ReportValueProblem): Parsed<never> {
  const text = value.text;
  if (text === '') return refuse(report, value, INVALID_VALUE, 'the path is missing');
  const quoted = /^(["'])(\/.*)\1$/.exec(text)?.[2];
  if (quoted !== undefined) {
    return refuse(
      report,
      value,
      INVALID_VALUE,
      `"${text}" does not begin with a slash, but with a quote`,
      {
        note: 'Hiawatha knows no quotes: blanks in a path need none',
        replacement: quoted,
      },
    );
  }
  const why = text.startsWith('~')
    ? '"~" is not expanded; write the full path'
    : text.toLowerCase() === 'none'
      ? 'the word "none" is not known here; only AccessLogfile has it'
      : 'write the full path, from "/" on';
  return refuse(report, value, INVALID_VALUE, `"${text}" is not a full path`, { note: why });
}
