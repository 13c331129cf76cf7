import type { SourceSpan } from '../../grammar/source.ts';
import { configuration, virtualHost } from './example.ts';
import { NOTHING_KNOWN } from './environment.ts';
import { defineRule } from './rule.ts';

export const MISSING_DIRECTORY = defineRule({
  code: 'HW608',
  slug: 'missing-directory',
  summary: 'A directory that the configuration names is not there.',
  explanation:
    'Only looked at with `check --fs`. Hiawatha does not look at document roots, targets of aliases and directories of ' +
    'logs when it checks: every request ends in 404, or the log is lost.',
  bad: configuration(virtualHost('Hostname = www.example.org', 'Alias = /doc:/missing/doc')),
  good: configuration(virtualHost('Hostname = www.example.org', 'Alias = /doc:/usr/share/doc')),
  source: 'serverconfig.c: check_configuration',
  check(config, report, environment) {
    if (environment === NOTHING_KNOWN) return;
    function expect(what: string, path: string | null, span: SourceSpan | undefined): void {
      const facts = path === null ? null : environment.path(path);
      if (facts === null || path === null || span === undefined) return;
      const last = facts.elements.at(-1);
      if (facts.missing === null && last?.kind === 'directory') return;
      report({
        severity: 'warning',
        message:
          facts.missing === null
            ? `${what} "${path}" is no directory`
            : `${what} "${path}" does not exist`,
        span,
        notes: [
          {
            message:
              facts.missing === null || facts.missing === path
                ? 'create the directory, or correct its name'
                : `"${facts.missing}" is already missing; create the directory, or correct its name`,
            span: null,
          },
        ],
      });
    }
    const { systemLogfile, garbageLogfile, exploitLogfile, workDirectory, pidFile } =
      config.server.settings;
    for (const { lines } of [systemLogfile, garbageLogfile, exploitLogfile, pidFile]) {
      const line = lines.at(-1);
      expect('the directory', parentOf(line?.value ?? null), line?.directive.value.span);
    }
    expect('the work directory', workDirectory.value, workDirectory.last?.directive.value.span);
    for (const { settings } of config.hosts) {
      const root = settings.websiteRoot.last;
      expect('the website root', root?.value ?? null, root?.directive.value.span);
      for (const line of settings.aliases.lines) {
        expect('the directory', line.value.target, line.directive.value.span);
      }
      const access = settings.accessLogfile.last;
      expect('the directory', parentOf(access?.value?.path ?? null), access?.directive.value.span);
      const errors = settings.errorLogfile.last;
      expect('the directory', parentOf(errors?.value ?? null), errors?.directive.value.span);
    }
  },
});

function parentOf(path: string | null): string | null {
  const slash = path?.lastIndexOf('/') ?? -1;
  return path === null || slash < 0 ? null : path.slice(0, Math.max(slash, 1));
}
