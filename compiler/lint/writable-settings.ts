import { section, virtualHost, withBindings } from './example.ts';
import { writeAccessOf } from './host-facts.ts';
import { defineRule } from './rule.ts';
import { placeOf, spanOfValue } from './wording.ts';

const BINDING = section('Binding', ['Port = 80', 'EnableAlter = yes']);
const WRITE = 'AlterList = allow 10.0.0.0/8';

export const WRITABLE_SETTINGS = defineRule({
  code: 'HW909',
  slug: 'writable-settings',
  summary: 'UseLocalConfig or AllowDotFiles in a host that clients may write to.',
  explanation:
    'UseLocalConfig reads `.hiawatha` files from the website, and AllowDotFiles lets clients reach names with a leading ' +
    'dot. Where clients may PUT files, they can write settings of the server: switch logins off, or CGI on.',
  bad: withBindings(
    [BINDING],
    virtualHost('Hostname = www.example.org', 'UseLocalConfig = yes', WRITE),
  ),
  good: withBindings([BINDING], virtualHost('Hostname = www.example.org', WRITE)),
  source: 'hiawatha(1) VIRTUAL HOST CONFIGURATION: UseLocalConfig, AllowDotFiles',
  onlyWith: ['AlterList'],
  check(config, report) {
    for (const host of config.hosts) {
      const write = writeAccessOf(config, host);
      const writeSpan = write === null ? null : spanOfValue(write);
      if (writeSpan === null) continue;
      const { useLocalConfig, allowDotFiles } = host.settings;
      for (const setting of [useLocalConfig, allowDotFiles]) {
        const line = setting.last;
        if (line === undefined || !setting.value) continue;
        const span = line.directive.value.span;
        report({
          severity: 'warning',
          message: `clients may write here (AlterList on ${placeOf(writeSpan, span)}), and with ${line.directive.key} also settings and hidden files`,
          span,
          notes: [
            { message: 'these clients may write', span: writeSpan },
            { message: `delete ${line.directive.key}, or keep clients from writing`, span: null },
          ],
        });
      }
    }
  },
});
