/** A machine of which only the names in the configuration tell what is there. */
import type { Environment, FastCgiFacts, PathElement } from '../../compiler/lint/environment.ts';

/** FastCGI servers by their port; nothing is known of others. */
const FASTCGI_BY_PORT: ReadonlyMap<number, FastCgiFacts> = new Map([
  [9901, { kind: 'refused', reason: 'connection refused' }],
  [9902, { kind: 'foreign' }],
  [9903, { kind: 'silent' }],
  [9904, { kind: 'answered', values: [['FCGI_MPXS_CONNS', '1']] }],
  [9905, { kind: 'answered', values: [] }],
]);

const OWNER = { uid: 0, gid: 0 } as const;

/**
 * Everything below /usr, /var and /run is there except what has `missing` in its name. Files in /usr/bin can be executed,
 * names with `.sock` are sockets: open to all, unless they are called `refused` or lie in a directory called `closed`.
 * Certificates are good for their host unless their names tell the opposite.
 */
export const SCRIPTED_ENVIRONMENT: Environment = {
  path(path) {
    const parts = path.split('/').slice(1);
    const names = parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
    const missing = names.find((name) => name.includes('missing')) ?? null;
    const existing = missing === null ? names : names.slice(0, names.indexOf(missing));
    return { elements: existing.map(elementOf), missing };
  },
  account: () => ({ name: 'www-data', uid: 33, gids: [33] }),
  certificate(path) {
    if (path.includes('missing')) return { kind: 'unusable', reason: 'no such file' };
    return {
      kind: 'certificate',
      names: ['www.example.org'],
      daysLeft: path.includes('expired') ? -3 : path.includes('old') ? 5 : 60,
      hasKey: !path.includes('keyless'),
      isKeyMatching: !path.includes('foreign'),
    };
  },
  resolves: (name) => !name.startsWith('unknown.'),
  wrapIds: () => ['site1', 'site2'],
  isServedHere: () => false,
  fastCgi: (endpoint) => FASTCGI_BY_PORT.get(endpoint.kind === 'tcp' ? endpoint.port : 0) ?? null,
};

function elementOf(path: string): PathElement {
  if (path.endsWith('.sock')) {
    return { ...OWNER, path, kind: 'socket', mode: path.includes('refused') ? 0o660 : 0o666 };
  }
  if (path.startsWith('/usr/bin/')) return { ...OWNER, path, kind: 'file', mode: 0o755 };
  return { ...OWNER, path, kind: 'directory', mode: path.endsWith('closed') ? 0o700 : 0o755 };
}
