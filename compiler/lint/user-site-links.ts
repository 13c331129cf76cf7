import { configuration, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';
import { placeOf, spanOfValue } from './wording.ts';

export const USER_SITE_LINKS = defineRule({
  code: 'HW929',
  slug: 'user-site-links',
  summary: 'Users of the machine may publish any file, by a link from their site.',
  explanation:
    'With UserWebsites every account has a site, and with FollowSymlinks a link in it may lead anywhere: to the files of ' +
    'other users and of the server, as far as the server may read them.',
  bad: configuration(
    virtualHost('Hostname = www.example.org', 'UserWebsites = yes', 'FollowSymlinks = yes'),
  ),
  good: configuration(virtualHost('Hostname = www.example.org', 'UserWebsites = yes')),
  source: 'hiawatha(1) VIRTUAL HOST CONFIGURATION: FollowSymlinks, UserWebsites',
  onlyWith: ['UserWebsites'],
  check(config, report) {
    for (const { settings } of config.hosts) {
      const span = spanOfValue(settings.followSymlinks);
      const users = spanOfValue(settings.userWebsites);
      if (span === null || users === null) continue;
      if (!settings.followSymlinks.value || !settings.userWebsites.value) continue;
      report({
        severity: 'warning',
        message: `with UserWebsites on ${placeOf(users, span)} every account may publish any file by a link`,
        span,
        notes: [{ message: 'delete one of the two', span: users }],
      });
    }
  },
});
