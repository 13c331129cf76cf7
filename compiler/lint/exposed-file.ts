import type { SourceSpan } from '../../grammar/source.ts';
import type { CheckedConfig, SettingLine } from '../check/model.ts';
import { configuration, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';
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
      const root = firstRootAbove(file.path, roots);
      if (root === null) continue;
      report({
        severity: 'warning',
        message: `${file.what} "${file.path}" can be downloaded: it lies in the website on ${placeOf(root.span, file.span)}`,
        span: file.span,
        notes: [{ message: 'move it outside of every website', span: root.span }],
      });
    }
  },
});

interface Root {
  readonly span: SourceSpan;
  readonly order: number;
}

/** Roots by path, the first of each; kept so that a file is compared with its own directories only. */
function rootsOf(config: CheckedConfig): ReadonlyMap<string, Root> {
  const roots = new Map<string, Root>();
  const add = (path: string, span: SourceSpan): void => {
    if (!roots.has(path)) roots.set(path, { span, order: roots.size });
  };
  for (const { settings } of config.hosts) {
    for (const { value, directive } of settings.websiteRoot.lines.slice(-1)) {
      add(value, directive.value.span);
    }
    for (const { value, directive } of settings.aliases.lines) {
      add(value.target, directive.value.span);
    }
  }
  return roots;
}

function firstRootAbove(path: string, roots: ReadonlyMap<string, Root>): Root | null {
  let first: Root | null = null;
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
    const root = roots.get(path.slice(0, end));
    if (root !== undefined && (first === null || root.order < first.order)) first = root;
  }
  return first;
}

function privateFilesOf(config: CheckedConfig): readonly PrivateFile[] {
  const { systemLogfile, garbageLogfile, exploitLogfile } = config.server.settings;
  const files: PrivateFile[] = [];
  const add = (
    what: string,
    path: string | null | undefined,
    line: SettingLine<unknown>,
    mayBeRelative = true,
  ): void => {
    if (path == null || path === '') return;
    files.push({ what, path, span: line.directive.value.span, mayBeRelative });
  };
  for (const { lines } of [systemLogfile, garbageLogfile, exploitLogfile]) {
    const line = lines.at(-1);
    if (line !== undefined) add('the log', line.value, line);
  }
  for (const { settings } of config.bindings) {
    const line = settings.tlsCertFile.lines.at(-1);
    if (line !== undefined) add('the private key in', line.value, line);
  }
  for (const { settings } of config.hosts) {
    const access = settings.accessLogfile.lines.at(-1);
    if (access !== undefined) add('the log', access.value?.path, access);
    const errors = settings.errorLogfile.lines.at(-1);
    if (errors !== undefined) add('the log', errors.value, errors);
    const certificate = settings.tlsCertFile.lines.at(-1);
    if (certificate !== undefined) add('the private key in', certificate.value, certificate);
  }
  for (const { settings } of [...config.hosts, ...config.directories]) {
    const line = settings.passwordFile.lines.at(-1);
    if (line === undefined) continue;
    add('the password file', line.value?.passwordFile, line, false);
    add('the password file', line.value?.groupFile, line, false);
  }
  return files;
}
