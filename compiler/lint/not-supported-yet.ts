import type { CheckedConfig, Setting } from '../check/model.ts';
import { configuration, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';

/** Lines that are read and checked, but that the routing table does not carry yet. */
function linesWithoutEffect(config: CheckedConfig): Setting<unknown>['lines'][number][] {
  const toolkits = config.toolkits.flatMap(({ settings }) =>
    Object.entries(settings).flatMap(([name, rules]) => (name === 'id' ? [] : rules.lines)),
  );
  const hosts = config.hosts.flatMap(({ settings }) => [
    ...settings.denyBody.lines,
    ...settings.reverseProxies.lines,
    ...settings.webSockets.lines,
  ]);
  return [...toolkits, ...hosts];
}

export const NOT_SUPPORTED_YET = defineRule({
  code: 'HW413',
  slug: 'not-supported-yet',
  summary: 'A directive that is known, and that the routing table does not carry yet.',
  explanation:
    'Hiawatha knows this directive and so does this program, but what it says is not compiled yet: the server will run as ' +
    'if the line were not there. Do not rely on it.',
  bad: configuration(virtualHost('Hostname = www.example.org', 'DenyBody = (<|%3c)iframe')),
  good: configuration(virtualHost('Hostname = www.example.org')),
  source: 'this program',
  check(config, report) {
    for (const { directive } of linesWithoutEffect(config)) {
      report({
        severity: 'warning',
        message: `${directive.key} is not supported yet`,
        span: directive.keySpan,
        notes: [{ message: 'the server runs as if this line were not there', span: null }],
      });
    }
  },
});
