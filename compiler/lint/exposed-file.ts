import type { SourceSpan } from '../../grammar/source.ts';
import type { CheckedConfig } from '../check/model.ts';
import { configuration, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';
import { contains } from './system-directories.ts';
import { placeOf } from './wording.ts';

/** A file that nobody outside may see. */
interface PrivateFile {
  readonly what: string;
  readonly path: string;
  readonly span: SourceSpan;
  /** A relative name is looked for in a fixed place. */
  readonly mayBeRelative: boolean;
}

export const EXPOSED_FILE = defineRule({
  code: 'HW924',
  slug: 'exposed-file',
  summary: 'A password, log or key file lies in a website, or is named without its directory.',
  explanation:
    'Whatever lies below a WebsiteRoot or the target of an Alias can be downloaded. A password file without full path is ' +
    'looked for beside the requested file, so each directory of the site may bring its own. Keep such files outside of ' +
    'every site and write their full path.',
  bad: configuration(
    virtualHost('Hostname = www.example.org', 'PasswordFile = basic:/var/www/site/passwords'),
  ),
  good: configuration(
    virtualHost('Hostname = www.example.org', 'PasswordFile = basic:/etc/hiawatha/passwords'),
  ),
  source: 'hiawatha(1) VIRTUAL HOST CONFIGURATION: PasswordFile; http_auth.c',
  check(config, report) {
    const roots = rootsOf(config);
    for (const file of privateFilesOf(config)) {
      if (!file.path.startsWith('/')) {
        if (file.mayBeRelative) continue;
        report({
          severity: 'warning',
          message: `"${file.path}" is looked for beside each requested file`,
          span: file.span,
          notes: [{ message: 'write its full path, outside of every website', span: null }],
        });
        continue;
      }
      const root = roots.find(({ path }) => contains(path, file.path));
      if (root === undefined) continue;
      report({
        severity: 'warning',
        message: `${file.what} "${file.path}" can be downloaded: it lies in the website on ${placeOf(root.span, file.span)}`,
        span: file.span,
        notes: [{ message: 'move it outside of every website', span: root.span }],
      });
    }
  },
});

function rootsOf(config: CheckedConfig): readonly { path: string; span: SourceSpan }[] {
  return config.hosts.flatMap(({ settings }) => [
    ...settings.websiteRoot.lines
      .slice(-1)
      .map((line) => ({ path: line.value, span: line.directive.value.span })),
    ...settings.aliases.lines.map((line) => ({
      path: line.value.target,
      span: line.directive.value.span,
    })),
  ]);
}

function privateFilesOf(config: CheckedConfig): readonly PrivateFile[] {
  const { systemLogfile, garbageLogfile, exploitLogfile } = config.server.settings;
  const log = (path: string, span: SourceSpan): PrivateFile => ({
    what: 'the log',
    path,
    span,
    mayBeRelative: true,
  });
  const key = (path: string, span: SourceSpan): PrivateFile => ({
    what: 'the private key in',
    path,
    span,
    mayBeRelative: true,
  });
  return [
    ...[systemLogfile, garbageLogfile, exploitLogfile].flatMap(({ lines }) =>
      lines.slice(-1).map((line) => log(line.value, line.directive.value.span)),
    ),
    ...config.bindings.flatMap(({ settings: { tlsCertFile } }) =>
      tlsCertFile.lines.slice(-1).map((line) => key(line.value, line.directive.value.span)),
    ),
    ...config.hosts.flatMap(({ settings: { accessLogfile, errorLogfile, tlsCertFile } }) => [
      ...accessLogfile.lines
        .slice(-1)
        .flatMap((line) =>
          line.value === null ? [] : [log(line.value.path, line.directive.value.span)],
        ),
      ...errorLogfile.lines.slice(-1).map((line) => log(line.value, line.directive.value.span)),
      ...tlsCertFile.lines.slice(-1).map((line) => key(line.value, line.directive.value.span)),
    ]),
    ...[...config.hosts, ...config.directories].flatMap(({ settings: { passwordFile } }) =>
      passwordFile.lines.slice(-1).flatMap((line) => {
        const paths = [line.value?.passwordFile, line.value?.groupFile];
        return paths.flatMap((path) =>
          path == null || path === ''
            ? []
            : [
                {
                  what: 'the password file',
                  path,
                  span: line.directive.value.span,
                  mayBeRelative: false,
                },
              ],
        );
      }),
    ),
  ];
}
