import { nearestName } from './nearest.ts';
import { listed } from './keyword.ts';
import { parseAbsolutePath } from './path.ts';
import { newer, refuse, within } from './problem.ts';
import { splitFirst } from './split.ts';
import { EMPTY_ITEM, INVALID_VALUE } from './value-errors.ts';
import { NOT_PARSED, parsed, type ValueType } from './value-type.ts';

const ROTATIONS = ['daily', 'weekly', 'monthly'] as const;

/** A log file and how often it is rotated. */
export interface LogFile {
  readonly path: string;
  readonly rotation: (typeof ROTATIONS)[number] | null;
}

/** AccessLogfile; null for `none`. */
export const logTarget: ValueType<LogFile | null> = {
  syntax: 'none | <full path>[, daily | weekly | monthly]',
  completions: ['none'],
  parse(value, report) {
    if (value.text.toLowerCase() === 'none') {
      newer(report, value, { what: `"${value.text}"`, release: { after: '8.8' } });
      return parsed(null);
    }
    const parts = splitFirst(value, ',');
    if (parts === null) {
      const path = parseAbsolutePath(value, report);
      return path.ok ? parsed({ path: path.value, rotation: null }) : path;
    }
    const [file, word] = parts;
    if (file.text.text.toLowerCase() === 'none') {
      return refuse(report, value, INVALID_VALUE, '"none" cannot be rotated', {
        replacement: 'none',
      });
    }
    const path = parseAbsolutePath(file.text, within(report, file.at));
    const wanted = word.text.text;
    const rotation = ROTATIONS.find((known) => known === wanted.toLowerCase());
    if (rotation === undefined) {
      if (wanted === '') {
        return refuse(report, value, EMPTY_ITEM, 'nothing behind the comma', {
          note: `write ${listed(ROTATIONS)}, or no comma`,
          start: file.at + file.text.text.length,
          replacement: '',
        });
      }
      const near = nearestName(wanted, ROTATIONS);
      return refuse(report, value, INVALID_VALUE, `"${wanted}" is no rotation`, {
        note: `write ${listed(ROTATIONS)}`,
        start: word.at,
        ...(near === null ? {} : { replacement: near, safe: false }),
      });
    }
    newer(report, value, {
      what: 'rotation by the server',
      release: { with: '9.6' },
      note: 'write the path alone and rotate with logrotate(8)',
      start: word.at,
    });
    return path.ok ? parsed({ path: path.value, rotation }) : NOT_PARSED;
  },
};
