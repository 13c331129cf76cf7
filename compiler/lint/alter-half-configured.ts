import { directory, PLAIN_BINDING, section, virtualHost, withBindings } from './example.ts';
import { bindingsOf, directoriesOf, grantsSomebody } from './host-facts.ts';
import { defineRule } from './rule.ts';
import { describeHost, spanOfValue } from './wording.ts';

const PARTS = [
  directory('DirectoryID = files', 'Path = /files', 'AlterList = allow 10.0.0.0/8'),
  virtualHost('Hostname = www.example.org', 'UseDirectory = files'),
];

export const ALTER_HALF_CONFIGURED = defineRule({
  code: 'HW908',
  slug: 'alter-half-configured',
  summary: 'EnableAlter without AlterList, or AlterList without EnableAlter.',
  explanation:
    'PUT and DELETE need both: `EnableAlter = yes` in the binding, and an AlterList in the host or a Directory section that ' +
    'lets somebody in. One without the other refuses every upload.',
  bad: withBindings([PLAIN_BINDING], ...PARTS),
  good: withBindings([section('Binding', ['Port = 80', 'EnableAlter = yes'])], ...PARTS),
  source: 'hiawatha(1) BINDING CONFIGURATION: EnableAlter',
  needsEveryLine: true,
  onlyWith: ['AlterList', 'EnableAlter'],
  check(config, report) {
    const reported = new Set<unknown>();
    for (const host of config.hosts) {
      // A WebDAV application gets the requests without EnableAlter.
      if (host.settings.webDavApp.value) continue;
      const bindings = bindingsOf(config, host);
      const isOn = bindings.some(
        ({ settings: { enableAlter } }) => enableAlter.value || enableAlter.isUnreadable,
      );
      if (isOn || bindings.length === 0) continue;
      for (const { settings } of [host, ...directoriesOf(host)]) {
        const span = spanOfValue(settings.alterList);
        if (span === null || !grantsSomebody(settings.alterList.value)) continue;
        if (reported.has(settings)) continue;
        reported.add(settings);
        report({
          severity: 'warning',
          message: `AlterList lets nobody write: no binding that leads to ${describeHost(host)} has EnableAlter`,
          span,
          notes: [
            {
              message: 'add "EnableAlter = yes" to the binding, or delete AlterList',
              span: bindings[0]?.nameSpan ?? null,
            },
          ],
        });
      }
    }
    for (const binding of config.bindings) {
      const span = spanOfValue(binding.settings.enableAlter);
      if (span === null || !binding.settings.enableAlter.value) continue;
      const hosts = config.hosts.filter((host) => bindingsOf(config, host).includes(binding));
      const isUsed = hosts.some(
        (host) =>
          host.settings.webDavApp.value ||
          [host, ...directoriesOf(host)].some(
            ({ settings: { alterList } }) =>
              alterList.isUnreadable || grantsSomebody(alterList.value),
          ),
      );
      if (isUsed) continue;
      report({
        severity: 'warning',
        message:
          'EnableAlter lets nobody write: no host on this binding has an AlterList that allows somebody',
        span,
        notes: [
          {
            message:
              'add "AlterList = allow <address>" to a host or Directory section, or delete EnableAlter',
            span: null,
          },
        ],
      });
    }
  },
});
