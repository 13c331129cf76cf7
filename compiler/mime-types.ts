/** Media types for the table, from the file that MimetypeConfig names. */
import { diagnose, type Diagnostic } from '../grammar/diagnostic.ts';
import { type MimetypeEntry, parseMimetypeFile } from '../grammar/mimetype-file.ts';
import { decodeSource } from '../grammar/source.ts';
import type { CheckedConfig } from './check/model.ts';
import { UNREADABLE_FILE } from './expand-errors.ts';
import type { SourceLoader } from './source-loader.ts';

/** Reads the mimetype file; a missing one is an error, because Hiawatha does not start without it. */
export function loadMimeTypes(
  config: CheckedConfig,
  loader: SourceLoader,
  report: (diagnostic: Diagnostic) => void,
): readonly MimetypeEntry[] {
  const { value: path, lines, isUnreadable } = config.server.settings.mimetypeConfig;
  if (isUnreadable) return [];
  const loaded = loader.load(path);
  if (loaded.kind === 'file') {
    return parseMimetypeFile(decodeSource(path, loaded.bytes).text);
  }
  // Hiawatha opens a directory without complaint and reads nothing.
  if (loaded.kind === 'directory') return [];
  const line = lines.at(-1)?.directive;
  report(
    diagnose(UNREADABLE_FILE, {
      severity: 'error',
      message: `cannot read the mimetype file "${path}": ${loaded.reason}`,
      span: line?.value.span ?? { file: config.expanded.main, start: 0, end: 0 },
      notes: [
        {
          message:
            line === undefined
              ? 'without it no file has a media type: put a mimetype.conf beside the configuration, or name one with MimetypeConfig'
              : 'relative names are looked up in the directory of the configuration',
          span: null,
        },
      ],
    }),
  );
  return [];
}
