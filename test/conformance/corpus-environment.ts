import type { Environment } from '../../compiler/lint/environment.ts';
import type { SourceLoader } from '../../compiler/source-loader.ts';

/** A machine that has the files of a case and nothing else. */
export function environmentOf(loader: SourceLoader): Environment {
  return {
    path(path) {
      const found = loader.load(path);
      if (found.kind === 'unreadable') return { elements: [], missing: path };
      return { elements: [{ path, kind: found.kind, mode: 0o755, uid: 0, gid: 0 }], missing: null };
    },
    account: () => null,
    certificate: (path) =>
      loader.load(path).kind === 'file' ? null : { kind: 'unusable', reason: 'no such file' },
    resolves: () => null,
    fastCgi: () => null,
    wrapIds: () => null,
    isServedHere: () => false,
  };
}
