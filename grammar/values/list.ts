import type { MappedText } from '../mapped-text.ts';
import { refuse, within } from './problem.ts';
import type { Spanned } from './spanned.ts';
import { splitAll, type Part } from './split.ts';
import { EMPTY_ITEM } from './value-errors.ts';
import { NOT_PARSED, parsed, type Parsed, type ReportValueProblem } from './value-type.ts';

/** Reads one item; the report counts offsets from the beginning of the item. */
export type ParseItem<T> = (item: MappedText, report: ReportValueProblem) => Parsed<T>;

/** Reads a comma list in which an empty item is refused. Every bad item is reported. */
export function parseStrictList<T>(
  value: MappedText,
  report: ReportValueProblem,
  parseItem: ParseItem<T>,
): Parsed<readonly Spanned<T>[]> {
  const items: Spanned<T>[] = [];
  let isWhole = true;
  const parts = splitAll(value, ',');
  for (const [index, part] of parts.entries()) {
    if (part.text.text === '') {
      refuseEmptyItem(value, report, parts, index);
      isWhole = false;
      continue;
    }
    const item = parseItem(part.text, within(report, part.at));
    if (item.ok) items.push({ value: item.value, span: part.text.span });
    else isWhole = false;
  }
  return isWhole ? parsed(items) : NOT_PARSED;
}

function refuseEmptyItem(
  value: MappedText,
  report: ReportValueProblem,
  parts: readonly Part[],
  index: number,
): void {
  const [start, end] = commaBeside(value, parts, index);
  refuse(report, value, EMPTY_ITEM, 'empty item in the list', { start, end, replacement: '' });
}

/** The comma that makes an item empty, with the blanks around: what to delete. */
export function commaBeside(
  value: MappedText,
  parts: readonly Part[],
  index: number,
): readonly [number, number] {
  const text = value.text;
  const at = parts[index]?.at ?? 0;
  if (index > 0) {
    const comma = text.lastIndexOf(',', at - 1);
    const before = text.slice(0, comma).replace(/[ \t]+$/, '').length;
    return [before, Math.max(comma + 1, index === parts.length - 1 ? text.length : comma + 1)];
  }
  const comma = text.indexOf(',', at);
  return comma === -1 ? [0, text.length] : [0, comma + 1];
}
