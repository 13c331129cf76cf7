import { parseKeyword } from './keyword.ts';
import { newer, refuse } from './problem.ts';
import { INVALID_VALUE } from './value-errors.ts';
import type { ValueType } from './value-type.ts';

const SIZES = ['2048', '4096', '8192'] as const;

/** DHsize. */
export const dhSize: ValueType<(typeof SIZES)[number]> = {
  syntax: SIZES.join(' | '),
  completions: SIZES,
  parse(value, report) {
    if (value.text === '1024') {
      return refuse(report, value, INVALID_VALUE, 'groups of 1024 bits are no longer made', {
        since: '9.15',
        note: 'they can be broken; write "2048"',
        replacement: '2048',
      });
    }
    if (value.text === '8192') newer(report, value, { what: '"8192"', release: { after: '8.8' } });
    return parseKeyword(value, report, SIZES);
  },
};
