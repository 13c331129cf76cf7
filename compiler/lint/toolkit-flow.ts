/**
 * The ways through toolkits, as far as they can be told without a request (hiawatha(1) URL TOOLKIT).
 *
 * A rule fires always, never, or sometimes. What is said to be unreachable, or to have no end, is so for every request;
 * toolkits with rules that could not be read may do anything.
 */
import { COMBINATIONS, type ToolkitRule } from '../../grammar/toolkit/rule.ts';
import type { CheckedConfig, CheckedToolkit } from '../check/model.ts';
import { areRulesComplete, calledToolkit, rulesOf, type RuleLine } from '../check/toolkit-rules.ts';

/** How a run of a toolkit may end: back to what called it, or with the end of all toolkits. */
export interface Endings {
  readonly canReturn: boolean;
  readonly canStop: boolean;
}

/** A call from a rule that can be reached and can fire. */
export interface ToolkitCall {
  readonly rule: RuleLine;
  readonly target: CheckedToolkit;
}

/** What may happen in a toolkit. */
export interface ToolkitFlow {
  readonly rules: readonly RuleLine[];
  /** For each rule: whether some request may come to it. */
  readonly isReachable: readonly boolean[];
  readonly endings: Endings;
  readonly calls: readonly ToolkitCall[];
  /** Whether it may change the URL and go on. */
  readonly mayRewrite: boolean;
}

const ANYTHING: Endings = { canReturn: true, canStop: true };
const NOTHING: Endings = { canReturn: false, canStop: false };

/** Loops within loops take more passes than this only in configurations that nobody wrote. */
const MAX_PASSES = 50;

/** The flows of all toolkits. */
export class ToolkitFlows {
  readonly #byId: ReadonlyMap<string, CheckedToolkit>;
  readonly #flows = new Map<CheckedToolkit, ToolkitFlow>();
  readonly #endings = new Map<CheckedToolkit, Endings>();

  constructor(config: CheckedConfig) {
    this.#byId = new Map(
      config.toolkits.flatMap((toolkit) => {
        const id = toolkit.settings.id.value;
        return id === null ? [] : [[id, toolkit] as const];
      }),
    );
    const order = calledFirst(config.toolkits, (toolkit) =>
      rulesOf(toolkit).flatMap((rule) => this.#targetOf(rule) ?? []),
    );
    for (const toolkit of order) this.#endings.set(toolkit, NOTHING);
    let hasChanged = true;
    for (let pass = 0; hasChanged && pass < MAX_PASSES; pass += 1) {
      hasChanged = false;
      for (const toolkit of order) {
        const flow = this.#trace(toolkit);
        const before = this.#endings.get(toolkit) ?? NOTHING;
        hasChanged ||=
          before.canReturn !== flow.endings.canReturn || before.canStop !== flow.endings.canStop;
        this.#flows.set(toolkit, flow);
        this.#endings.set(toolkit, flow.endings);
      }
    }
    if (hasChanged) this.#flows.clear();
  }

  /** Null for a toolkit that nothing can be said about. */
  of(toolkit: CheckedToolkit): ToolkitFlow | null {
    return areRulesComplete(toolkit) ? (this.#flows.get(toolkit) ?? null) : null;
  }

  #targetOf(rule: RuleLine): CheckedToolkit | null {
    const called = calledToolkit(rule);
    return called === null ? null : (this.#byId.get(called.value) ?? null);
  }

  #trace(toolkit: CheckedToolkit): ToolkitFlow {
    const rules = rulesOf(toolkit);
    const isReachable = rules.map((_, index) => index === 0);
    const calls: ToolkitCall[] = [];
    let mayRewrite = false;
    let canReturn = false;
    let canStop = false;
    const goTo = (index: number): void => {
      if (index < rules.length) isReachable[index] = true;
      else canReturn = true;
    };
    if (rules.length === 0) canReturn = true;
    for (const [index, rule] of rules.entries()) {
      if (isReachable[index] !== true) continue;
      const chance = chanceOf(rule.value);
      if (chance !== 'always') goTo(index + 1);
      if (chance === 'never') continue;
      const action = rule.value.action.value;
      switch (action.kind) {
        case 'ban':
        case 'omit-request-log':
          goTo(index + 1);
          break;
        case 'skip':
          goTo(index + 1 + action.rules);
          break;
        case 'return':
          canReturn = true;
          break;
        case 'rewrite':
          mayRewrite ||= action.then !== 'stop';
          if (action.then === 'continue') goTo(index + 1);
          else if (action.then === 'return') canReturn = true;
          else canStop = true;
          break;
        case 'call':
        case 'goto': {
          const target = this.#targetOf(rule);
          const endings = target === null ? ANYTHING : (this.#endings.get(target) ?? ANYTHING);
          if (target !== null) calls.push({ rule, target });
          canStop ||= endings.canStop || (action.kind === 'goto' && endings.canReturn);
          if (action.kind === 'call' && endings.canReturn) goTo(index + 1);
          break;
        }
        case 'deny-access':
        case 'exit':
        case 'not-found':
        case 'redirect':
        case 'use':
        case 'use-fastcgi':
          canStop = true;
      }
    }
    const endings = areRulesComplete(toolkit) ? { canReturn, canStop } : ANYTHING;
    return { rules, isReachable, endings, calls, mayRewrite };
  }
}

/** Whether a rule fires. */
function chanceOf({ condition, action }: ToolkitRule): 'always' | 'sometimes' | 'never' {
  switch (condition.kind) {
    case 'always':
      return 'always';
    case 'match':
      if (!condition.regex.matchesEveryPath) return 'sometimes';
      return condition.negated ? 'never' : 'always';
    case 'method':
      // The argument of the action has taken the place of the method, and no method looks like that.
      if (COMBINATIONS.method[action.value.kind] !== 'broken') return 'sometimes';
      return condition.negated ? 'always' : 'never';
    case 'total-connections':
      return condition.connections === 0 ? 'always' : 'sometimes';
    case 'header':
    case 'request-uri':
    case 'use-tls':
      return 'sometimes';
  }
}

/** Toolkits in an order in which those that a toolkit calls come before it, loops aside. Keeps its own stack. */
function calledFirst(
  toolkits: readonly CheckedToolkit[],
  calledBy: (toolkit: CheckedToolkit) => readonly CheckedToolkit[],
): readonly CheckedToolkit[] {
  const order: CheckedToolkit[] = [];
  const seen = new Set<CheckedToolkit>();
  const stack: { toolkit: CheckedToolkit; waiting: CheckedToolkit[] }[] = [];
  const enter = (toolkit: CheckedToolkit): void => {
    if (seen.has(toolkit)) return;
    seen.add(toolkit);
    stack.push({ toolkit, waiting: [...calledBy(toolkit)] });
  };
  for (const toolkit of toolkits) {
    enter(toolkit);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.waiting.pop();
      if (next !== undefined) {
        enter(next);
        continue;
      }
      order.push(top.toolkit);
      stack.pop();
    }
  }
  return order;
}
