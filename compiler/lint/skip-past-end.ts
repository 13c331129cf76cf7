import { COMBINATIONS } from '../../grammar/toolkit/rule.ts';
import { areRulesComplete, rulesOf } from '../check/toolkit-rules.ts';
import { configuration, section, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';

const HOST = virtualHost('Hostname = www.example.org', 'UseToolkit = pages');

function toolkit(skip: string): string {
  return section('UrlToolkit', [
    'ToolkitID = pages',
    `Match ^/images/ ${skip}`,
    'Match ^/(.*)$ Rewrite /index.php?page=$1',
  ]);
}

export const SKIP_PAST_END = defineRule({
  code: 'HW806',
  slug: 'skip-past-end',
  summary: 'Skip leads past the last rule of its toolkit.',
  explanation:
    'Hiawatha takes that for the end of the toolkit. Either rules were removed that the number still counts, or Return is ' +
    'meant.',
  bad: configuration(HOST, toolkit('Skip 5')),
  good: configuration(HOST, toolkit('Skip 1')),
  source: 'toolkit.c: use_toolkit',
  check(config, report) {
    for (const toolkit of config.toolkits) {
      if (!areRulesComplete(toolkit)) continue;
      const rules = rulesOf(toolkit);
      for (const [index, { value: rule }] of rules.entries()) {
        const { value: action, span } = rule.action;
        const following = rules.length - index - 1;
        // As the last rule it does nothing, and nothing is skipped that should not be.
        if (action.kind !== 'skip' || following === 0 || action.rules <= following) continue;
        const isReturnAllowed = COMBINATIONS[rule.condition.kind].return === 'allowed';
        const isWrittenHere = /^skip +[0-9]+$/i.test(span.file.text.slice(span.start, span.end));
        report({
          severity: 'warning',
          message: `this skips ${counted(action.rules)}, and only ${counted(following)} ${following === 1 ? 'follows' : 'follow'}`,
          span,
          notes: [
            {
              message: isReturnAllowed
                ? 'write "Return" where the rest of the toolkit is meant'
                : `write "Skip ${following}" where the rest of the toolkit is meant`,
              span: null,
            },
          ],
          fix:
            isReturnAllowed && isWrittenHere
              ? { title: 'write "Return"', safe: false, edits: [{ span, text: 'Return' }] }
              : null,
        });
      }
    }
  },
});

function counted(rules: number): string {
  return rules === 1 ? '1 rule' : `${rules} rules`;
}
