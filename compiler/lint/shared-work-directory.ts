import { configuration } from './example.ts';
import { defineRule } from './rule.ts';
import { contains, SYSTEM_DIRECTORIES } from './system-directories.ts';
import { describeHost, spanOfValue } from './wording.ts';

export const SHARED_WORK_DIRECTORY = defineRule({
  code: 'HW919',
  slug: 'shared-work-directory',
  summary: 'WorkDirectory is a directory of the system, or of a website.',
  explanation:
    'Hiawatha makes WorkDirectory its own: it changes the owner and takes all rights from others. On `/var/tmp` that stops ' +
    'other programs of the machine; on a website it hides or exposes uploads. Give it a directory of its own.',
  bad: configuration('WorkDirectory = /var/tmp'),
  good: configuration('WorkDirectory = /var/lib/hiawatha'),
  source: 'hiawatha.c: create_work_directory',
  check(config, report) {
    const { workDirectory } = config.server.settings;
    const span = spanOfValue(workDirectory);
    const path = workDirectory.value;
    if (span === null || path === null) return;
    const site = config.hosts.find(({ settings: { websiteRoot } }) =>
      websiteRoot.value === null ? false : contains(path, websiteRoot.value),
    );
    if (!SYSTEM_DIRECTORIES.has(path) && site === undefined) return;
    report({
      severity: 'error',
      acceptedByHiawatha: true,
      message: `"${path}" is shared, but Hiawatha changes owner and mode of its WorkDirectory`,
      span,
      notes: [
        {
          message: SYSTEM_DIRECTORIES.has(path)
            ? 'other programs of the machine use it and would lose their rights'
            : `the website of ${site === undefined ? 'a host' : describeHost(site)} is in it`,
          span: site === undefined ? null : spanOfValue(site.settings.websiteRoot),
        },
        { message: 'use a directory of its own, as "/var/lib/hiawatha"', span: null },
      ],
    });
  },
});
