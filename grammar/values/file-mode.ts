import { refuse, warn } from './problem.ts';
import { FILE_MODE, INVALID_VALUE } from './value-errors.ts';
import { parsed, type ValueType } from './value-type.ts';

/** Write permission for others. */
const OTHERS_MAY_WRITE = 0o002;
const PERMISSIONS = 0o777;

/** Exactly three digits. 8 and 9 pass Hiawatha's reader and carry over. */
export const fileMode: ValueType<number> = {
  syntax: '<three octal digits>',
  completions: ['640', '660'],
  parse(value, report) {
    const text = value.text;
    if (!/^[0-9]{3}$/.test(text)) {
      const octal = /^0([0-7]{3})$/.exec(text)?.[1];
      return refuse(report, value, INVALID_VALUE, `"${text}" is not a mode of three digits`, {
        note: 'write three octal digits, as "640"',
        ...(octal === undefined ? {} : { replacement: octal }),
      });
    }
    const [owner = 0, group = 0, others = 0] = text.split('').map(Number);
    const mode = (owner * 64 + group * 8 + others) & PERMISSIONS;
    if (/[89]/.test(text)) {
      warn(report, value, FILE_MODE, `"${text}" is no octal number`, {
        note: `Hiawatha computes ${mode.toString(8).padStart(3, '0')} from it`,
      });
    } else if ((mode & OTHERS_MAY_WRITE) !== 0) {
      warn(report, value, FILE_MODE, `with "${text}" every account may change uploaded files`, {
        replacement: (mode & ~OTHERS_MAY_WRITE).toString(8).padStart(3, '0'),
      });
    }
    return parsed(mode);
  },
};
