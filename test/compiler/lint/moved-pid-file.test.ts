import { expect, test } from 'vitest';

import { compile } from '../../../compiler/compile.ts';
import type { Environment } from '../../../compiler/lint/environment.ts';
import { NOTHING_KNOWN } from '../../../compiler/lint/environment.ts';
import { mapSourceLoader } from '../../support/map-source-loader.ts';

/** A machine with a wrapper of some mode and owner. */
function wrapperOf(mode: number, uid = 0): Environment['path'] {
  return (path) =>
    path === '/usr/sbin/cgi-wrapper'
      ? { elements: [{ path, kind: 'file', mode, uid, gid: 0 }], missing: null }
      : null;
}

test.each<[server: string, known: Partial<Environment>, isSaid: boolean]>([
  ['Hiawatha', {}, true],
  ['Hiawatha with a setuid wrapper', { path: wrapperOf(0o4755) }, true],
  ['this server', { isServedHere: () => true }, false],
  [
    'this server with a setuid wrapper',
    { isServedHere: () => true, path: wrapperOf(0o4755) },
    true,
  ],
  ['this server with a plain wrapper', { isServedHere: () => true, path: wrapperOf(0o755) }, false],
  [
    "this server with somebody's wrapper",
    { isServedHere: () => true, path: wrapperOf(0o4755, 1000) },
    false,
  ],
])(
  'a PIDfile elsewhere is said to stop the CGI wrapper where that runs: %s',
  (_, known, isSaid) => {
    const loader = mapSourceLoader({
      'hiawatha.conf': 'PIDfile = /srv/web/hiawatha.pid\nExecuteCGI = yes\nWrapCGI = site1\n',
    });
    const environment = { ...NOTHING_KNOWN, ...known };
    const { diagnostics } = compile(loader, 'hiawatha.conf', { environment });
    expect(diagnostics.some(({ code }) => code === 'HW920')).toBe(isSaid);
  },
);
