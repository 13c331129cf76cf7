import { expect, test } from 'vitest';
import { obeyBan } from '../../../runtime/handlers/script-ban.ts';
import { fakeHead } from '../../support/fake-gateway.ts';
import { makeSite } from '../../support/prepared-site.ts';
import { makeRequest } from '../../support/request-context.ts';
import { makeScript } from '../../support/script-location.ts';

/** The bans that a program has had made. @param maxMs - What BanByCGI allows; undefined: it is off. */
function bansOf(wish: string, maxMs?: number | null): readonly string[] {
  const banByCgi = maxMs === undefined ? null : { maxMs };
  const bans: string[] = [];
  obeyBan(
    fakeHead({ instructions: [['x-hiawatha-ban', wish]] }),
    { request: makeRequest({ remoteAddress: '192.0.2.7' }), site: makeSite({ banByCgi }) },
    { script: makeScript('/srv/www/a.cgi') },
    { ban: (address, ms, reason) => void bans.push(`${address} ${ms} ${reason}`) },
  );
  return bans;
}

test('a program bans its client for as long as it says', () => {
  expect(bansOf('30', null)).toEqual(['192.0.2.7 30000 for 30 seconds by CGI /srv/www/a.cgi']);
});

test('a ban by a program is no longer than BanByCGI allows', () => {
  expect(bansOf('30', 10_000)).toEqual(['192.0.2.7 10000 for 10 seconds by CGI /srv/www/a.cgi']);
});

test('a program bans nobody without BanByCGI', () => {
  expect(bansOf('30')).toEqual([]);
});

test.each(['', '-1', '1.5', 'soon', ' 30', '1234567890'])(
  'a program that says %j instead of seconds bans nobody',
  (wish) => {
    expect(bansOf(wish, null)).toEqual([]);
  },
);
