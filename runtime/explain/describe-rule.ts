/** Rules of URL toolkits in words close to those of the configuration. */
import type { RoutingTable, ToolkitRule } from '../../routing-table/schema.ts';

type Names = Pick<RoutingTable, 'toolkits' | 'fastCgiServers'>;

/** One line: the condition, then what is done where it holds. */
export function describeRule({ condition, action }: ToolkitRule, names: Names): string {
  const when = describeCondition(condition);
  const what = describeAction(action, names);
  return when === '' ? what : `${when} ${what}`;
}

function describeCondition(condition: ToolkitRule['condition']): string {
  switch (condition.kind) {
    case 'always':
      return '';
    case 'header':
      return `Header ${condition.name ?? '*'} ${negation(condition.negated)}${condition.pattern.source}`;
    case 'match':
      return `Match ${negation(condition.negated)}${condition.pattern.source}`;
    case 'method':
      return `Method ${negation(condition.negated)}${condition.method}`;
    case 'request-uri':
      return `RequestURI ${condition.test}`;
    case 'total-connections':
      return `TotalConnections ${condition.connections}`;
    case 'use-tls':
      return 'UseTLS';
  }
}

function negation(isNegated: boolean): string {
  return isNegated ? '!' : '';
}

function describeAction(action: ToolkitRule['action'], names: Names): string {
  switch (action.kind) {
    case 'ban':
      return `Ban ${action.ms / 1000}`;
    case 'call':
      return `Call ${names.toolkits[action.toolkit]?.id ?? String(action.toolkit)}`;
    case 'goto':
      return `Goto ${names.toolkits[action.toolkit]?.id ?? String(action.toolkit)}`;
    case 'deny-access':
      return 'DenyAccess';
    case 'exit':
      return 'Exit';
    case 'not-found':
      return 'NotFound';
    case 'omit-request-log':
      return 'OmitRequestLog';
    case 'redirect':
      return `Redirect ${action.status} ${action.location}`;
    case 'return':
      return 'Return';
    case 'rewrite': {
      const count = action.count === 1 ? '' : ` ${action.count}`;
      const then =
        action.then === 'stop' ? '' : ` ${action.then === 'return' ? 'Return' : 'Continue'}`;
      return `Rewrite ${action.replacement}${count}${then}`;
    }
    case 'skip':
      return `Skip ${action.rules}`;
    case 'use':
      return `Use ${action.url}`;
    case 'use-fastcgi':
      return `UseFastCGI ${names.fastCgiServers[action.fastCgiServer]?.id ?? String(action.fastCgiServer)}`;
  }
}
