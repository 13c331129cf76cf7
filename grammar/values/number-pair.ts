/** Two numbers with a comma between them. */
import { SECOND_MS } from './duration.ts';
import { parseInteger, both } from './number.ts';
import { refuse, within } from './problem.ts';
import { splitAll } from './split.ts';
import { KIB } from './throttle.ts';
import { INVALID_VALUE } from './value-errors.ts';
import { NOT_PARSED, parsed, type ValueType } from './value-type.ts';

/** Times in milliseconds for the first request of a connection and for each later one. */
export interface RequestTimes {
  readonly firstMs: number;
  readonly laterMs: number;
}

/** Longer than this no client is waited for. */
const SENSIBLE_SECONDS = 86_400;

/** `first[, later]`; one number sets both (TimeForRequest). */
export const requestTimes: ValueType<RequestTimes> = {
  syntax: '<seconds>[, <seconds>]',
  completions: [],
  parse(value, report) {
    const parts = splitAll(value, ',');
    const [first, later] = parts;
    if (first === undefined || parts.length > 2) {
      return refuse(report, value, INVALID_VALUE, `"${value.text}" has more than two times`, {
        note: 'write the seconds for the first request and for later ones, as "5, 30"',
      });
    }
    const options = { min: 1, unit: 'seconds', factor: SECOND_MS, sensibleMax: SENSIBLE_SECONDS };
    const firstMs = parseInteger(first.text, within(report, first.at), options);
    if (later === undefined) {
      return firstMs.ok ? parsed({ firstMs: firstMs.value, laterMs: firstMs.value }) : firstMs;
    }
    const times = both(firstMs, parseInteger(later.text, within(report, later.at), options));
    return times.ok ? parsed({ firstMs: times.value[0], laterMs: times.value[1] }) : NOT_PARSED;
  },
};

/** A bandwidth that some connections share. */
export interface UploadSpeed {
  readonly bytesPerSecond: number;
  readonly connections: number;
}

/** `kilobytes, connections` (UploadSpeed). */
export const uploadSpeed: ValueType<UploadSpeed> = {
  syntax: '<kB/s>, <connections>',
  completions: [],
  parse(value, report) {
    const parts = splitAll(value, ',');
    const [speed, connections] = parts;
    if (speed === undefined || connections === undefined || parts.length !== 2) {
      return refuse(
        report,
        value,
        INVALID_VALUE,
        `"${value.text}" is not a speed with a number of connections`,
        {
          note: 'write "<kB per second>, <connections>", as "20, 4"',
        },
      );
    }
    const pair = both(
      parseInteger(speed.text, within(report, speed.at), {
        min: 1,
        unit: 'kB per second',
        factor: KIB,
      }),
      parseInteger(connections.text, within(report, connections.at), { min: 1 }),
    );
    return pair.ok
      ? parsed({ bytesPerSecond: pair.value[0], connections: pair.value[1] })
      : NOT_PARSED;
  },
};
