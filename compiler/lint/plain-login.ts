import { PLAIN_BINDING, TLS_BINDING, virtualHost, withBindings } from './example.ts';
import { bindingsOf, directoriesOf, isLoopback, maySpeakTls } from './host-facts.ts';
import { defineRule } from './rule.ts';
import { describeHost } from './wording.ts';

const LOGIN = ['Hostname = www.example.org', 'PasswordFile = basic:/etc/hiawatha/users'];
const BINDINGS = [PLAIN_BINDING, TLS_BINDING];

export const PLAIN_LOGIN = defineRule({
  code: 'HW930',
  slug: 'plain-login',
  summary: 'A login is also possible without TLS, although the server speaks TLS.',
  explanation:
    'Basic authentication sends the password with every request, readable for everybody on the way. The host can be reached ' +
    'with and without TLS, so a link with `http://` is enough to lose it. `RequireTLS = yes` sends visitors to TLS first.',
  bad: withBindings(BINDINGS, virtualHost(...LOGIN)),
  good: withBindings(BINDINGS, virtualHost(...LOGIN, 'RequireTLS = yes')),
  source: 'RFC 7617, 4; hiawatha(1) VIRTUAL HOST CONFIGURATION: RequireTLS',
  needsEveryLine: true,
  onlyWith: ['PasswordFile'],
  check(config, report) {
    for (const host of config.hosts) {
      const { requireTls } = host.settings;
      if (requireTls.value.enabled || requireTls.isUnreadable || host.isDefault) continue;
      const bindings = bindingsOf(config, host);
      const plain = bindings.find(
        (binding) => !maySpeakTls(binding) && !isLoopback(binding.settings.address.value),
      );
      if (plain === undefined || !bindings.some(maySpeakTls)) continue;
      const line = [host, ...directoriesOf(host)]
        .map(({ settings }) => settings.passwordFile.last)
        .find((found) => found?.value?.scheme === 'basic');
      if (line === undefined) continue;
      report({
        severity: 'warning',
        message: `passwords for ${describeHost(host)} may travel in the clear: it also answers without TLS`,
        span: line.directive.value.span,
        notes: [
          { message: 'through this binding', span: plain.nameSpan },
          { message: 'add "RequireTLS = yes" to the host', span: null },
        ],
      });
    }
  },
});
