import { diagnose, type Diagnostic, type DiagnosticRule } from '../../grammar/diagnostic.ts';
import type { CheckedConfig } from '../check/model.ts';
import type { ExpandedDirective } from '../expanded.ts';
import { configuration, virtualHost } from '../lint/example.ts';

const NOT_SUPPORTED_YET: DiagnosticRule = {
  code: 'HW413',
  slug: 'not-supported-yet',
  summary: 'A directive that is known, and that the routing table does not carry yet.',
  explanation:
    'Hiawatha knows this directive and so does this program, but what it says is not compiled yet: the server will run as ' +
    'if the line were not there. Do not rely on it.',
  bad: configuration(virtualHost('Hostname = www.example.org', 'DenyBody = (<|%3c)iframe')),
  good: configuration(virtualHost('Hostname = www.example.org')),
  source: 'this program',
};

/** Warns about every line that the routing table does not carry yet. */
export function reportUnsupported(config: CheckedConfig): Diagnostic[] {
  return linesWithoutEffect(config).map((directive) =>
    diagnose(NOT_SUPPORTED_YET, {
      severity: 'warning',
      message: `${directive.key} is not supported yet`,
      span: directive.keySpan,
      notes: [{ message: 'the server runs as if this line were not there', span: null }],
    }),
  );
}

/** Lines that are read and checked, but that the routing table does not carry yet. */
function linesWithoutEffect(config: CheckedConfig): ExpandedDirective[] {
  const toolkits = config.toolkits.flatMap(({ settings }) =>
    Object.entries(settings).flatMap(([name, rules]) => (name === 'id' ? [] : directivesOf(rules))),
  );
  const hosts = config.hosts.flatMap(({ settings }) =>
    [settings.denyBody, settings.reverseProxies, settings.webSockets].flatMap(directivesOf),
  );
  return [...toolkits, ...hosts];
}

function directivesOf(setting: {
  readonly lines: readonly { readonly directive: ExpandedDirective }[];
}): ExpandedDirective[] {
  return setting.lines.map(({ directive }) => directive);
}
