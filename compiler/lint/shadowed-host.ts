import { configuration, virtualHost } from './example.ts';
import { nameFactsOf, NameIndex } from './name-index.ts';
import { defineRule } from './rule.ts';
import { describeHost, placeOf, spanOfHost } from './wording.ts';

export const SHADOWED_HOST = defineRule({
  code: 'HW602',
  slug: 'shadowed-host',
  summary: 'A host, or one of its names, that an earlier host takes all requests for.',
  explanation:
    'Hosts are searched in the order of the file, the default host first, and the first with a fitting name answers. ' +
    '`*.example.org` fits `example.org` itself and everything that ends in `.example.org`, so a host with a wildcard ' +
    'belongs behind the hosts with names below it.',
  bad: configuration(
    virtualHost('Hostname = example.org, *.example.org', 'AccessLogfile = none'),
    virtualHost('Hostname = shop.example.org', 'AccessLogfile = none'),
  ),
  good: configuration(
    virtualHost('Hostname = shop.example.org', 'AccessLogfile = none'),
    virtualHost('Hostname = example.org, *.example.org', 'AccessLogfile = none'),
  ),
  source: 'session.c: get_hostrecord',
  check(config, report) {
    const { areUnique, haveWildcard } = nameFactsOf(config);
    if (areUnique && !haveWildcard) return;
    const earlier = new NameIndex();
    for (const host of config.hosts) {
      const names = host.settings.hostnames.value;
      const taken = names.flatMap((name) => {
        const by = earlier.findCover(name.value, host);
        return by === null ? [] : [{ name, by }];
      });
      earlier.add(host);
      if (host.isDefault || names.length === 0 || host.settings.hostnames.isUnreadable) continue;
      if (taken.length === names.length) {
        report({
          severity: 'warning',
          message: `${describeHost(host)} can never be reached: earlier hosts take all of its names`,
          span: host.nameSpan ?? spanOfHost(host, config),
          notes: [
            ...taken.map(({ name, by }) => ({
              message: `"${name.value}" goes to ${describeHost(by.host)}, because of "${by.pattern}"`,
              span: by.span,
            })),
            { message: 'put this host before the others, or delete it', span: null },
          ],
        });
        continue;
      }
      for (const { name, by } of taken) {
        if (by.pattern === name.value) continue;
        report({
          severity: 'warning',
          message: `"${name.value}" never reaches this host: "${by.pattern}" of ${describeHost(by.host)} on ${placeOf(by.span, name.span)} fits it and comes first`,
          span: name.span,
          notes: [{ message: 'put the host with the wildcard behind this one', span: by.span }],
        });
      }
    }
  },
});
