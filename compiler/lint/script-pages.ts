/** Pages that a host sends by itself and that may be scripts: start files and error handlers. */
import type { CheckedHost, SettingLine } from '../check/model.ts';
import type { ExpandedDirective } from '../expanded.ts';
import { extensionOf } from './cgi-facts.ts';

/** A page of a host that, by its extension, a program makes. */
export interface ScriptPage {
  readonly directive: 'StartFile' | 'ErrorHandler';
  readonly path: string;
  readonly extension: string;
  /** The line that names it. */
  readonly line: ExpandedDirective;
  /** ExecuteCGI of the Directory section that names the page; null: that of the host counts. */
  readonly executeCgi: boolean | null;
}

/** Whether pages with an extension are asked for. */
type IsWanted = (extension: string) => boolean;

/** The pages that are written in a host and its directories and have an extension that is asked for. */
export function scriptPagesOf(host: CheckedHost, isWanted: IsWanted): readonly ScriptPage[] {
  const { startFile, errorHandlers } = host.settings;
  const inDirectories = host.directories.flatMap(({ target }) =>
    target === null
      ? []
      : startPage(target.settings.startFile.last, target.settings.executeCgi.value, isWanted),
  );
  const own = startPage(startFile.last, null, isWanted);
  if (errorHandlers.last === undefined) {
    return inDirectories.length === 0 ? own : [...own, ...inDirectories];
  }
  const errors = errorHandlers.lines.flatMap(({ value: { path }, directive: line }) => {
    const extension = extensionOf(path);
    return extension === null || !isWanted(extension)
      ? []
      : [{ directive: 'ErrorHandler' as const, path, extension, line, executeCgi: null }];
  });
  return [...own, ...inDirectories, ...errors];
}

const NO_PAGES: readonly ScriptPage[] = [];

function startPage(
  startFile: SettingLine<string> | undefined,
  executeCgi: boolean | null,
  isWanted: IsWanted,
): readonly ScriptPage[] {
  if (startFile === undefined) return NO_PAGES;
  const { value: path, directive: line } = startFile;
  const extension = extensionOf(path);
  return extension === null || !isWanted(extension)
    ? NO_PAGES
    : [{ directive: 'StartFile', path, extension, line, executeCgi }];
}
