import { configuration, fastCgiServer, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';

const HOST = virtualHost('Hostname = www.example.org', 'UseFastCGI = php');

function server(connectTo: string): string {
  return fastCgiServer('FastCGIid = php', `ConnectTo = ${connectTo}`, 'Extension = php');
}

export const MIXED_BACKENDS = defineRule({
  code: 'HW719',
  slug: 'mixed-backends',
  summary: 'One FastCGI server is reached by a socket and by addresses.',
  explanation:
    'All entries of ConnectTo are to be the same application. A socket leads to this machine, an address may lead to ' +
    'another, where files have other paths: often the new entry was meant to take the place of the old one. Where both ' +
    'are meant, allow this with a comment.',
  bad: configuration(server('/run/php/php8.2-fpm.sock, 192.0.2.10:9000'), HOST),
  good: configuration(server('192.0.2.10:9000, 192.0.2.11:9000'), HOST),
  source: 'hiawatha(1) FASTCGI CONFIGURATION: ConnectTo',
  check(config, report) {
    for (const { settings } of config.fastCgiServers) {
      const members = settings.connectTo.value;
      const [first] = members;
      const other = members.find(({ value }) => value.kind !== first?.value.kind);
      if (first === undefined || other === undefined) continue;
      report({
        severity: 'hint',
        message: `requests go in turn to ${other.value.kind === 'unix' ? 'a socket of this machine' : 'an address'} and to ${first.value.kind === 'unix' ? 'a socket of this machine' : 'an address'}`,
        span: other.span,
        notes: [
          { message: 'the other kind stands here', span: first.span },
          { message: 'keep the one that is meant', span: null },
        ],
      });
    }
  },
});
