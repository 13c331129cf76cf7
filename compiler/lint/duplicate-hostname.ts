import type { SourceSpan } from '../../grammar/source.ts';
import { configuration, virtualHost } from './example.ts';
import { nameFactsOf, NameIndex } from './name-index.ts';
import { defineRule } from './rule.ts';
import { describeHost, placeOf } from './wording.ts';

export const DUPLICATE_HOSTNAME = defineRule({
  code: 'HW601',
  slug: 'duplicate-hostname',
  summary: 'The same host name stands in two hosts, or twice in one.',
  explanation:
    'Hosts are searched in the order of the file, the default host first, and the first that has the name answers. The ' +
    'second host never gets a request for it. Two hosts may share a name when RequiredBinding keeps them apart; then ' +
    'nothing is reported.',
  bad: configuration(
    virtualHost('Hostname = www.example.org', 'AccessLogfile = none'),
    virtualHost('Hostname = shop.example.org, www.example.org', 'AccessLogfile = none'),
  ),
  good: configuration(
    virtualHost('Hostname = www.example.org', 'AccessLogfile = none'),
    virtualHost('Hostname = shop.example.org', 'AccessLogfile = none'),
  ),
  source: 'session.c: get_hostrecord; wigwam.c: check_virtual_hosts',
  check(config, report) {
    if (nameFactsOf(config).areUnique) return;
    const earlier = new NameIndex();
    for (const host of config.hosts) {
      const own = new Map<string, SourceSpan>();
      for (const name of host.settings.hostnames.value) {
        const inHost = own.get(name.value);
        if (inHost !== undefined) {
          report({
            severity: 'warning',
            message: `the name "${name.value}" stands twice in ${describeHost(host)}`,
            span: name.span,
            notes: [{ message: 'it is already here; delete one of the two', span: inHost }],
          });
          continue;
        }
        own.set(name.value, name.span);
        const first = earlier.findSame(name.value, host);
        if (first === null) continue;
        report({
          severity: 'warning',
          message: `"${name.value}" never reaches this host: ${describeHost(first.host)} on ${placeOf(first.span, name.span)} has the same name and comes first`,
          span: name.span,
          notes: [
            { message: 'requests for the name are answered here', span: first.span },
            { message: 'delete the name in one of the two hosts', span: null },
          ],
        });
      }
      earlier.add(host);
    }
  },
});
