import type { CheckedToolkit } from '../check/model.ts';
import { configuration, section, virtualHost } from './example.ts';
import { defineRule, type ReportFinding } from './rule.ts';
import { ToolkitFlows, type ToolkitCall } from './toolkit-flow.ts';

/** How deep Call and Goto may be nested (hiawatha(1) URL TOOLKIT). */
const MAX_DEPTH = 10;

const HOST = virtualHost('Hostname = www.example.org', 'UseToolkit = pages');

function toolkit(id: string, ...rules: readonly string[]): string {
  return section('UrlToolkit', [`ToolkitID = ${id}`, ...rules]);
}

export const TOOLKIT_LOOP = defineRule({
  code: 'HW805',
  slug: 'toolkit-loop',
  summary: 'Toolkits that call each other in a circle, or are nested more than ten deep.',
  explanation:
    'Call and Goto may be nested ten deep; the request for which they go deeper is answered with status 500. Hiawatha ' +
    'looks at that only while it runs. Nothing changes on the way round, so a request that comes back once comes back for ' +
    'ever: that is an error. A circle in which a Rewrite changes the URL and goes on may come to its end, and is left alone.',
  bad: configuration(HOST, toolkit('pages', 'Do Goto more'), toolkit('more', 'Do Goto pages')),
  good: configuration(
    HOST,
    toolkit('pages', 'Do Goto more'),
    toolkit('more', 'Match ^/old Redirect /new'),
  ),
  source: 'toolkit.c: use_toolkit',
  check(config, report) {
    const flows = new ToolkitFlows(config);
    const callsOf = (toolkit: CheckedToolkit): readonly ToolkitCall[] =>
      flows.of(toolkit)?.calls ?? [];
    const depths = new Map<CheckedToolkit, number>();
    for (const circle of circles(config.toolkits, callsOf)) {
      const inside = new Set(circle);
      const calls = circle.flatMap((toolkit) =>
        callsOf(toolkit)
          .filter(({ target }) => inside.has(target))
          .map((call) => ({ toolkit, call })),
      );
      if (calls.length > 0) {
        reportCircle(calls, flows, report);
        continue;
      }
      const [toolkit] = circle;
      if (toolkit !== undefined) measure(toolkit, callsOf(toolkit), depths, report);
    }
  },
});

function reportCircle(
  calls: readonly { readonly toolkit: CheckedToolkit; readonly call: ToolkitCall }[],
  flows: ToolkitFlows,
  report: ReportFinding,
): void {
  const endless = calls.find(({ toolkit }) => {
    const endings = flows.of(toolkit)?.endings;
    return endings !== undefined && !endings.canReturn && !endings.canStop;
  });
  const first = endless ?? calls[0];
  if (first === undefined) return;
  const rewrites = calls.some(({ toolkit }) => flows.of(toolkit)?.mayRewrite === true);
  if (endless === undefined && rewrites) return;
  const { action } = first.call.rule.value;
  const id = first.call.target.settings.id.value ?? '';
  const isItself = first.call.target === first.toolkit;
  report({
    severity: 'error',
    message: isItself
      ? `the toolkit "${id}" calls itself`
      : `"${id}" leads back to this rule: the toolkits call each other in a circle`,
    span: action.span,
    notes: [
      ...(isItself
        ? []
        : calls
            .filter(({ call }) => call !== first.call)
            .slice(0, MAX_DEPTH)
            .map(({ call }) => ({
              message: `and on to "${call.target.settings.id.value ?? ''}"`,
              span: call.rule.value.action.span,
            }))),
      {
        message:
          endless === undefined
            ? 'nothing changes on the way, so a request that comes here comes here again: it is answered with status 500 after ten levels'
            : 'every request that comes here is answered with status 500 after ten levels',
        span: null,
      },
      { message: 'take one of the calls out', span: null },
    ],
    acceptedByHiawatha: true,
  });
}

/** Calls of a toolkit that is in no circle; those that it calls were measured before. */
function measure(
  toolkit: CheckedToolkit,
  calls: readonly ToolkitCall[],
  depths: Map<CheckedToolkit, number>,
  report: ReportFinding,
): void {
  let depth = 0;
  let deepest: ToolkitCall | null = null;
  for (const call of calls) {
    const below = (depths.get(call.target) ?? 0) + 1;
    if (below <= depth) continue;
    depth = below;
    deepest = call;
  }
  depths.set(toolkit, depth);
  // Of a longer chain, the rest of which may be called from elsewhere, one finding is enough.
  if (depth !== MAX_DEPTH + 1 || deepest === null) return;
  report({
    severity: 'warning',
    message: `from here on toolkits call each other ${depth} deep`,
    span: deepest.rule.value.action.span,
    notes: [
      { message: 'beyond ten levels the answer is status 500', span: null },
      { message: 'put rules of the called toolkits into the one that calls', span: null },
    ],
  });
}

/**
 * Toolkits in groups of those that can call each other; a group of one is in a circle only when it calls itself. Groups
 * that are called come first. (Tarjan's algorithm, with a stack of its own.)
 */
function circles(
  toolkits: readonly CheckedToolkit[],
  callsOf: (toolkit: CheckedToolkit) => readonly ToolkitCall[],
): readonly (readonly CheckedToolkit[])[] {
  const groups: CheckedToolkit[][] = [];
  const order = new Map<CheckedToolkit, number>();
  const lowest = new Map<CheckedToolkit, number>();
  const open: CheckedToolkit[] = [];
  const isOpen = new Set<CheckedToolkit>();
  const path: { readonly toolkit: CheckedToolkit; next: number }[] = [];
  const lower = (toolkit: CheckedToolkit, to: number): void => {
    lowest.set(toolkit, Math.min(lowest.get(toolkit) ?? to, to));
  };
  const enter = (toolkit: CheckedToolkit): void => {
    lower(toolkit, order.size);
    order.set(toolkit, order.size);
    open.push(toolkit);
    isOpen.add(toolkit);
    path.push({ toolkit, next: 0 });
  };
  for (const start of toolkits) {
    if (order.has(start)) continue;
    enter(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { toolkit } = top;
      const call = callsOf(toolkit)[top.next];
      top.next += 1;
      if (call !== undefined) {
        const known = order.get(call.target);
        if (known === undefined) enter(call.target);
        else if (isOpen.has(call.target)) lower(toolkit, known);
        continue;
      }
      path.pop();
      const own = lowest.get(toolkit) ?? 0;
      const caller = path.at(-1);
      if (caller !== undefined) lower(caller.toolkit, own);
      if (own !== order.get(toolkit)) continue;
      const group = open.splice(open.indexOf(toolkit));
      for (const member of group) isOpen.delete(member);
      groups.push(group);
    }
  }
  return groups;
}
