import type { SourceFile } from '../../grammar/source.ts';
import { MappedText } from '../../grammar/mapped-text.ts';
import type { ValueProblem, ValueType } from '../../grammar/values/value-type.ts';

/** What came of reading a text. */
export interface ReadValue<T> {
  /** null: not parsed. */
  readonly value: T | null;
  /** `error HW404 "text": message`, in the order reported. */
  readonly problems: readonly string[];
  /** The text with every repair applied that was offered. */
  readonly repaired: string;
  /** False when an error stands for something that Hiawatha refuses. */
  readonly isAccepted: boolean;
}

/** Reads a text as the value of a directive. */
export function readValue<T>(type: ValueType<T>, text: string): ReadValue<T> {
  const file: SourceFile = { path: 'test.conf', text };
  const found: ValueProblem[] = [];
  const value = MappedText.verbatim(file, 0, text.length);
  const result = type.parse(value, (problem) => {
    // What only older releases do not know is no problem.
    if (problem.until === undefined) found.push(problem);
  });
  const edits = found
    .flatMap((problem) => problem.fix?.(value.spanOf(problem.start, problem.end)).edits ?? [])
    .sort((left, right) => right.span.start - left.span.start);
  return {
    value: result.ok ? result.value : null,
    problems: found.map(
      ({ severity, rule, message, start, end }) =>
        `${severity} ${rule.code} "${text.slice(start, end)}": ${message}`,
    ),
    repaired: edits.reduce(
      (repaired, { span, text: replacement }) =>
        repaired.slice(0, span.start) + replacement + repaired.slice(span.end),
      text,
    ),
    isAccepted: found.every(
      ({ severity, acceptedByHiawatha }) => severity !== 'error' || acceptedByHiawatha === true,
    ),
  };
}
