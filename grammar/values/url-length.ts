import { parseInteger } from './number.ts';
import { parsed, type ValueType } from './value-type.ts';

/** Bytes of a request URI; null for no limit (`none` in any case, or 0). */
export const urlLength: ValueType<number | null> = {
  syntax: 'none | <bytes>',
  completions: ['none'],
  parse(value, report) {
    if (value.text.toLowerCase() === 'none') return parsed(null);
    const bytes = parseInteger(value, report, { unit: 'bytes' });
    return bytes.ok ? parsed(bytes.value === 0 ? null : bytes.value) : bytes;
  },
};
