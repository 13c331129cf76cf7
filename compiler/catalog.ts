/** Every kind of problem in one list, for documentation, `explain` and tests. Rules stand beside what raises them. */
import type { DiagnosticRule } from '../grammar/diagnostic.ts';
import * as regexErrors from '../grammar/regex/regex-errors.ts';
import * as syntaxErrors from '../grammar/syntax-errors.ts';
import { TOOLKIT_RULES } from '../grammar/toolkit/toolkit-errors.ts';
import { UNKNOWN_NAME } from '../grammar/unknown-name.ts';
import * as valueErrors from '../grammar/values/value-errors.ts';
import * as checkErrors from './check/check-errors.ts';
import * as expandErrors from './expand-errors.ts';
import { NEWER_DIRECTIVE } from '../grammar/values/newer-directive.ts';
import { WITHOUT_EFFECT } from './check/without-effect.ts';
import { UNKNOWN_RULE_SERVER } from './check/toolkit-rules.ts';
import { LINT_RULES } from './lint/index.ts';
import { SUPPRESSION_WITHOUT_REASON, UNUSED_SUPPRESSION } from './suppress.ts';

/** Rules of everything before the lint rules. */
export const READING_RULES: readonly DiagnosticRule[] = [
  ...Object.values(syntaxErrors),
  ...Object.values(expandErrors),
  UNKNOWN_NAME,
  ...Object.values(valueErrors),
  ...Object.values(regexErrors),
  ...TOOLKIT_RULES,
  ...Object.values(checkErrors),
  UNKNOWN_RULE_SERVER,
];

/** All rules, by code. A lint rule may share its row with an error of the same kind. */
export const CATALOG: readonly DiagnosticRule[] = [
  ...new Map(
    [
      ...LINT_RULES,
      ...READING_RULES,
      NEWER_DIRECTIVE,
      WITHOUT_EFFECT,
      SUPPRESSION_WITHOUT_REASON,
      UNUSED_SUPPRESSION,
    ].map((rule) => [`${rule.code} ${rule.slug}`, rule]),
  ).values(),
].sort((left, right) => (left.code < right.code ? -1 : 1));
