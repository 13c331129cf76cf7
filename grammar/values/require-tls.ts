import type { MappedText } from '../mapped-text.ts';
import { parseDuration, SECOND_MS } from './duration.ts';
import { newer, refuse, warn, within } from './problem.ts';
import { Part, partOf, splitFirst } from './split.ts';
import { EMPTY_ITEM, IGNORED_TEXT, INVALID_VALUE } from './value-errors.ts';
import {
  NOT_PARSED,
  parsed,
  type Parsed,
  type ReportValueProblem,
  type ValueType,
} from './value-type.ts';
import { yesNo } from './yes-no.ts';

/** HSTS: how long browsers remember, and with which flags. */
export interface Hsts {
  readonly maxAgeSeconds: number;
  readonly includeSubDomains: boolean;
  readonly preload: boolean;
}

/** Whether plain requests are redirected, and what browsers are told. */
export interface RequireTls {
  readonly enabled: boolean;
  /** Sent over TLS, also where `enabled` is false. Null: not sent. */
  readonly hsts: Hsts | null;
}

const FLAGS_FORM = 'write "; includeSubDomains", "; preload", or "; includeSubDomains; preload"';

/** `yes|no[, time[; includeSubDomains][; preload]]`. */
export const requireTls: ValueType<RequireTls> = {
  syntax: 'yes | no [, <time>[; includeSubDomains][; preload]]',
  completions: ['yes', 'no'],
  parse(value, report) {
    const parts = splitFirst(value, ',');
    if (parts === null) {
      const semicolon = value.text.indexOf(';');
      if (semicolon !== -1) {
        return refuse(report, value, INVALID_VALUE, 'flags need a time', {
          note: 'write "yes, 31d; includeSubDomains"',
          start: semicolon,
        });
      }
      const enabled = yesNo.parse(value, report);
      return enabled.ok ? parsed({ enabled: enabled.value, hsts: null }) : enabled;
    }
    const enabled = yesNo.parse(parts[0].text, within(report, parts[0].at));
    const hsts = parseHsts(parts[1].text, within(report, parts[1].at));
    return enabled.ok && hsts.ok
      ? parsed({ enabled: enabled.value, hsts: hsts.value })
      : NOT_PARSED;
  },
};

function parseHsts(value: MappedText, report: ReportValueProblem): Parsed<Hsts> {
  const [time, flags] = splitFirst(value, ';') ?? [Part.whole(value), null];
  const comma = time.text.text.indexOf(',');
  if (comma !== -1) {
    return refuse(report, value, INVALID_VALUE, 'flags are separated by semicolons', {
      note: FLAGS_FORM,
      start: time.at + comma,
      end: time.at + comma + 1,
      replacement: ';',
    });
  }
  const maxAge = parseDuration(time.text, within(report, time.at), {
    min: 1,
    sensibleMaxSeconds: Number.MAX_VALUE,
  });
  const found =
    flags === null ? parsed(NO_FLAGS) : parseFlags(flags.text, within(report, flags.at));
  if (!maxAge.ok || !found.ok) return NOT_PARSED;
  if (flags !== null) {
    newer(report, value, {
      what: 'flags behind the time',
      release: { after: '9.15' },
      note: 'write the time alone; CustomHeader can send the whole header',
      start: flags.at,
    });
  }
  return parsed({ maxAgeSeconds: maxAge.value / SECOND_MS, ...found.value });
}

type Flags = Omit<Hsts, 'maxAgeSeconds'>;
const NO_FLAGS: Flags = { includeSubDomains: false, preload: false };

function parseFlags(value: MappedText, report: ReportValueProblem): Parsed<Flags> {
  const [first, rest] = splitFirst(value, ';') ?? [Part.whole(value), null];
  const flag = first.text.text.toLowerCase();
  if (flag === 'preload') {
    const tail = rest === null ? false : inspectTail(value, rest, report);
    return parsed({ includeSubDomains: tail, preload: true });
  }
  if (flag !== 'includesubdomains') return refuseFlag(value, first, report);
  if (rest === null) return parsed({ includeSubDomains: true, preload: false });
  return rest.text.text.toLowerCase() === 'preload'
    ? parsed({ includeSubDomains: true, preload: true })
    : refuseFlag(value, rest, report);
}

/** Hiawatha sends whatever follows `preload`; only the flag that makes sense there is kept. */
function inspectTail(value: MappedText, tail: Part, report: ReportValueProblem): boolean {
  const isFlag = tail.text.text.toLowerCase() === 'includesubdomains';
  const preload = partOf(value, 0, value.text.indexOf(';'));
  warn(
    report,
    value,
    IGNORED_TEXT,
    `Hiawatha does not look at "${tail.text.text}" behind "preload"`,
    {
      note: isFlag ? 'write "includeSubDomains" first' : 'it sends the text to clients as it is',
      ...(isFlag
        ? { replacement: 'includeSubDomains; preload' }
        : { start: preload.at + preload.text.text.length, replacement: '' }),
    },
  );
  return isFlag;
}

function refuseFlag(value: MappedText, flag: Part, report: ReportValueProblem): Parsed<never> {
  const text = flag.text.text;
  return text === ''
    ? refuse(report, value, EMPTY_ITEM, 'the flag behind the semicolon is missing', {
        note: FLAGS_FORM,
        start: flag.at,
        end: Math.max(flag.at, value.text.length),
      })
    : refuse(report, value, INVALID_VALUE, `"${text}" is not a flag that may stand here`, {
        note: FLAGS_FORM,
        start: flag.at,
        end: flag.at + text.length,
      });
}
