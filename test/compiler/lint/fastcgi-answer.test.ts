import { describe, expect, test } from 'vitest';

import { compile } from '../../../compiler/compile.ts';
import { type Environment, NOTHING_KNOWN } from '../../../compiler/lint/environment.ts';
import { mapSourceLoader } from '../../support/map-source-loader.ts';

/** Codes of what is said of a FastCGI server at a socket that nobody answers at. */
function check(environment: Partial<Environment>): readonly string[] {
  const loader = mapSourceLoader({
    'hiawatha.conf': 'FastCGIserver {\n  FastCGIid = a\n  ConnectTo = /run/a.sock\n}\n',
  });
  const { diagnostics } = compile(loader, 'hiawatha.conf', {
    environment: {
      ...NOTHING_KNOWN,
      fastCgi: () => ({ kind: 'refused', reason: 'no such file or directory' }),
      ...environment,
    },
  });
  return diagnostics.map(({ code }) => code).filter((code) => code === 'HW707' || code === 'HW718');
}

describe('a socket that is not there', () => {
  test('is reported by who asks the network', () => {
    expect(check({})).toEqual(['HW718']);
  });

  test('is reported once by who asks the disk as well', () => {
    const missing = { elements: [], missing: '/run/a.sock' };
    expect(check({ path: (path) => (path === '/run/a.sock' ? missing : null) })).toEqual(['HW707']);
  });
});
