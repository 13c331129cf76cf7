/** The rules of a toolkit in the order of the file, and what their actions refer to. */
import { diagnose, type Diagnostic, type DiagnosticRule } from '../../grammar/diagnostic.ts';
import type { ToolkitRule } from '../../grammar/toolkit/rule.ts';
import {
  METHOD_OVERWRITTEN,
  REDIRECT_WITHOUT_MATCH,
  withRules,
} from '../../grammar/toolkit/toolkit-errors.ts';
import { nearestName } from '../../grammar/values/nearest.ts';
import type { Spanned } from '../../grammar/values/spanned.ts';
import type { CheckedFastCgiServer, CheckedToolkit, SettingLine } from './model.ts';
import type { Report } from './reading.ts';
import { resolveIds, type IdIndex, type IdKind } from './resolve.ts';

/** A line of a UrlToolkit section with the rule that it holds. */
export type RuleLine = SettingLine<ToolkitRule>;

const PHP =
  'FastCGIserver {\n    FastCGIid = PHP\n    ConnectTo = 127.0.0.1:9000\n    Extension = php\n}\n';

export const UNKNOWN_RULE_SERVER: DiagnosticRule = {
  code: 'HW505',
  slug: 'unknown-rule-server',
  summary: 'A rule names a FastCGI server that does not exist, or in another case.',
  explanation:
    'Hiawatha does not look for the id of UseFastCGI in a rule: a request for which the rule fires ends in an error. In rules, ' +
    'unlike elsewhere, the id is compared without case; its second checker compares with case.',
  bad: `${withRules('Match ^/app UseFastCGI PH')}${PHP}UseFastCGI = PHP\n`,
  good: `${withRules('Match ^/app UseFastCGI PHP')}${PHP}UseFastCGI = PHP\n`,
  source: 'target.c; wigwam.c: check_main_config',
};

const merged = new WeakMap<CheckedToolkit, readonly RuleLine[]>();

/** The rules of a toolkit that could be read, in the order of the file. */
export function rulesOf(toolkit: CheckedToolkit): readonly RuleLine[] {
  const known = merged.get(toolkit);
  if (known !== undefined) return known;
  const rules = ruleSettings(toolkit)
    .flatMap(({ lines }) => lines)
    .sort((a, b) => a.order - b.order);
  merged.set(toolkit, rules);
  return rules;
}

/** Whether every rule of a toolkit could be read; if not, nothing can be said about the way through it. */
export function areRulesComplete(toolkit: CheckedToolkit): boolean {
  return ruleSettings(toolkit).every(({ isUnreadable }) => !isUnreadable);
}

function ruleSettings({ settings }: CheckedToolkit): readonly {
  readonly lines: readonly RuleLine[];
  readonly isUnreadable: boolean;
}[] {
  return [
    settings.always,
    settings.header,
    settings.match,
    settings.matchCi,
    settings.method,
    settings.requestUri,
    settings.totalConnections,
    settings.useSsl,
    settings.useTls,
  ];
}

/** The toolkit that a rule calls or goes to; null for other actions. */
export function calledToolkit({ value: { action } }: RuleLine): Spanned<string> | null {
  return action.value.kind === 'call' || action.value.kind === 'goto' ? action.value.toolkit : null;
}

/** The FastCGI server that a rule chooses; null for other actions. */
export function chosenServer({ value: { action } }: RuleLine): Spanned<string> | null {
  return action.value.kind === 'use-fastcgi' ? action.value.server : null;
}

/** Rules that Hiawatha accepts and never carries out. */
const INEFFECTIVE: ReadonlySet<string> = new Set(
  [METHOD_OVERWRITTEN, REDIRECT_WITHOUT_MATCH].map(({ code }) => code),
);

/** Rules without effect are errors where the toolkit has no others, so that all of it is; else they are warnings. */
export function weighIneffectiveRules(
  diagnostics: readonly Diagnostic[],
  toolkit: CheckedToolkit,
): readonly Diagnostic[] {
  const ineffective = diagnostics.filter(({ code }) => INEFFECTIVE.has(code)).length;
  if (ineffective === 0 || ineffective === rulesOf(toolkit).length) return diagnostics;
  return diagnostics.map((diagnostic) =>
    INEFFECTIVE.has(diagnostic.code) ? { ...diagnostic, severity: 'warning' } : diagnostic,
  );
}

/** Reports ids in rules that name nothing. */
export function checkRuleReferences(
  toolkits: readonly CheckedToolkit[],
  known: {
    readonly toolkits: IdIndex<CheckedToolkit>;
    readonly fastCgiServers: IdIndex<CheckedFastCgiServer>;
  },
  toolkitKind: IdKind,
  tolerated: ReadonlySet<string>,
  report: Report,
): void {
  for (const rule of toolkits.flatMap(rulesOf)) {
    const called = calledToolkit(rule);
    if (called !== null) resolveIds([called], known.toolkits, toolkitKind, tolerated, report);
    const server = chosenServer(rule);
    if (server !== null && !tolerated.has(server.value)) {
      checkServer(server, [...known.fastCgiServers.keys()], report);
    }
  }
}

function checkServer(
  { value: id, span }: Spanned<string>,
  known: readonly string[],
  report: Report,
): void {
  if (known.includes(id)) return;
  const other = known.find((name) => name.toLowerCase() === id.toLowerCase());
  const near = other ?? nearestName(id, known);
  report(
    diagnose(UNKNOWN_RULE_SERVER, {
      severity: other === undefined ? 'error' : 'warning',
      message:
        other === undefined
          ? `unknown FastCGI server "${id}"${near === null ? '' : `; did you mean "${near}"?`}`
          : `the FastCGI server is called "${other}"`,
      span,
      notes: [
        {
          message:
            other === undefined
              ? 'Hiawatha accepts it, and requests for which the rule fires fail'
              : 'in rules case does not count, but everywhere else it does',
          span: null,
        },
      ],
      fix:
        near === null
          ? null
          : {
              title: `write "${near}"`,
              safe: other !== undefined,
              edits: [{ span, text: near }],
            },
      acceptedByHiawatha: true,
    }),
  );
}
