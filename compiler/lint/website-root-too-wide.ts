import type { ExpandedDirective } from '../expanded.ts';
import { configuration, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';
import { SITE_DIRECTORIES, SYSTEM_DIRECTORIES } from './system-directories.ts';

export const WEBSITE_ROOT_TOO_WIDE = defineRule({
  code: 'HW925',
  slug: 'website-root-too-wide',
  summary: 'A website, or the target of an Alias, is a directory of the system.',
  explanation:
    'Everything below a WebsiteRoot and below the target of an Alias can be requested, as far as the server may read it: ' +
    'with `/etc` that is the list of accounts, keys and the configuration. Serve a directory that holds the site ' +
    'and nothing else.',
  bad: configuration(virtualHost('Hostname = www.example.org', 'Alias = /files:/etc')),
  good: configuration(virtualHost('Hostname = www.example.org', 'Alias = /files:/srv/files')),
  source: 'hiawatha(1) VIRTUAL HOST CONFIGURATION: WebsiteRoot, Alias',
  check(config, report) {
    function inspect(path: string, directive: ExpandedDirective): void {
      if (!SYSTEM_DIRECTORIES.has(path) || SITE_DIRECTORIES.has(path)) return;
      report({
        severity: 'warning',
        message: `everything in "${path}" can be downloaded from here, as far as the server may read it`,
        span: directive.value.span,
        notes: [{ message: 'name a directory that holds the site and nothing else', span: null }],
      });
    }
    config.hosts.forEach(({ settings }) => {
      const root = settings.websiteRoot.last;
      if (root !== undefined) inspect(root.value, root.directive);
      for (const line of settings.aliases.lines) inspect(line.value.target, line.directive);
    });
  },
});
