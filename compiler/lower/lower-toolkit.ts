import type { ToolkitAction, ToolkitCondition, ToolkitRule } from '../../grammar/toolkit/rule.ts';
import { COMBINATIONS } from '../../grammar/toolkit/rule.ts';
import type { ToolkitRule as TableRule, UrlToolkit } from '../../routing-table/schema.ts';
import type { CheckedToolkit } from '../check/model.ts';
import { rulesOf } from '../check/toolkit-rules.ts';

/** Where the sections that rules name went in the table. */
export interface RuleTargets {
  /** By ToolkitID. */
  readonly toolkits: ReadonlyMap<string, number>;
  /** By FastCGIid in lower case: rules compare it without case. */
  readonly fastCgiServers: ReadonlyMap<string, number>;
}

/**
 * Lowers the rules of a toolkit.
 *
 * A FastCGI server in a rule may be one that does not exist: Hiawatha accepts that, and refuses the requests for which the
 * rule fires. A toolkit that does not exist is an error before it gets here.
 */
export function lowerToolkit(
  toolkit: CheckedToolkit,
  id: string,
  targets: RuleTargets,
): UrlToolkit {
  return {
    id,
    rules: rulesOf(toolkit).flatMap(({ value: rule }) => {
      const action = lowerAction(rule.action.value, targets);
      return action === null ? [] : [{ condition: lowerCondition(rule), action }];
    }),
  };
}

function lowerCondition({ condition, action }: ToolkitRule): TableRule['condition'] {
  switch (condition.kind) {
    case 'header': {
      const { kind, name, regex, negated } = condition;
      return { kind, name, pattern: regex.pattern, negated };
    }
    case 'match': {
      const { kind, regex, negated } = condition;
      return { kind, pattern: regex.pattern, negated };
    }
    case 'method':
      return { ...condition, method: methodOf(condition, action.value) };
    case 'always':
    case 'request-uri':
    case 'total-connections':
    case 'use-tls':
      return condition;
  }
}

/** Some actions overwrite the method with their own argument, as reported: so the rule fires for no request. */
function methodOf(
  { method }: ToolkitCondition & { kind: 'method' },
  action: ToolkitAction,
): string {
  if (COMBINATIONS.method[action.kind] !== 'broken') return method;
  if (action.kind === 'use') return action.url;
  return action.kind === 'call' || action.kind === 'goto' ? action.toolkit.value : method;
}

function lowerAction(
  action: ToolkitAction,
  { toolkits, fastCgiServers }: RuleTargets,
): TableRule['action'] | null {
  switch (action.kind) {
    case 'call':
    case 'goto': {
      const toolkit = toolkits.get(action.toolkit.value);
      return toolkit === undefined ? null : { kind: action.kind, toolkit };
    }
    case 'use-fastcgi': {
      const fastCgiServer = fastCgiServers.get(action.server.value.toLowerCase());
      return fastCgiServer === undefined
        ? { kind: 'deny-access' }
        : { kind: action.kind, fastCgiServer };
    }
    case 'deny-access':
    case 'exit':
    case 'not-found':
    case 'omit-request-log':
    case 'return':
      return { kind: action.kind };
    case 'ban':
    case 'redirect':
    case 'rewrite':
    case 'skip':
    case 'use':
      return action;
  }
}
