import { SECOND_MS } from './duration.ts';
import { parseKeyword } from './keyword.ts';
import { parseInteger } from './number.ts';
import { refuse, warn, within } from './problem.ts';
import { Part, splitFirst } from './split.ts';
import { byteLength } from './text.ts';
import { IGNORED_TEXT, INVALID_VALUE, OUT_OF_RANGE } from './value-errors.ts';
import { NOT_PARSED, parsed, type ValueType } from './value-type.ts';

/** How much of the secret Hiawatha uses. */
const SECRET_BYTES = 20;

const MODES = ['httpheader', 'javascript'] as const;

/** From how many connections on, and how, clients have to echo a cookie. */
export interface Challenge {
  readonly connections: number;
  readonly mode: (typeof MODES)[number];
  readonly banMs: number;
  /** Null where none is given. Hiawatha uses at most 20 bytes of it. */
  readonly secret: string | null;
}

/** `connections, mode, seconds[, secret]`; the secret is the rest of the line. */
export const challenge: ValueType<Challenge> = {
  syntax: '<connections>, httpheader | javascript, <seconds>[, <secret>]',
  completions: [],
  parse(value, report) {
    const first = splitFirst(value, ',');
    const second = first === null ? null : splitFirst(first[1].text, ',');
    if (first === null || second === null) {
      return refuse(report, value, INVALID_VALUE, `"${value.text}" has too few parts`, {
        note: 'write "<connections>, <mode>, <seconds of the ban>", as "200, httpheader, 60"',
      });
    }
    const third = splitFirst(second[1].text, ',');
    const modeAt = first[1].at + second[0].at;
    const banAt = first[1].at + second[1].at;
    const connections = parseInteger(first[0].text, within(report, first[0].at));
    const mode = parseKeyword(second[0].text, within(report, modeAt), MODES);
    const ban = third === null ? Part.whole(second[1].text) : third[0];
    const banMs = parseInteger(ban.text, within(report, banAt + ban.at), {
      unit: 'seconds',
      factor: SECOND_MS,
    });
    if (!connections.ok || !mode.ok || !banMs.ok) return NOT_PARSED;
    if (connections.value === 0) {
      warn(report, value, OUT_OF_RANGE, 'with 0 every client is challenged at every time', {
        note: 'give the number of connections from which an attack is likely',
        end: first[0].text.text.length,
      });
    }
    if (third?.[1].text.text === '') {
      warn(report, value, INVALID_VALUE, 'the secret is empty', {
        note: 'without a secret the cookie can be computed by anybody; leave the comma out to have one chosen at random',
        start: banAt + ban.at + ban.text.text.length,
        replacement: '',
      });
    }
    const secretText = third?.[1];
    if (third !== null && secretText !== undefined && byteLength(secretText.text) > SECRET_BYTES) {
      warn(
        report,
        value,
        IGNORED_TEXT,
        `only the first ${SECRET_BYTES} bytes of the secret count`,
        {
          note: 'shorten it, so that nobody relies on the rest',
          start: banAt + secretText.at,
        },
      );
    }
    return parsed({
      connections: connections.value,
      mode: mode.value,
      banMs: banMs.value,
      secret: third === null ? null : third[1].text.text,
    });
  },
};
