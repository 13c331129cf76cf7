import { SESSION_OVERFLOW } from '../../grammar/values/value-errors.ts';
import { defineRule } from './rule.ts';
import { spanOfValue } from './wording.ts';

/** SessionTimeout where there is nothing to choose from; that it overflows is found while values are read. */
export const SESSION_TIMEOUT = defineRule({
  ...SESSION_OVERFLOW,
  needsEveryLine: true,
  check(config, report) {
    for (const { settings } of config.fastCgiServers) {
      const span = spanOfValue(settings.sessionTimeoutMs);
      const { connectTo } = settings;
      if (span === null || connectTo.isUnreadable || connectTo.value.length !== 1) continue;
      report({
        severity: 'warning',
        message: 'SessionTimeout has no use with one back end',
        span,
        notes: [
          {
            message: 'it keeps a client at one of several back ends, and this is the only one',
            span: connectTo.value[0]?.span ?? null,
          },
          { message: 'delete SessionTimeout', span: null },
        ],
      });
    }
  },
});
