import { describe, expect, test } from 'vitest';
import { checkText } from '../../support/check-text.ts';

const SITE = 'Hostname = 127.0.0.1\nWebsiteRoot = /var/www/site\nBinding {\n    Port = 8080\n}\n';

interface Toolkits {
  readonly [id: string]: readonly string[];
}

/** Codes of what is found about the ways through toolkits, the first of which is in use. */
function codesFor(toolkits: Toolkits): readonly string[] {
  const sections = Object.entries(toolkits).map(
    ([id, rules]) =>
      `UrlToolkit {\n ToolkitID = ${id}\n${rules.map((rule) => ` ${rule}\n`).join('')}}\n`,
  );
  const uses = `UseToolkit = ${Object.keys(toolkits)[0] ?? ''}\n`;
  return checkText(`${SITE}${uses}${sections.join('')}`)
    .filter(({ code }) => /^HW8(0[567]|1[12])$/.test(code))
    .map(({ code, severity }) => `${severity} ${code}`);
}

describe('the ways through toolkits', () => {
  test.each<readonly [string, Toolkits, readonly string[]]>([
    ['an end for all, then a rule', { t: ['Do Exit', 'Match ^/a Return'] }, ['warning HW807']],
    ['a rule that is skipped by some', { t: ['Match ^/a Skip 1', 'Do Exit', 'Do Return'] }, []],
    [
      'a rule that is skipped by all',
      { t: ['Do Skip 1', 'Match ^/a Exit', 'Do Return'] },
      ['warning HW807'],
    ],
    ['a match of everything', { t: ['Match .* NotFound', 'Do Return'] }, ['warning HW807']],
    ['a match of every path', { t: ['Match ^/ NotFound', 'Do Return'] }, ['warning HW807']],
    ['a match of nothing', { t: ['Match !^/ NotFound', 'Do Return'] }, []],
    ['a call that comes back', { t: ['Do Call s', 'Do Return'], s: ['Match ^/a Exit'] }, []],
    [
      'a call that does not',
      { t: ['Do Call s', 'Do Return'], s: ['Do Exit'] },
      ['warning HW811', 'warning HW807'],
    ],
    ['a goto', { t: ['Do Goto s', 'Do Return'], s: ['Do Return'] }, ['warning HW807']],
    ['a rewrite that goes on', { t: ['Match .* Rewrite /a Continue', 'Do Return'] }, []],
    ['a ban', { t: ['Do Ban 60', 'Do Return'] }, []],
    ['a rule that could not be read', { t: ['Do Exit', 'Match ( Exit', 'Do Return'] }, []],
    ['an unknown toolkit', { t: ['Do Call nowhere', 'Do Return'] }, []],
    ['a circle for all', { t: ['Do Goto s'], s: ['Do Goto t'] }, ['error HW805']],
    ['a circle for some', { t: ['Match ^/a Goto s'], s: ['Do Goto t'] }, ['error HW805']],
    ['a circle that rewrites', { t: ['Match a Rewrite b Continue', 'Match a Goto t'] }, []],
    [
      'a circle that always rewrites',
      { t: ['Match a Rewrite b Continue', 'Do Goto t'] },
      ['error HW805'],
    ],
    ['a circle that is never entered', { t: ['Do Return', 'Do Goto t'] }, ['warning HW807']],
  ])('%s', (_name, toolkits, expected) => {
    expect(codesFor(toolkits)).toEqual(expected);
  });

  test('are told of a long chain of calls, and of very many toolkits', () => {
    const chain = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, index) => [`t${index}`, [`Match ^/a Call t${index + 1}`]]),
    );
    expect(codesFor({ ...chain, t5000: ['Match ^/a Exit'] })).toEqual(['warning HW805']);
  });

  test('are told where every toolkit calls every other', () => {
    const ids = Array.from({ length: 60 }, (_, index) => `t${index}`);
    const web = Object.fromEntries(
      ids.map((id) => [id, ids.map((other) => `Match ^/a Call ${other}`)]),
    );
    expect(codesFor(web)).toEqual(['error HW805']);
  });
});
