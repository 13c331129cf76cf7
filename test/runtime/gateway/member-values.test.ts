import { expect, test } from 'vitest';
import { memberValues } from '../../../runtime/gateway/member-values.ts';

test.each([
  ['php-fpm', [['FCGI_MPXS_CONNS', '0']], null, null, false],
  [
    'an application that multiplexes',
    [
      ['FCGI_MAX_CONNS', '4'],
      ['FCGI_MAX_REQS', '100'],
      ['FCGI_MPXS_CONNS', '1'],
    ],
    4,
    100,
    true,
  ],
  ['one that knows none', [], null, null, false],
  [
    'one that talks nonsense',
    [
      ['FCGI_MAX_CONNS', '0'],
      ['FCGI_MAX_REQS', '-1'],
      ['FCGI_MPXS_CONNS', 'yes'],
    ],
    null,
    null,
    false,
  ],
  ['one that boasts', [['FCGI_MAX_CONNS', '99999999999999']], null, null, false],
] satisfies [string, [string, string][], number | null, number | null, boolean][])(
  'the values of %s are read',
  (_name, values, connections, requests, isMultiplexing) => {
    expect(memberValues(values)).toEqual({ connections, requests, isMultiplexing });
  },
);
