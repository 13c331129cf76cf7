/** Media types for the table, from the file that MimetypeConfig names. */
import { diagnose, type Diagnostic } from '../grammar/diagnostic.ts';
import { type MimetypeEntry, parseMimetypeFile } from '../grammar/mimetype-file.ts';
import { decodeSource } from '../grammar/source.ts';
import type { CheckedConfig } from './check/model.ts';
import { INVALID_VALUE } from '../grammar/values/value-errors.ts';
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
    const file = decodeSource(path, loaded.bytes);
    return parseMimetypeFile(file.text, ({ message, advice, start, end }) =>
      report(
        diagnose(INVALID_VALUE, {
          severity: 'warning',
          message,
          span: { file, start, end },
          notes: [{ message: advice, span: null }],
        }),
      ),
    );
  }
  const line = lines.at(-1)?.directive;
  if (loaded.kind === 'directory') {
    // Hiawatha opens a directory without complaint and reads nothing.
    report(
      diagnose(INVALID_VALUE, {
        severity: 'warning',
        message: `"${path}" is a directory, so no file gets a media type from it`,
        span: line?.value.span ?? { file: config.expanded.main, start: 0, end: 0 },
        notes: [{ message: 'name the file', span: null }],
      }),
    );
    return [];
  }
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
