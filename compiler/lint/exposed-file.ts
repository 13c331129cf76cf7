import type { CheckedConfig, SettingLine } from '../check/model.ts';
import type { ExpandedDirective } from '../expanded.ts';
import { configuration, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';
import { placeOf } from './wording.ts';

/** A file that nobody outside may see. */
interface PrivateFile {
  readonly what: string;
  readonly path: string;
  readonly directive: ExpandedDirective;
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
    const roots = new Roots(config);
    inspectPrivateFiles(config, (file) => {
      if (!file.path.startsWith('/')) {
        if (file.mayBeRelative) return;
        report({
          severity: 'warning',
          message: `"${file.path}" is looked for beside each requested file`,
          span: file.directive.value.span,
          notes: [{ message: 'write its full path, outside of every website', span: null }],
        });
        return;
      }
      const root = roots.firstAbove(file.path);
      if (root === null) return;
      const { span } = file.directive.value;
      const rootSpan = root.directive.value.span;
      report({
        severity: 'warning',
        message: `${file.what} "${file.path}" can be downloaded: it lies in the website on ${placeOf(rootSpan, span)}`,
        span,
        notes: [{ message: 'move it outside of every website', span: rootSpan }],
      });
    });
  },
});

/** A directory that clients get files from, where it is named first. */
interface Root {
  readonly directive: ExpandedDirective;
  readonly order: number;
}

/** The roots of all hosts by path, so that a file is compared with its own directories only. */
class Roots {
  readonly #roots = new Map<string, Root>();
  /** What was found for files: thousands of hosts may write one log. */
  readonly #found = new Map<string, Root | null>();

  constructor(config: CheckedConfig) {
    config.hosts.forEach(({ settings }) => {
      const root = settings.websiteRoot.last;
      if (root !== undefined) this.#add(root.value, root.directive);
      for (const { value, directive } of settings.aliases.lines) {
        this.#add(value.target, directive);
      }
    });
  }

  /** The root that a file lies in; of several the one that is named first. */
  firstAbove(path: string): Root | null {
    const known = this.#found.get(path);
    if (known !== undefined) return known;
    let first: Root | null = null;
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const root = this.#roots.get(path.slice(0, end));
      if (root !== undefined && (first === null || root.order < first.order)) first = root;
    }
    this.#found.set(path, first);
    return first;
  }

  #add(path: string, directive: ExpandedDirective): void {
    if (!this.#roots.has(path)) this.#roots.set(path, { directive, order: this.#roots.size });
  }
}

type Inspect = (file: PrivateFile) => void;

/** Hands over every private file, one after the other: with thousands of hosts there are tens of thousands. */
function inspectPrivateFiles(config: CheckedConfig, inspect: Inspect): void {
  const add = (
    what: string,
    path: string | null | undefined,
    { directive }: SettingLine<unknown>,
    mayBeRelative = true,
  ): void => {
    if (path != null && path !== '') inspect({ what, path, directive, mayBeRelative });
  };
  const { systemLogfile, garbageLogfile, exploitLogfile } = config.server.settings;
  for (const { lines } of [systemLogfile, garbageLogfile, exploitLogfile]) {
    const line = lines.at(-1);
    if (line !== undefined) add('the log', line.value, line);
  }
  for (const { settings } of config.bindings) {
    const line = settings.tlsCertFile.last;
    if (line !== undefined) add('the private key in', line.value, line);
  }
  config.hosts.forEach(({ settings }) => {
    const access = settings.accessLogfile.last;
    if (access !== undefined) add('the log', access.value?.path, access);
    const errors = settings.errorLogfile.last;
    if (errors !== undefined) add('the log', errors.value, errors);
    const certificate = settings.tlsCertFile.last;
    if (certificate !== undefined) add('the private key in', certificate.value, certificate);
  });
  for (const places of [config.hosts, config.directories]) {
    places.forEach(({ settings }) => {
      const line = settings.passwordFile.last;
      if (line === undefined) return;
      add('the password file', line.value?.passwordFile, line, false);
      add('the password file', line.value?.groupFile, line, false);
    });
  }
}
