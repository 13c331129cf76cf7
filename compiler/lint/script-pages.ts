/** Pages that a host sends by itself and that may be scripts: start files and error handlers. */
import type { SourceSpan } from '../../grammar/source.ts';
import type { CheckedHost } from '../check/model.ts';
import { extensionOf } from './cgi-facts.ts';
import { directoriesOf } from './host-facts.ts';

export interface ScriptPage {
  readonly directive: 'StartFile' | 'ErrorHandler';
  readonly path: string;
  readonly extension: string;
  readonly span: SourceSpan;
  /** ExecuteCGI of the Directory section that names the page; null: that of the host counts. */
  readonly executeCgi: boolean | null;
}

/** The pages that are written in a host and its directories and have an extension. */
export function scriptPagesOf(host: CheckedHost): readonly ScriptPage[] {
  const startFiles = [host, ...directoriesOf(host)].flatMap((place) => {
    const line = place.settings.startFile.lines.at(-1);
    const executeCgi = 'isDefault' in place ? null : place.settings.executeCgi.value;
    return line === undefined
      ? []
      : pageOf('StartFile', line.value, line.directive.value.span, executeCgi);
  });
  const handlers = host.settings.errorHandlers.lines.flatMap((line) =>
    pageOf('ErrorHandler', line.value.path, line.directive.value.span, null),
  );
  return [...startFiles, ...handlers];
}

function pageOf(
  directive: ScriptPage['directive'],
  path: string,
  span: SourceSpan,
  executeCgi: boolean | null,
): readonly ScriptPage[] {
  const extension = extensionOf(path);
  return extension === null ? [] : [{ directive, path, extension, span, executeCgi }];
}
