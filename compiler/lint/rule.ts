import type { DiagnosticDetails, DiagnosticRule } from '../../grammar/diagnostic.ts';
import type { CheckedConfig } from '../check/model.ts';
import type { Environment } from './environment.ts';

/** Takes a finding of the rule that is being run. */
export type ReportFinding = (details: DiagnosticDetails) => void;

/** A row of the catalogue with the code that raises it: it needs the whole checked configuration. */
export interface LintRule extends DiagnosticRule {
  /**
   * True for a rule that concludes from what is not written. It is left out when lines could not be read: what it misses
   * may stand in one of them.
   */
  readonly needsEveryLine?: true;
  /**
   * Directives, as Hiawatha spells them: where none of them is written, the rule has nothing to find and is left out. Of
   * ten thousand hosts it then asks none.
   */
  readonly onlyWith?: readonly string[];
  /**
   * Reports what the rule finds.
   *
   * Concludes nothing from settings that could not be read: they were reported, and a second message about the same
   * text helps nobody. What `environment` does not know is not reported either.
   */
  check(config: CheckedConfig, report: ReportFinding, environment: Environment): void;
}

/** Gives a rule its type. */
export function defineRule(rule: LintRule): LintRule {
  return rule;
}
