/** Directives that ban: how many of what within which time, and for how long. In milliseconds. */
import { parseDuration, SECOND_MS } from './duration.ts';
import { parseInteger } from './number.ts';
import { refuse, within } from './problem.ts';
import { Part, splitAll, splitFirst } from './split.ts';
import { INVALID_VALUE } from './value-errors.ts';
import { NOT_PARSED, parsed, type Parsed, type ValueType } from './value-type.ts';
import { yesNo } from './yes-no.ts';

/** More requests than `requests` on one connection within `windowMs` give a ban. */
export interface Flooding {
  readonly requests: number;
  readonly windowMs: number;
  readonly banMs: number;
}

/** `count/window:ban`; only the window may have a unit letter. */
export const flooding: ValueType<Flooding> = {
  syntax: '<requests>/<time>:<seconds>',
  completions: [],
  parse(value, report) {
    const form = 'write "<requests>/<time>:<seconds of the ban>", as "10/1:15"';
    const slash = splitFirst(value, '/');
    const colon = slash === null ? null : splitFirst(slash[1].text, ':');
    if (slash === null || colon === null || slash[0].text.text.includes(':')) {
      return refuse(
        report,
        value,
        INVALID_VALUE,
        `"${value.text}" is not a limit with a ban time`,
        {
          note: form,
        },
      );
    }
    const requests = parseInteger(slash[0].text, within(report, slash[0].at), { min: 1 });
    const window = parseDuration(colon[0].text, within(report, slash[1].at + colon[0].at), {
      min: 1,
    });
    const ban = parseInteger(colon[1].text, within(report, slash[1].at + colon[1].at), {
      min: 1,
      unit: 'seconds',
      factor: SECOND_MS,
    });
    return requests.ok && window.ok && ban.ok
      ? parsed({ requests: requests.value, windowMs: window.value, banMs: ban.value })
      : NOT_PARSED;
  },
};

/** A number of attempts and the ban that follows. */
export interface Attempts {
  readonly attempts: number;
  readonly banMs: number;
}

/** `attempts:ban`. */
export const attempts: ValueType<Attempts> = {
  syntax: '<attempts>:<time>',
  completions: [],
  parse(value, report) {
    const parts = splitAll(value, ':');
    const [count, time] = parts;
    if (count === undefined || time === undefined || parts.length !== 2) {
      return refuse(
        report,
        value,
        INVALID_VALUE,
        `"${value.text}" is not a number of attempts with a ban time`,
        {
          note: 'write "<attempts>:<time>", as "3:2m"',
        },
      );
    }
    const found = parseInteger(count.text, within(report, count.at), { min: 1 });
    const ban = parseDuration(time.text, within(report, time.at), { min: 1 });
    return found.ok && ban.ok ? parsed({ attempts: found.value, banMs: ban.value }) : NOT_PARSED;
  },
};

/** Whether CGI programs may ban, and for how long at most; `maxMs` null is without limit. */
export interface BanByCgi {
  readonly maxMs: number | null;
}

/** `yes|no[, time]`; null for no. */
export const banByCgi: ValueType<BanByCgi | null> = {
  syntax: 'yes | no [, <time>]',
  completions: ['yes', 'no'],
  parse(value, report) {
    const [word, time] = splitFirst(value, ',') ?? [Part.whole(value), null];
    const isOn = yesNo.parse(word.text, within(report, word.at));
    const max: Parsed<number | null> =
      time === null ? parsed(null) : parseDuration(time.text, within(report, time.at), { min: 1 });
    if (!isOn.ok || !max.ok) return NOT_PARSED;
    return parsed(isOn.value ? { maxMs: max.value } : null);
  },
};
