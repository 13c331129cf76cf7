import type { Diagnostic } from '../grammar/diagnostic.ts';

/** A diagnostic as Hiawatha would judge it: an error in what it accepts is a warning. */
export function asJudgedByHiawatha(diagnostic: Diagnostic): Diagnostic {
  return diagnostic.severity === 'error' && diagnostic.acceptedByHiawatha
    ? { ...diagnostic, severity: 'warning' }
    : diagnostic;
}
