/**
 * mimetype.conf: a media type and the extensions it belongs to, a line each (hiawatha(1), MimetypeConfig).
 *
 * Contents are never refused; what has no extension is ignored.
 */

/** A media type of an extension. */
export interface MimetypeEntry {
  /** In lower case. */
  readonly extension: string;
  readonly type: string;
}

/** Hiawatha reads so many bytes at once; the rest of a longer line is the next line. */
const MAX_LINE_LENGTH = 255;
const MAX_EXTENSION_LENGTH = 16;

/** Reads a mimetype file. Each extension once, in the order of the file: the first line that names it counts. */
export function parseMimetypeFile(text: string): readonly MimetypeEntry[] {
  const types = new Map<string, string>();
  for (const line of linesOf(text)) {
    const [content = ''] = line.split('#');
    const [type, ...extensions] = content.split(/[ \t\r]+/).filter((word) => word !== '');
    if (type === undefined) continue;
    for (const written of extensions) {
      const extension = written.toLowerCase();
      if (extension.length <= MAX_EXTENSION_LENGTH && !types.has(extension)) {
        types.set(extension, type);
      }
    }
  }
  return [...types].map(([extension, type]) => ({ extension, type }));
}

function linesOf(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    if (line.length <= MAX_LINE_LENGTH) return [line];
    const pieces: string[] = [];
    for (let at = 0; at < line.length; at += MAX_LINE_LENGTH) {
      pieces.push(line.slice(at, at + MAX_LINE_LENGTH));
    }
    return pieces;
  });
}
