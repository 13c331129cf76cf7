import { parseKeyword } from './keyword.ts';
import { parseStrictList } from './list.ts';
import { warn, within } from './problem.ts';
import { Part, splitFirst } from './split.ts';
import { EMPTY_ITEM } from './value-errors.ts';
import { NOT_PARSED, parsed, type ValueType } from './value-type.ts';

const LOGS = ['system', 'exploit', 'garbage', 'access', 'error'] as const;

/** Logs that also go to syslog. */
export interface Syslog {
  /** Without repetition, in the order of the manual. */
  readonly logs: readonly (typeof LOGS)[number][];
  readonly identifier: string | null;
}

/** `log[, log…][; identifier]`. */
export const syslog: ValueType<Syslog> = {
  syntax: 'system | exploit | garbage | access | error | all [, …] [; <identifier>]',
  completions: [...LOGS, 'all'],
  parse(value, report) {
    const [list, identifier] = splitFirst(value, ';') ?? [Part.whole(value), null];
    const words = parseStrictList(list.text, within(report, list.at), (item, reportItem) =>
      parseKeyword(item, reportItem, [...LOGS, 'all'] as const),
    );
    if (!words.ok) return NOT_PARSED;
    if (identifier?.text.text === '') {
      warn(report, value, EMPTY_ITEM, 'the identifier behind the semicolon is missing', {
        start: list.at + list.text.text.length,
        replacement: '',
        note: 'without the semicolon the name of the program is used',
      });
    }
    const wanted = new Set(words.value.map((word) => word.value));
    return parsed({
      logs: LOGS.filter((log) => wanted.has('all') || wanted.has(log)),
      identifier: identifier === null || identifier.text.text === '' ? null : identifier.text.text,
    });
  },
};
