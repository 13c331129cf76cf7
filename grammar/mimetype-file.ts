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

/** Something in a mimetype file that has no effect; offsets in its text. */
export interface MimetypeProblem {
  readonly message: string;
  readonly advice: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a mimetype file. Each extension once, in the order of the file: the first line that names it counts.
 *
 * @param report - Gets what is ignored, or can never match. A type without extensions is usual in such files.
 */
export function parseMimetypeFile(
  text: string,
  report: (problem: MimetypeProblem) => void,
): readonly MimetypeEntry[] {
  const types = new Map<string, string>();
  for (const line of linesOf(text)) {
    const [content = ''] = line.text.split('#');
    const words = [...content.matchAll(/[^ \t\r]+/g)].map((word) => ({
      text: word[0],
      start: line.start + word.index,
      end: line.start + word.index + word[0].length,
    }));
    const [first, ...rest] = words;
    if (first === undefined) continue;
    const type = first.text;
    if (!type.includes('/')) {
      report({
        message: `"${type}" is no media type`,
        advice: 'a line is a type and its extensions: "text/html html htm"',
        ...first,
      });
    }
    for (const word of rest) {
      const problem = problemOf(word.text);
      if (problem !== null) report({ ...problem, ...word });
    }
    for (const { text: written } of rest) {
      const extension = written.toLowerCase();
      if (extension.length <= MAX_EXTENSION_LENGTH && !types.has(extension)) {
        types.set(extension, type);
      }
    }
  }
  return [...types].map(([extension, type]) => ({ extension, type }));
}

/** Why an extension never matches. */
function problemOf(extension: string): { message: string; advice: string } | null {
  if (extension.length > MAX_EXTENSION_LENGTH) {
    return {
      message: `the extension "${extension}" is ignored: it is longer than ${MAX_EXTENSION_LENGTH} bytes`,
      advice: 'its files are sent as application/octet-stream',
    };
  }
  return extension.includes('.')
    ? {
        message: `no file has the extension "${extension}"`,
        advice: 'an extension is what stands behind the last dot, without it',
      }
    : null;
}

function linesOf(text: string): { text: string; start: number }[] {
  let lineStart = 0;
  return text.split('\n').flatMap((line) => {
    const pieces: { text: string; start: number }[] = [];
    for (let at = 0; at < line.length; at += MAX_LINE_LENGTH) {
      pieces.push({ text: line.slice(at, at + MAX_LINE_LENGTH), start: lineStart + at });
    }
    lineStart += line.length + 1;
    return pieces;
  });
}
