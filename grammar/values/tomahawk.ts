import { parseInteger } from './number.ts';
import { objectTo, refuse, warn, within } from './problem.ts';
import { splitFirst } from './split.ts';
import { INVALID_VALUE, OUT_OF_RANGE } from './value-errors.ts';
import { NOT_PARSED, parsed, type ValueType } from './value-type.ts';

const MAX_PORT = 65_535;

/** An administration port and the hash of its password. */
export interface Tomahawk {
  readonly port: number;
  readonly passwordHash: string;
}

/** `port, hash`. */
export const tomahawk: ValueType<Tomahawk> = {
  syntax: '<port>, <password hash>',
  completions: [],
  parse(value, report) {
    const parts = splitFirst(value, ',');
    if (parts === null || parts[1].text.text === '') {
      return refuse(report, value, INVALID_VALUE, 'the password hash is missing', {
        note: 'write "<port>, <hash>"',
      });
    }
    const [port, hash] = parts;
    const number = parseInteger(port.text, within(report, port.at), { min: 1 });
    if (!number.ok) return NOT_PARSED;
    if (number.value > MAX_PORT) {
      objectTo(
        report,
        value,
        OUT_OF_RANGE,
        `${number.value} is no port: the largest is ${MAX_PORT}`,
        {
          end: port.text.text.length,
        },
      );
      return NOT_PARSED;
    }
    if (!/^[0-9a-f]{32,}$/i.test(hash.text.text)) {
      warn(report, value, INVALID_VALUE, `"${hash.text.text}" does not look like a password hash`, {
        note: 'the text is compared with the hash of the password, not with the password',
        start: hash.at,
        end: hash.at + hash.text.text.length,
      });
    }
    return parsed({ port: number.value, passwordHash: hash.text.text });
  },
};
