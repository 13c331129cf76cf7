import { SERVER_ID } from '../../grammar/values/value-errors.ts';
import { defineRule } from './rule.ts';

/** `nobody`, which is what Hiawatha takes when nothing is written. */
const NOBODY = '65534';

/** Numbers without an account; a list that is refused is found while values are read. */
export const SERVER_ID_NUMBER = defineRule({
  ...SERVER_ID,
  check(config, report) {
    const line = config.server.settings.serverId.last;
    if (line === undefined) return;
    const { user, groups } = line.value;
    const numbers = [user, ...groups].filter((id) => /^[0-9]+$/.test(id) && id !== NOBODY);
    if (numbers.length === 0) return;
    report({
      severity: 'warning',
      message: `Hiawatha takes ${numbers.length === 1 ? 'the number' : 'the numbers'} ${[...new Set(numbers)].join(', ')} without looking for an account`,
      span: line.directive.value.span,
      notes: [
        {
          message:
            'a wrong number runs the server as somebody else, or as nobody that files can be given to; write the names of the user and its groups',
          span: null,
        },
      ],
    });
  },
});
