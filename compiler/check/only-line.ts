import type { ExpandedDirective } from '../expanded.ts';
import type { Setting, SettingLine } from './model.ts';

/**
 * A line that alone decides what its directive is set to, and is set to what it says: a setting and its only line in one,
 * because a configuration may have a hundred thousand of them.
 */
export class OnlyLine implements Setting<unknown, unknown>, SettingLine<unknown> {
  readonly value: unknown;
  readonly directive: ExpandedDirective;
  readonly order: number;
  readonly isGuess: boolean;

  constructor(value: unknown, { directive, order, isGuess }: Omit<SettingLine<unknown>, 'value'>) {
    this.value = value;
    this.directive = directive;
    this.order = order;
    this.isGuess = isGuess;
  }

  get last(): SettingLine<unknown> {
    return this;
  }

  get lines(): readonly SettingLine<unknown>[] {
    return [this];
  }

  get isUnreadable(): boolean {
    return false;
  }
}
