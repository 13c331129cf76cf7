import type { Spanned } from '../../grammar/values/spanned.ts';
import type { SettingLine } from '../check/model.ts';

/** The values of a list without the places they were written at. */
export function plain<T>(list: readonly Spanned<T>[]): T[] {
  return list.map((item) => item.value);
}

/** The values of lines, the last line first: for lists that Hiawatha searches backwards. */
export function lastFirst<L>(lines: readonly SettingLine<L>[]): L[] {
  return lines.map((line) => line.value).reverse();
}

/** One value for each key: that of the last line, at the place of the first. */
export function lastOfEach<L>(values: readonly L[], keyOf: (value: L) => string): L[] {
  const winners = new Map<string, L>();
  for (const value of values) winners.set(keyOf(value), value);
  return [...winners.values()];
}

/** One value for each key: that of the first. */
export function firstOfEach<L>(values: readonly L[], keyOf: (value: L) => string): L[] {
  const winners = new Map<string, L>();
  for (const value of values) if (!winners.has(keyOf(value))) winners.set(keyOf(value), value);
  return [...winners.values()];
}
