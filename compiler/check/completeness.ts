/** What has to be there (hiawatha(1); serverconfig.c: read_main_configfile, check_configuration). */
import { diagnose, type DiagnosticRule } from '../../grammar/diagnostic.ts';
import type { SourceFile, SourceSpan } from '../../grammar/source.ts';
import { INCOMPLETE_DIRECTORY, MISSING } from './check-errors.ts';
import type {
  CheckedBinding,
  CheckedDirectory,
  CheckedFastCgiServer,
  CheckedHost,
  CheckedToolkit,
  Setting,
} from './model.ts';
import type { Report } from './reading.ts';

/** Whether no line gave a setting, readable or not. */
function isMissing(setting: Setting<unknown, unknown>): boolean {
  return setting.last === undefined && !setting.isUnreadable;
}

/** The sections of a configuration, by kind. */
export interface Sections {
  readonly main: SourceFile;
  readonly bindings: readonly CheckedBinding[];
  readonly hosts: readonly CheckedHost[];
  readonly directories: readonly CheckedDirectory[];
  readonly fastCgiServers: readonly CheckedFastCgiServer[];
  readonly toolkits: readonly CheckedToolkit[];
}

/** Reports mandatory directives that are missing. */
export function checkCompleteness(sections: Sections, report: Report): void {
  const start = { file: sections.main, start: 0, end: 0 };
  sections.hosts.forEach((host) => {
    checkHost(host, start, report);
  });
  for (const { settings, nameSpan } of sections.bindings) {
    if (isMissing(settings.port))
      missing(nameSpan ?? start, 'the Binding has no Port', 'Port = 80', report);
  }
  for (const { settings, nameSpan } of sections.fastCgiServers) {
    const span = nameSpan ?? start;
    if (isMissing(settings.id))
      missing(span, 'the FastCGIserver has no FastCGIid', 'FastCGIid = PHP', report);
    if (isMissing(settings.connectTo)) {
      missing(span, 'the FastCGIserver has no ConnectTo', 'ConnectTo = 127.0.0.1:9000', report);
    }
  }
  for (const { settings, nameSpan } of sections.toolkits) {
    if (isMissing(settings.id)) {
      missing(nameSpan ?? start, 'the UrlToolkit has no ToolkitID', 'ToolkitID = name', report);
    }
  }
  for (const [index, directory] of sections.directories.entries()) {
    checkDirectory(directory, index === 0, directory.nameSpan ?? start, report);
  }
}

/** Reports that no binding was written. */
export function reportNoBinding(main: SourceFile, report: Report): void {
  missing(
    { file: main, start: 0, end: 0 },
    'there is no Binding section, so the server would listen nowhere',
    'Binding { … } with "Port = 80"',
    report,
  );
}

function checkHost(host: CheckedHost, start: SourceSpan, report: Report): void {
  const { hostnames, websiteRoot } = host.settings;
  const where = host.isDefault ? ' outside of any section' : '';
  if (isMissing(hostnames)) {
    const example = `Hostname = www.example.org"${where}`;
    missing(host.nameSpan ?? start, `${subjectOf(host)} has no Hostname`, example, report, true);
  }
  const emptyLine =
    hostnames.isUnreadable || hostnames.value.length > 0 ? undefined : hostnames.last;
  if (emptyLine !== undefined) {
    report(
      diagnose(MISSING, {
        severity: 'error',
        message: `${subjectOf(host)} has no Hostname but empty ones`,
        span: emptyLine.directive.value.span,
        notes: [{ message: 'Hiawatha accepts it, but no request can reach the host', span: null }],
        acceptedByHiawatha: true,
      }),
    );
  }
  if (isMissing(websiteRoot)) {
    const example = `WebsiteRoot = /var/www/site"${where}`;
    missing(host.nameSpan ?? start, `${subjectOf(host)} has no WebsiteRoot`, example, report, true);
  }
}

/** What a sentence about a host begins with. */
function subjectOf({ isDefault, settings }: CheckedHost): string {
  if (isDefault) return 'the default host';
  const [firstName] = settings.hostnames.value;
  return firstName === undefined ? 'the VirtualHost' : `the host "${firstName.value}"`;
}

function checkDirectory(
  { settings }: CheckedDirectory,
  isFirst: boolean,
  span: SourceSpan,
  report: Report,
): void {
  if (isMissing(settings.paths)) {
    if (isFirst) missing(span, 'the Directory has no Path', 'Path = /files', report);
    else {
      report(
        diagnose(INCOMPLETE_DIRECTORY, {
          severity: 'error',
          message: 'the Directory has no Path',
          span,
          notes: [
            {
              message:
                'Hiawatha looks only at the first Directory section; here the section never matches',
              span: null,
            },
          ],
          acceptedByHiawatha: true,
        }),
      );
    }
  }
  if (isMissing(settings.id)) {
    report(
      diagnose(INCOMPLETE_DIRECTORY, {
        severity: 'warning',
        message: 'the Directory has no DirectoryID, so no host can use it',
        since: '10.0',
        span,
        notes: [
          {
            message:
              'give it one and list it in UseDirectory of the hosts it is for (needed since release 10.0)',
            span: null,
          },
        ],
      }),
    );
  }
}

function missing(
  span: SourceSpan,
  message: string,
  example: string,
  report: Report,
  isQuoted = false,
): void {
  const rule: DiagnosticRule = MISSING;
  const shown = isQuoted ? `"${example}` : example.includes('"') ? example : `"${example}"`;
  report(
    diagnose(rule, {
      severity: 'error',
      message,
      span,
      notes: [{ message: `write ${shown}`, span: null }],
    }),
  );
}
