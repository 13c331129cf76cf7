import type { Spanned } from '../../grammar/values/spanned.ts';
import { configuration, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';
import { placeOf } from './wording.ts';

const HOST = virtualHost('Hostname = www.example.org', 'ExecuteCGI = yes');

export const DUPLICATE_HANDLER = defineRule({
  code: 'HW703',
  slug: 'duplicate-handler',
  summary: 'Two CGIhandler lines for one extension.',
  explanation:
    'The last line wins, against what one expects of a list that is read from above. Delete the line that is not meant.',
  bad: configuration(
    'CGIhandler = /usr/bin/php-cgi:php\nCGIhandler = /usr/bin/php-cgi8.2:php',
    HOST,
  ),
  good: configuration('CGIhandler = /usr/bin/php-cgi8.2:php', HOST),
  source: 'serverconfig.c: server_setting; wigwam.c: check_main_config',
  check(config, report) {
    const winners = new Map<string, { program: string; extension: Spanned<string> }>();
    for (const handler of config.server.settings.cgiHandlers.value.toReversed()) {
      for (const extension of handler.extensions.toReversed()) {
        const winner = winners.get(extension.value);
        if (winner === undefined) {
          winners.set(extension.value, { program: handler.program.value, extension });
          continue;
        }
        report({
          severity: 'warning',
          message: `"${handler.program.value}" never runs "${extension.value}" files: "${winner.program}" on ${placeOf(winner.extension.span, extension.span)} has the same extension, and the last line wins`,
          span: extension.span,
          notes: [{ message: 'delete one of the two', span: winner.extension.span }],
        });
      }
    }
  },
});
