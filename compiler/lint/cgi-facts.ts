/** Whether a host runs programs, and which of its mechanisms takes a file. */
import type { Spanned } from '../../grammar/values/spanned.ts';
import type {
  CheckedConfig,
  CheckedFastCgiServer,
  CheckedHost,
  Reference,
  SettingLine,
} from '../check/model.ts';
import { directoriesOf } from './host-facts.ts';

/** The line that decides whether a host runs programs. */
export interface CgiSwitch {
  readonly isOn: boolean;
  /** Null: no line says anything, so CGI is off. */
  readonly decidedBy: SettingLine<unknown> | null;
}

/** ExecuteCGI sets it both ways; UseFastCGI and `WebDAVapp = yes` switch it on at their line. The last line counts. */
export function cgiSwitchOf({ settings }: CheckedHost): CgiSwitch {
  const executeCgi = settings.executeCgi.last ?? null;
  const decidedBy = laterLine(
    laterLine(executeCgi, settings.useFastCgi.last),
    settings.webDavApp.lines.findLast((line) => line.value),
  );
  return { isOn: decidedBy === executeCgi ? executeCgi?.value === true : true, decidedBy };
}

function laterLine(
  one: SettingLine<unknown> | null,
  other: SettingLine<unknown> | undefined,
): SettingLine<unknown> | null {
  return other === undefined || (one !== null && other.order < one.order) ? one : other;
}

/** False only when certainly nothing in a host runs programs: its directories and toolkits count too. */
export function mayRunPrograms(config: CheckedConfig, host: CheckedHost): boolean {
  const { executeCgi, useFastCgi, webDavApp, useLocalConfig, useToolkit } = host.settings;
  if (executeCgi.isUnreadable || useFastCgi.isUnreadable || webDavApp.isUnreadable) return true;
  // .hiawatha files are read while serving, so nothing is known about them here.
  if (useLocalConfig.value || host.settings.useDirectory.isUnreadable) return true;
  if (cgiSwitchOf(host).isOn) return true;
  if (useToolkit.lines.length > 0 && someToolkitUsesFastCgi(config)) return true;
  return directoriesOf(host).some(
    ({ settings: { executeCgi: inDirectory } }) =>
      inDirectory.value === true || inDirectory.isUnreadable,
  );
}

/** Which toolkits a request runs through depends on the request; one with the action is enough. */
export function someToolkitUsesFastCgi(config: CheckedConfig): boolean {
  return config.toolkits.some((toolkit) =>
    Object.values(toolkit.settings).some((setting) =>
      setting.lines.some((line) => /\bUseFastCGI\b/i.test(line.directive.value.text)),
    ),
  );
}

/** True when a server of UseFastCGI takes files with an extension; without extensions it takes all that have one. */
export function takes(server: CheckedFastCgiServer, extension: string): boolean {
  const { extensions } = server.settings;
  if (extensions.lines.length === 0) return !extensions.isUnreadable;
  return extensions.value.some((item) => item.value === extension);
}

/** The server that gets files with an extension; null: none, so CGIextension and CGIhandler are next. */
export function fastCgiServerFor(
  host: CheckedHost,
  extension: string,
): Reference<CheckedFastCgiServer> | null {
  return (
    host.fastCgiServers.find(
      (reference) => reference.target !== null && takes(reference.target, extension),
    ) ?? null
  );
}

/** What runs files with an extension in a host, once CGI is on; null: nothing. */
export function mechanismFor(
  config: CheckedConfig,
  host: CheckedHost,
  extension: string,
): string | null {
  const server = fastCgiServerFor(host, extension);
  if (server !== null) return `FastCGIserver ${server.id}`;
  const { cgiExtensions, cgiHandlers } = config.server.settings;
  if (cgiExtensions.value.some((item) => item.value === extension)) return 'CGIextension';
  return cgiHandlers.value.some((handler) => hasExtension(handler.extensions, extension))
    ? 'CGIhandler'
    : null;
}

function hasExtension(list: readonly Spanned<string>[], extension: string): boolean {
  return list.some((item) => item.value === extension);
}

/** What follows the last dot of the last part of a path; null without dot. */
export function extensionOf(path: string): string | null {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot === -1 || dot === name.length - 1 ? null : name.slice(dot + 1);
}
