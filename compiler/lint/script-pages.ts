/** Pages that a host sends by itself and that may be scripts: start files and error handlers. */
import type { CheckedHost } from '../check/model.ts';
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

const NO_PAGES: readonly ScriptPage[] = [];

/** The pages that are written in a host and its directories and have an extension that is asked for. */
export function scriptPagesOf(
  host: CheckedHost,
  isWanted: (extension: string) => boolean,
): readonly ScriptPage[] {
  let pages = NO_PAGES;
  const add = (
    directive: ScriptPage['directive'],
    path: string,
    line: ExpandedDirective,
    executeCgi: boolean | null,
  ): void => {
    const extension = extensionOf(path);
    if (extension === null || !isWanted(extension)) return;
    pages = [...pages, { directive, path, extension, line, executeCgi }];
  };
  const own = host.settings.startFile.last;
  if (own !== undefined) add('StartFile', own.value, own.directive, null);
  for (const { target } of host.directories) {
    const line = target?.settings.startFile.last;
    if (line === undefined || target === null) continue;
    add('StartFile', line.value, line.directive, target.settings.executeCgi.value);
  }
  for (const { value, directive } of host.settings.errorHandlers.lines) {
    add('ErrorHandler', value.path, directive, null);
  }
  return pages;
}
