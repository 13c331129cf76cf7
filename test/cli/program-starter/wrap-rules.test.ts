import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { decodeWrapRules, type WrapRules } from '../../../cli/program-starter/wrap-rules.ts';

const READER = join(import.meta.dirname, '../../../cli/program-starter/read-wrap-rules.ts');

function read(file: string): WrapRules | null {
  return decodeWrapRules(
    execFileSync(process.execPath, [READER], { input: file, encoding: 'utf8' }),
  );
}

describe('cgi-wrapper.conf', () => {
  test('is read by a program of its own', () => {
    const file =
      'CGIhandler = /usr/bin/perl, /usr/bin/php-cgi\n# sites\nWrap = a ; /srv/jail|www ; anna:web\nWrap = b;~bob;bob\n';
    expect(read(file)).toEqual({
      wraps: [
        {
          id: 'a',
          root: '/srv/jail/www',
          chroot: '/srv/jail',
          homeOf: null,
          user: 'anna',
          groups: ['web'],
        },
        { id: 'b', root: null, chroot: null, homeOf: 'bob', user: 'bob', groups: [] },
      ],
      handlers: ['/usr/bin/perl', '/usr/bin/php-cgi'],
      problems: [],
    });
  });

  test('with an error says where', () => {
    expect(read('\nWarp = a ; /srv ; anna\n')?.problems).toEqual([
      expect.stringMatching(/^line 2: unknown directive "Warp"/),
    ]);
  });

  test.each(['', '[]', '{}', '{"wraps":[{}],"handlers":[],"problems":[]}', '{"wraps":1}'])(
    'is not taken from %j',
    (text) => {
      expect(decodeWrapRules(text)).toBeNull();
    },
  );
});
