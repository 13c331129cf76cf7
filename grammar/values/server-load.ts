import { refuse, warn } from './problem.ts';
import { INVALID_VALUE, LAX_VALUE, OUT_OF_RANGE } from './value-errors.ts';
import { parsed, type ValueType } from './value-type.ts';

/** Load averages no machine serves requests at. */
const SENSIBLE_MAX = 10_000;

/**
 * A load average; null for one that is never reached. Hiawatha reads it with `atof`, which stops at the first character it cannot use; what it did not read is a
 * warning here.
 */
export const serverLoad: ValueType<number | null> = {
  syntax: '<load average, above 0>',
  completions: [],
  parse(value, report) {
    const text = value.text;
    if (/^(inf|infinity|nan)/i.test(text)) {
      warn(report, value, LAX_VALUE, `"${text}" is no load that can be reached`, {
        note: 'leave the directive out to have no limit',
      });
      return parsed(null);
    }
    const read = /^[+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]+)?/i.exec(text)?.[0];
    const number = read === undefined ? Number.NaN : Number(read);
    if (Number.isNaN(number)) {
      return refuse(report, value, INVALID_VALUE, `"${text}" is not a load average`, {
        note: 'write a decimal number above zero, as "0.7" or "12"',
      });
    }
    if (number <= 0) {
      return refuse(report, value, OUT_OF_RANGE, `${text} has to be above zero`, {
        note: 'leave the directive out to have no limit',
      });
    }
    if (read !== text) {
      const comma = /^[0-9]+,[0-9]+$/.test(text);
      warn(report, value, LAX_VALUE, `Hiawatha reads "${text}" as ${number}`, {
        note: comma
          ? 'the decimal sign is a point'
          : 'it stops at the first character it cannot use',
        replacement: comma ? text.replace(',', '.') : String(number),
        safe: !comma,
      });
    } else if (!/^[0-9]+(\.[0-9]+)?$/.test(text)) {
      warn(report, value, LAX_VALUE, `"${text}" is an unusual way to write ${number}`, {
        replacement: String(number),
        safe: true,
      });
    } else if (number > SENSIBLE_MAX) {
      warn(report, value, OUT_OF_RANGE, `a load of ${text} is never reached`);
    }
    return parsed(number);
  },
};
