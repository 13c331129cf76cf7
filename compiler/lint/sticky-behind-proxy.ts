import { fastCgiServer, section, virtualHost, withBindings } from './example.ts';
import { isLocalOnly } from './host-facts.ts';
import { defineRule } from './rule.ts';
import { spanOfValue } from './wording.ts';

const BINDING = section('Binding', ['Port = 8080', 'Interface = 127.0.0.1']);
const SERVER = fastCgiServer(
  'FastCGIid = php',
  'ConnectTo = 127.0.0.1:9000, 127.0.0.1:9001',
  'Extension = php',
);
const HOST = virtualHost('Hostname = www.example.org', 'UseFastCGI = php');

export const STICKY_BEHIND_PROXY = defineRule({
  code: 'HW717',
  slug: 'sticky-behind-proxy',
  summary: 'Clients are spread over back ends by their address, but all of them come from one.',
  explanation:
    'A client stays with its back end for SessionTimeout minutes, by default 15, and is told by its address. When every ' +
    'binding listens on the machine itself, a proxy in front is the only client: all requests go to one back end. Name ' +
    'the proxy in HideProxy, so that its clients count, or switch this off with `SessionTimeout = 0`.',
  bad: withBindings([BINDING], SERVER, HOST),
  good: withBindings([BINDING], 'HideProxy = 127.0.0.1', SERVER, HOST),
  source: 'cgi.c: select_connect_to',
  needsEveryLine: true,
  check(config, report) {
    const { hideProxy } = config.server.settings;
    if (hideProxy.lines.length > 0 || hideProxy.isUnreadable || !isLocalOnly(config)) return;
    for (const { settings } of config.fastCgiServers) {
      const { connectTo, sessionTimeoutMs } = settings;
      const [first] = connectTo.value;
      if (first === undefined || connectTo.value.length < 2) continue;
      if (sessionTimeoutMs.isUnreadable || sessionTimeoutMs.value === 0) continue;
      report({
        severity: 'hint',
        message: `behind a proxy all requests go to one of these ${connectTo.value.length} back ends`,
        span: spanOfValue(sessionTimeoutMs) ?? first.span,
        notes: [
          {
            message:
              'a client stays with its back end and is told by its address; all bindings are local, so there is one client: the proxy',
            span: config.bindings[0]?.settings.address.last?.directive.span ?? null,
          },
          { message: 'write "HideProxy = 127.0.0.1", or "SessionTimeout = 0"', span: null },
        ],
      });
    }
  },
});
