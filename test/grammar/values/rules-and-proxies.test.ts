/** What rules, proxies and expressions are read as, and what is said about them; the answers stand in `test/cases/values/`. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { caselessRegex } from '../../../grammar/values/posix-regex.ts';
import { reverseProxy } from '../../../grammar/values/reverse-proxy.ts';
import {
  caselessMatchRule,
  headerRule,
  matchRule,
  methodRule,
  requestUriRule,
  tlsRule,
  totalConnectionsRule,
  unconditionalRule,
} from '../../../grammar/values/toolkit-rule.ts';
import type { ValueType } from '../../../grammar/values/value-type.ts';
import { webSocket } from '../../../grammar/values/web-socket.ts';
import { readValue } from '../read-value.ts';

interface Inputs {
  readonly name: string;
  readonly type: ValueType<unknown>;
  readonly texts: readonly string[];
}

const INPUTS: readonly Inputs[] = [
  {
    name: 'Match',
    type: matchRule,
    texts: [
      '^/a b Return',
      '"^/a b" Return',
      '"^/a" Return',
      '^/a Rewrit /x',
      '^/a',
      '',
      '^/a\tReturn',
      '^/(a Return',
      '*.php Return',
      '! Return',
      '^/a Rewrite',
      '^/a Redirect 302',
      '^/a Redirect /b /c',
      '^/a Redirect 304 /c',
      '^/a Redirect 302 /b c',
      '!^/a(.*) Redirect /b$1',
      '^/a Rewrite /b$9',
      '^/(.*) Rewrite index.php?$1',
      '^/a Rewrite /b 3 Continue',
      '^/a Rewrite /b 21',
      '^/a Rewrite /b Exit',
      '^/a Expire 60',
      '^/\\d+$ Return',
      '^/a Return',
      '^/blog/([0-9]+)$ Rewrite /blog.php?id=$1',
      '!^/ok Rewrite /b',
      '!! Return',
      '^/a UseFastCGI PHP',
      '^/a Call two words',
      '^/a use /x',
    ],
  },
  {
    name: 'Header',
    type: headerRule,
    texts: [
      'User-Agent: x DenyAccess',
      'X !"a b" DenyAccess',
      'X "a b"DenyAccess',
      'X "a b DenyAccess',
      '* bot Use /x',
      'X',
      'X bad bot DenyAccess',
      'User-Agent "" DenyAccess',
      'Referer !^https://www\\.example\\.org/ DenyAccess',
      'User Agent bot DenyAccess',
    ],
  },
  {
    name: 'Method',
    type: methodRule,
    texts: [
      'post DenyAccess',
      'GET,POST DenyAccess',
      'POST Call x',
      '!GET DenyAccess',
      '! DenyAccess',
    ],
  },
  {
    name: 'RequestURI',
    type: requestUriRule,
    texts: ['ISFILE Return', '!exists Return', 'file Return'],
  },
  { name: 'TotalConnections', type: totalConnectionsRule, texts: ['0 Skip 1', '10 Redirect /x'] },
  {
    name: 'Do',
    type: unconditionalRule,
    texts: [
      'Exit now please',
      'Ban',
      'Ban 0',
      'Ban 60s',
      'Skip 0',
      'Use /a/../b',
      'Call',
      '',
      'OmitRequestLog',
      'Ban 5m',
      'Use /.well-known/x',
      'Use /a b',
      'Redirect /x',
      'goto here',
    ],
  },
  { name: 'UseTLS', type: tlsRule, texts: ['Ban 3', 'Return'] },
  {
    name: 'ReverseProxy',
    type: reverseProxy,
    texts: [
      '^/ http://127.0.0.1:8000',
      '!^/app/ 1 https://[::1]:8000/x/ 10 Keep-Alive',
      '^/ /run/app.sock',
      '^/ HTTP://a',
      '^/ 127.0.0.1:8000',
      '^/ unix:/run/a',
      '^/ http://::1:8000',
      '^/ http://a:65536',
      '^/ http:///x',
      '^/ 2',
      '^/',
      '^/ http://a keep-alive 10',
      '^/ http://a 5s',
      '^/ http://a 0',
      '^/ http://[::1',
      '^/\thttp://a',
      '^/ -1 http://a',
    ],
  },
  {
    name: 'WebSocket',
    type: webSocket,
    texts: [
      'ws://127.0.0.1:5000 /chat,/feed 30',
      'ws://127.0.0.1:5000 /chat, /feed',
      '/run/ws.sock *',
      'ws://127.0.0.1/x /chat',
      'http://127.0.0.1:1 /chat',
      'WS://127.0.0.1:1 /chat',
      'ws://127.0.0.1:5000',
      'ws://127.0.0.1:5000 chat 0',
      'ws://127.0.0.1:99999 /x',
      'ws://localhost:5000 /x',
    ],
  },
  { name: 'DenyBody', type: caselessRegex, texts: ['select .* from', '(.*)\\1'] },
  { name: 'MatchCI', type: caselessMatchRule, texts: ['^/Admin DenyAccess'] },
];

function describeReading(type: ValueType<unknown>, text: string): string {
  const { value, problems, repaired, isAccepted } = readValue(type, text);
  const shown = JSON.stringify(value, (key, part: unknown) => (key === 'span' ? undefined : part));
  return [
    text,
    ...(value === null ? [] : [`  = ${shown}`]),
    ...problems.map((problem) => `  ${problem}`),
    ...(problems.length > 0 && isAccepted ? ['  Hiawatha accepts it'] : []),
    ...(repaired === text ? [] : [`  repaired: ${repaired}`]),
  ].join('\n');
}

test.each(INPUTS)(
  '$name reads its values and says what is wrong with them',
  async ({ name, type, texts }) => {
    const readings = texts.map((text) => describeReading(type, text)).join('\n\n');
    await expect(`${readings}\n`).toMatchFileSnapshot(
      join(import.meta.dirname, '../../cases/values', `${name}.txt`),
    );
  },
);
