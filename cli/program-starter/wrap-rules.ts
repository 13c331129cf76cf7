/** What cgi-wrapper.conf allows, as it goes from the process that reads the file to the one that starts programs. */
import { isRecord } from '../../runtime/worker/starter-protocol.ts';

/** A line `Wrap`. */
export interface WrapRule {
  readonly id: string;
  /** Programs have to lie below it; null: below the web directory of `homeOf`. */
  readonly root: string | null;
  /** What the program sees as its root directory; null: that of the system. */
  readonly chroot: string | null;
  readonly homeOf: string | null;
  readonly user: string;
  /** None: those of the account. */
  readonly groups: readonly string[];
}

export interface WrapRules {
  readonly wraps: readonly WrapRule[];
  /** Programs that may run scripts (CGIhandler). */
  readonly handlers: readonly string[];
  /** What is wrong with the file: then nothing else counts. */
  readonly problems: readonly string[];
}

/** Reads rules that were written as JSON; null where they are none. */
export function decodeWrapRules(text: string): WrapRules | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(value)) return null;
  const { wraps, handlers, problems } = value;
  return isListOf(wraps, isWrapRule) && isListOf(handlers, isText) && isListOf(problems, isText)
    ? { wraps, handlers, problems }
    : null;
}

function isListOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every(isItem);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || isText(value);
}

function isWrapRule(value: unknown): value is WrapRule {
  return (
    isRecord(value) &&
    isText(value['id']) &&
    isTextOrNull(value['root']) &&
    isTextOrNull(value['chroot']) &&
    isTextOrNull(value['homeOf']) &&
    isText(value['user']) &&
    isListOf(value['groups'], isText)
  );
}
