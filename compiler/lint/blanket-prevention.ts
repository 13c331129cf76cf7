import { configuration, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';
import { describeHost } from './wording.ts';

export const BLANKET_PREVENTION = defineRule({
  code: 'HW910',
  slug: 'blanket-prevention',
  summary: 'Several Prevent… settings refuse requests of a whole host.',
  explanation:
    'PreventCSRF, PreventSQLi and PreventXSS look for patterns; they also hit honest requests, such as a text about SQL, ' +
    'and they do not make a careless application safe. The manual advises to use them as a measure for a known hole, not ' +
    'as a general shield. Begin with `detect` and read the exploit log.',
  bad: configuration(
    virtualHost('Hostname = www.example.org', 'PreventSQLi = block', 'PreventXSS = prevent'),
  ),
  good: configuration(
    virtualHost('Hostname = www.example.org', 'PreventSQLi = detect', 'PreventXSS = detect'),
  ),
  source: 'hiawatha(1) VIRTUAL HOST CONFIGURATION: PreventSQLi',
  onlyWith: ['PreventCSRF', 'PreventSQLi', 'PreventXSS'],
  check(config, report) {
    for (const host of config.hosts) {
      const { preventCsrf, preventSqli, preventXss } = host.settings;
      const refusing = [preventCsrf, preventSqli, preventXss].flatMap((setting) => {
        const line = setting.last;
        return line !== undefined && (line.value === 'block' || line.value === 'prevent')
          ? [line.directive]
          : [];
      });
      const [first] = refusing;
      if (first === undefined || refusing.length < 2) continue;
      report({
        severity: 'hint',
        message: `${refusing.map((directive) => directive.key).join(' and ')} also refuse honest requests to ${describeHost(host)}`,
        span: first.value.span,
        notes: [
          {
            message:
              'write "detect" and read the exploit log before you refuse; repair the application',
            span: null,
          },
        ],
      });
    }
  },
});
