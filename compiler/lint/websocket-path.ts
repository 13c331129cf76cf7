import { wordsOf } from './backend-urls.ts';
import { configuration, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';

function host(path: string): string {
  return virtualHost('Hostname = www.example.org', `WebSocket = ws://127.0.0.1:5000 ${path}`);
}

export const WEBSOCKET_PATH = defineRule({
  code: 'HW914',
  slug: 'websocket-path',
  summary: 'A WebSocket path relies on the meaning of the manual, which the server does not have.',
  explanation:
    'The manual says that a path fits every URL that begins with it. Hiawatha tests the opposite: the path has to begin with ' +
    'the URL of the request, query included. So `/chat` serves `/chat`, `/ch` and `/`, but neither `/chat/room` nor ' +
    '`/chat?id=1`, which end in status 500. `*` serves every URL.',
  bad: configuration(host('/chat')),
  good: configuration(host('*')),
  source: 'http.c: handle_websocket',
  onlyWith: ['WebSocket'],
  check(config, report) {
    for (const { settings } of config.hosts) {
      for (const { directive } of settings.webSockets.lines) {
        const [, paths] = wordsOf(directive.value);
        if (paths?.text.startsWith('/') !== true) continue;
        const first = paths.text.split(',')[0] ?? '';
        report({
          severity: 'warning',
          message: `in Hiawatha "${first}" does not fit "${first.replace(/\/$/, '')}/…" or "${first}?…": it compares the other way round`,
          span: paths.span,
          notes: [
            {
              message:
                'let clients connect to exactly this URL without query, or write "*" for every URL',
              span: null,
            },
          ],
        });
      }
    }
  },
});
