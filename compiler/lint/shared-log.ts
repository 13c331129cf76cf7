import { configuration, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';
import { describeHost, enumerate, spanOfHost } from './wording.ts';

const SHOWN_HOSTS = 5;

export const SHARED_LOG = defineRule({
  code: 'HW607',
  slug: 'shared-log',
  summary: 'Several sites write to the same access log because they have none of their own.',
  explanation:
    'A line of the access log does not say which site it belongs to. Sites without AccessLogfile all write to ' +
    '`/var/log/hiawatha/access.log`, and nobody can tell their requests apart. Give each an AccessLogfile, or `none`.',
  bad: configuration(
    virtualHost('Hostname = www.example.org'),
    virtualHost('Hostname = shop.example.org'),
  ),
  good: configuration(
    virtualHost('Hostname = www.example.org', 'AccessLogfile = /var/log/hiawatha/www.log'),
    virtualHost('Hostname = shop.example.org', 'AccessLogfile = /var/log/hiawatha/shop.log'),
  ),
  source: 'wigwam.c: check_virtual_hosts',
  needsEveryLine: true,
  check(config, report) {
    const sharing = config.hosts.filter(
      ({ isDefault, settings: { accessLogfile } }) =>
        !isDefault && accessLogfile.last === undefined && !accessLogfile.isUnreadable,
    );
    const [first, second] = sharing;
    if (first === undefined || second === undefined) return;
    const shown = sharing.slice(0, SHOWN_HOSTS).map(describeHost);
    const left = sharing.length - shown.length;
    report({
      severity: 'hint',
      message: `${enumerate(left > 0 ? [...shown, `${left} more`] : shown)} write to the same access log`,
      span: spanOfHost(first, config),
      notes: [
        {
          message:
            'a line of the log does not name its site; give each host an AccessLogfile, or "AccessLogfile = none"',
          span: null,
        },
      ],
    });
  },
});
