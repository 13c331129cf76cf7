import { parseInteger, MAX_INTEGER } from './number.ts';
import { objectTo, refuse, warn } from './problem.ts';
import { OUT_OF_RANGE, SESSION_OVERFLOW } from './value-errors.ts';
import { NOT_PARSED, parsed, type ValueType } from './value-type.ts';

const MINUTE_SECONDS = 60;
const MINUTE_MS = 60_000;
const MAX_MINUTES = 35_791_394;
const YEAR_MINUTES = 525_600;

/**
 * Minutes; the value is in milliseconds. Hiawatha multiplies by 60 in 32 bits and refuses a negative product, so that some
 * numbers above the limit are refused and others become a different time.
 */
export const sessionTimeout: ValueType<number> = {
  syntax: `<minutes> (0 to ${MAX_MINUTES})`,
  completions: [],
  parse(value, report) {
    const minutes = parseInteger(value, report, { unit: 'minutes' });
    if (!minutes.ok) return minutes;
    if (minutes.value > MAX_MINUTES) {
      const product = (minutes.value * MINUTE_SECONDS) % 2 ** 32;
      if (product > MAX_INTEGER + 18) {
        return refuse(
          report,
          value,
          OUT_OF_RANGE,
          `${value.text} minutes are more than ${MAX_MINUTES}`,
        );
      }
      objectTo(report, value, SESSION_OVERFLOW, `${value.text} minutes overflow`, {
        note: `Hiawatha makes ${product} seconds of it; at most ${MAX_MINUTES} minutes fit`,
      });
      return NOT_PARSED;
    }
    if (minutes.value > YEAR_MINUTES) {
      warn(report, value, OUT_OF_RANGE, `${value.text} minutes are more than a year`, {
        note: 'the server forgets the session at its next start',
      });
    }
    return parsed(minutes.value * MINUTE_MS);
  },
};
