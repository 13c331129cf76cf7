import type { LoadedSource, SourceLoader } from '../../compiler/source-loader.ts';

/**
 * A loader that has its files in memory.
 *
 * @param files - Contents by name, relative to the directory or absolute. Text is encoded as UTF-8.
 */
export function mapSourceLoader(
  files: Readonly<Record<string, string | Uint8Array>>,
  configDirectory = '/etc/hiawatha',
): SourceLoader {
  const contents = new Map<string, Uint8Array>();
  for (const [path, content] of Object.entries(files)) {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    contents.set(absolute(path, configDirectory), bytes);
  }
  return {
    configDirectory,
    load(path): LoadedSource {
      const wanted = absolute(path, configDirectory);
      const bytes = contents.get(wanted);
      if (bytes !== undefined) return { kind: 'file', bytes };
      const names = new Set<string>();
      for (const known of contents.keys()) {
        if (wanted.startsWith(`${known}/`))
          return { kind: 'unreadable', reason: 'not a directory' };
        const below = known.slice(wanted.length + 1).split('/')[0];
        if (known.startsWith(`${wanted}/`) && below !== undefined) names.add(below);
      }
      return names.size > 0
        ? { kind: 'directory', names: [...names] }
        : { kind: 'unreadable', reason: 'no such file' };
    },
  };
}

function absolute(path: string, directory: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${directory}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
