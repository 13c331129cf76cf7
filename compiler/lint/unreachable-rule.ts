import type { CheckedConfig, CheckedHost } from '../check/model.ts';
import type { RuleLine } from '../check/toolkit-rules.ts';
import { configuration, section, virtualHost } from './example.ts';
import { defineRule, type ReportFinding } from './rule.ts';
import { ToolkitFlows, type ToolkitFlow } from './toolkit-flow.ts';

const HOST = virtualHost('Hostname = www.example.org', 'UseToolkit = pages');

export const UNREACHABLE_RULE = defineRule({
  code: 'HW807',
  slug: 'unreachable-rule',
  summary: 'A rule, a toolkit of UseToolkit or a ReverseProxy that no request comes to.',
  explanation:
    'Rules run in the order of the file until one of them ends the toolkit. What stands behind a rule that fires for every ' +
    'request and does not go on has no effect; neither has a toolkit behind one that always ends them all, or a ' +
    'ReverseProxy behind one that takes every URL to a server of the same scheme.',
  bad: configuration(
    HOST,
    section('UrlToolkit', [
      'ToolkitID = pages',
      'Match .* Rewrite /index.php',
      'Match ^/old Redirect /new',
    ]),
  ),
  good: configuration(
    HOST,
    section('UrlToolkit', [
      'ToolkitID = pages',
      'Match ^/old Redirect /new',
      'Match .* Rewrite /index.php',
    ]),
  ),
  source: 'toolkit.c: use_toolkit',
  check(config, report) {
    const flows = new ToolkitFlows(config);
    for (const toolkit of config.toolkits) {
      const flow = flows.of(toolkit);
      if (flow !== null) checkRules(flow, report);
    }
    config.hosts.forEach((host) => {
      if (host.toolkits.length > 1) checkToolkits(host, flows, report);
      const proxies = host.settings.reverseProxies.lines;
      if (proxies.length > 1) checkProxies(proxies, report);
    });
  },
});

/** Reports the first rule of each run of rules that cannot be reached. */
function checkRules({ rules, isReachable }: ToolkitFlow, report: ReportFinding): void {
  let lastReached: RuleLine | null = null;
  for (const [index, rule] of rules.entries()) {
    if (isReachable[index] === true) {
      lastReached = rule;
      continue;
    }
    if (isReachable[index - 1] !== true || lastReached === null) continue;
    const end = isReachable.indexOf(true, index);
    const others = (end === -1 ? rules.length : end) - index - 1;
    report({
      severity: 'warning',
      message: 'no request comes to this rule',
      span: rule.directive.span,
      notes: [
        { message: 'no request gets past this rule', span: lastReached.directive.span },
        ...(others === 0
          ? []
          : [
              {
                message:
                  others === 1
                    ? 'the same holds for the rule behind it'
                    : `the same holds for the ${others} rules behind it`,
                span: null,
              },
            ]),
        { message: 'move the rule up, or delete it', span: null },
      ],
    });
  }
}

function checkToolkits(host: CheckedHost, flows: ToolkitFlows, report: ReportFinding): void {
  const last = host.toolkits.findIndex(({ target }) => {
    const endings = target === null ? null : (flows.of(target)?.endings ?? null);
    return endings !== null && !endings.canReturn;
  });
  const closing = host.toolkits[last];
  const unreached = last === -1 ? undefined : host.toolkits[last + 1];
  if (closing === undefined || unreached === undefined) return;
  report({
    severity: 'warning',
    message: `no request comes to the toolkit "${unreached.id}": "${closing.id}" before it is the end for all`,
    span: unreached.span,
    notes: [{ message: 'put it in front, or leave it out', span: null }],
  });
}

type ProxyLine = CheckedConfig['hosts'][number]['settings']['reverseProxies']['lines'][number];

function checkProxies(lines: readonly ProxyLine[], report: ReportFinding): void {
  const catchAll = new Map<string, ProxyLine>();
  const known = new Map<string, ProxyLine>();
  for (const line of lines) {
    const { regex, negated, target } = line.value;
    const key = `${target.scheme} ${negated ? '!' : ''}${regex.pattern.source}`;
    const earlier = catchAll.get(target.scheme) ?? known.get(key);
    if (earlier !== undefined) {
      report({
        severity: 'warning',
        message: 'no request comes to this ReverseProxy',
        span: line.directive.span,
        notes: [
          {
            message: catchAll.has(target.scheme)
              ? 'this one takes every URL'
              : 'this one takes the same URLs',
            span: earlier.directive.span,
          },
          { message: 'the first that fits is used: put the special one in front', span: null },
        ],
      });
      continue;
    }
    known.set(key, line);
    if (!negated && regex.matchesEveryPath) catchAll.set(target.scheme, line);
  }
}
