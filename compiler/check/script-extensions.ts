/** Which mechanism runs a script with some extension (hiawatha(1) UseFastCGI, CGIhandler; chapter "order of choice"). */
import { diagnose } from '../../grammar/diagnostic.ts';
import type { SourceSpan } from '../../grammar/source.ts';
import { DUPLICATE_HANDLER, SHADOWED_EXTENSION } from './check-errors.ts';
import type { CheckedFastCgiServer, CheckedHost, CheckedServer } from './model.ts';
import type { Report } from './read-section.ts';

/** Reports extensions that two mechanisms claim. */
export function checkScriptExtensions(
  server: CheckedServer,
  hosts: readonly CheckedHost[],
  report: Report,
): void {
  checkHandlers(server, report);
  checkProgramsAgainstHandlers(server, report);
  checkServersAmongThemselves(hosts, report);
  checkServersAgainstHandlers(server, hosts, report);
}

interface HandledExtension {
  readonly extension: string;
  readonly span: SourceSpan;
  readonly program: string;
}

function handledExtensions(server: CheckedServer): readonly HandledExtension[] {
  return server.settings.cgiHandlers.value.flatMap((handler) =>
    handler.extensions.map((extension) => ({
      extension: extension.value,
      span: extension.span,
      program: handler.program.value,
    })),
  );
}

function checkHandlers(server: CheckedServer, report: Report): void {
  const seen = new Map<string, HandledExtension>();
  for (const entry of handledExtensions(server)) {
    const earlier = seen.get(entry.extension);
    if (earlier !== undefined) {
      report(
        diagnose(DUPLICATE_HANDLER, {
          severity: 'warning',
          message: `"${entry.program}" takes over "${entry.extension}": the last CGIhandler line counts`,
          span: entry.span,
          notes: [{ message: `"${earlier.program}" never gets it`, span: earlier.span }],
        }),
      );
    }
    seen.set(entry.extension, entry);
  }
}

function checkProgramsAgainstHandlers(server: CheckedServer, report: Report): void {
  const programs = new Map(
    server.settings.cgiExtensions.value.map((item) => [item.value, item.span]),
  );
  for (const entry of handledExtensions(server)) {
    const span = programs.get(entry.extension);
    if (span === undefined) continue;
    report(
      diagnose(SHADOWED_EXTENSION, {
        severity: 'warning',
        message: `"${entry.program}" never runs "${entry.extension}" files: CGIextension comes first`,
        span: entry.span,
        notes: [{ message: 'here the files themselves are called programs', span }],
      }),
    );
  }
}

/** The servers of a host that exist, each once, in the order they are asked. */
function serversOf(host: CheckedHost): readonly CheckedFastCgiServer[] {
  return [...new Set(host.fastCgiServers.flatMap((use) => use.target ?? []))];
}

function checkServersAmongThemselves(hosts: readonly CheckedHost[], report: Report): void {
  const reported = new Set<SourceSpan>();
  for (const host of hosts) {
    const claimed = new Map<string, SourceSpan>();
    let catchAll: CheckedFastCgiServer | null = null;
    for (const fastCgi of serversOf(host)) {
      const { extensions } = fastCgi.settings;
      if (extensions.isUnreadable) continue;
      for (const { value, span } of extensions.value) {
        const winner = catchAll === null ? claimed.get(value) : spanOfId(catchAll);
        if (winner === undefined) {
          claimed.set(value, span);
        } else if (winner !== span && !reported.has(span)) {
          reported.add(span);
          report(
            diagnose(SHADOWED_EXTENSION, {
              severity: 'warning',
              message: `this server never gets "${value}": an earlier one of UseFastCGI takes it`,
              span,
              notes: [
                {
                  message:
                    catchAll === null
                      ? 'it is taken here'
                      : 'a server without Extension takes every file that has one',
                  span: winner,
                },
              ],
            }),
          );
        }
      }
      if (extensions.value.length === 0) catchAll ??= fastCgi;
    }
  }
}

function spanOfId(server: CheckedFastCgiServer): SourceSpan | undefined {
  return server.settings.id.lines.at(-1)?.directive.value.span;
}

function checkServersAgainstHandlers(
  server: CheckedServer,
  hosts: readonly CheckedHost[],
  report: Report,
): void {
  const used = [...new Set(hosts.flatMap(serversOf))];
  const others = [
    ...handledExtensions(server).map((entry) => ({
      ...entry,
      what: `CGIhandler "${entry.program}"`,
    })),
    ...server.settings.cgiExtensions.value.map((item) => ({
      extension: item.value,
      span: item.span,
      what: 'CGIextension',
    })),
  ];
  for (const other of others) {
    const winner = used
      .flatMap((fastCgi) => fastCgi.settings.extensions.value)
      .find((extension) => extension.value === other.extension);
    if (winner === undefined) continue;
    report(
      diagnose(SHADOWED_EXTENSION, {
        severity: 'hint',
        message: `in hosts with UseFastCGI, "${other.extension}" goes to the FastCGI server, not to ${other.what}`,
        span: other.span,
        notes: [{ message: 'the FastCGI server is asked first', span: winner.span }],
      }),
    );
  }
}
