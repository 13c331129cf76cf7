import { SECOND_MS } from '../../grammar/values/duration.ts';
import { defineRule } from './rule.ts';
import { section, withBindings } from './example.ts';
import { spanOfValue } from './wording.ts';

const MEGABIT = 1_000_000 / 8;
/** Faster than most visitors can send. */
const FAST_LINE_BYTES_PER_SECOND = 100 * MEGABIT;

function binding(...lines: readonly string[]): string {
  return section('Binding', ['Port = 80', ...lines]);
}

export const REQUEST_TIME_TOO_SHORT = defineRule({
  code: 'HW710',
  slug: 'request-time-too-short',
  summary: 'Requests as large as MaxRequestSize allows cannot arrive within TimeForRequest.',
  explanation:
    'TimeForRequest is the time in which a whole request has to arrive, with its body: by default 5 seconds for the first ' +
    'of a connection and 30 for each later one. A large MaxRequestSize promises uploads that most lines cannot deliver in ' +
    'that time, and the visitor gets a timeout. Raise both together. The time a script may then run is TimeForCGI.',
  bad: withBindings([binding('MaxRequestSize = 262144')]),
  good: withBindings([binding('MaxRequestSize = 262144', 'TimeForRequest = 300')]),
  source: 'hiawatha(1) BINDING CONFIGURATION: MaxRequestSize, TimeForRequest',
  needsEveryLine: true,
  check(config, report) {
    for (const { settings } of config.bindings) {
      const { maxRequestBytes, requestTimes } = settings;
      const span = spanOfValue(maxRequestBytes);
      if (span === null || requestTimes.isUnreadable) continue;
      const seconds = requestTimes.value.firstMs / SECOND_MS;
      const needed = Math.ceil(maxRequestBytes.value / FAST_LINE_BYTES_PER_SECOND);
      if (needed <= seconds) continue;
      report({
        severity: 'warning',
        message: `a request of this size takes ${needed} seconds on a line of 100 Mbit/s, but has to arrive within ${seconds}`,
        span,
        notes: [
          {
            message:
              requestTimes.lines.length === 0
                ? 'the default of TimeForRequest is "5, 30": 5 seconds for the first request of a connection'
                : 'the first number is for the first request of a connection',
            span: spanOfValue(requestTimes),
          },
          { message: 'raise TimeForRequest in this binding, or lower MaxRequestSize', span: null },
        ],
      });
    }
  },
});
