/** `.hiawatha` files for the server: it reads them while it runs, and is given this to read them with. */
import { LOCAL_CONFIG } from '../grammar/directives/local-config.ts';
import { decodeSource, lineColumnAt, type SourceSpan } from '../grammar/source.ts';
import type { LocalSettingsResult } from '../routing-table/local-settings.ts';
import type { SettingLine } from './check/model.ts';
import { lastOfEach, firstOfEach, plain } from './lower/plain.ts';
import { readSideFile } from './side-file.ts';

/** Reads the bytes of a `.hiawatha` file. What Hiawatha accepts is no error here, whatever `check` says of it. */
export function readLocalSettings(bytes: Uint8Array): LocalSettingsResult {
  const source = decodeSource('.hiawatha', bytes);
  const { settings, diagnostics } = readSideFile(source, LOCAL_CONFIG);
  const errors = diagnostics.filter(
    ({ severity, acceptedByHiawatha }) => severity === 'error' && !acceptedByHiawatha,
  );
  if (errors.length > 0) {
    return { ok: false, line: Math.min(...errors.map(({ span }) => lineOf(span))) };
  }
  const { accessList, alterGroups, alterList, requiredGroups, useToolkit } = settings;
  const toolkitLine = useToolkit.lines[0];
  return {
    ok: true,
    settings: {
      accessList: accessList.lines.length === 0 ? null : plain(accessList.value),
      alterGroups: alterGroups.lines.length === 0 ? null : plain(alterGroups.value),
      alterList: alterList.lines.length === 0 ? null : plain(alterList.value),
      alterMode: writtenValue(settings.alterMode.lines),
      errorHandlers: lastOfEach(settings.errorHandlers.value, ({ status }) => String(status)),
      loginMessage: writtenValue(settings.loginMessage.lines),
      passwordFile: settings.passwordFile.value,
      requiredGroups: requiredGroups.lines.length === 0 ? null : plain(requiredGroups.value),
      runOnAlter: writtenValue(settings.runOnAlter.lines),
      setenv: firstOfEach(settings.setenv.value, ({ name }) => name),
      showIndex: writtenValue(settings.showIndex.lines),
      startFile: writtenValue(settings.startFile.lines),
      toolkits:
        toolkitLine === undefined
          ? null
          : { ids: plain(useToolkit.value), line: lineOf(toolkitLine.directive.span) },
    },
  };
}

function lineOf({ file, start }: SourceSpan): number {
  return lineColumnAt(file, start).line;
}

/** The value of the last line; null where none was written. */
function writtenValue<L>(lines: readonly SettingLine<L>[]): L | null {
  return lines.at(-1)?.value ?? null;
}
