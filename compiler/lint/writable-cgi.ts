import type { SourceSpan } from '../../grammar/source.ts';
import { cgiSwitchOf } from './cgi-facts.ts';
import { directory, section, virtualHost, withBindings } from './example.ts';
import { bindingsOf, directoriesOf, grantsSomebody } from './host-facts.ts';
import { defineRule } from './rule.ts';
import { describeHost, placeOf, spanOfValue } from './wording.ts';

const BINDING = section('Binding', ['Port = 80', 'EnableAlter = yes']);
const HOST = virtualHost(
  'Hostname = www.example.org',
  'ExecuteCGI = yes',
  'UseDirectory = uploads',
);
const UPLOADS = ['DirectoryID = uploads', 'Path = /uploads', 'AlterList = allow 10.0.0.0/8'];

export const WRITABLE_CGI = defineRule({
  code: 'HW711',
  slug: 'writable-cgi',
  summary: 'Scripts run in a place where clients may write.',
  explanation:
    'Whoever may PUT a file into a place where CGI is on can run programs on the server: a script is uploaded and then ' +
    'requested. Switch CGI off where clients write, with a Directory section and `ExecuteCGI = no`.',
  bad: withBindings([BINDING], 'CGIextension = cgi', directory(...UPLOADS), HOST),
  good: withBindings(
    [BINDING],
    'CGIextension = cgi',
    directory(...UPLOADS, 'ExecuteCGI = no'),
    HOST,
  ),
  source: 'hiawatha(1) BINDING CONFIGURATION: EnableAlter',
  onlyWith: ['AlterList'],
  check(config, report) {
    for (const host of config.hosts) {
      // A WebDAV application gets the PUT requests itself.
      if (host.settings.webDavApp.value) continue;
      if (!bindingsOf(config, host).some(({ settings }) => settings.enableAlter.value)) continue;
      const { isOn, decidedBy } = cgiSwitchOf(host);
      const add = (span: SourceSpan | null, cgiLine: SourceSpan | null, where: string): void => {
        if (span === null) return;
        report({
          severity: 'warning',
          message: `clients may write to ${where} and run what they wrote: CGI is on there${cgiLine === null ? '' : ` (${placeOf(cgiLine, span)})`}`,
          span,
          notes: [
            ...(cgiLine === null ? [] : [{ message: 'this switches CGI on', span: cgiLine }]),
            {
              message:
                'switch it off where clients write: a Directory section with "ExecuteCGI = no"',
              span: null,
            },
          ],
        });
      };
      const cgiLine = decidedBy?.directive.span ?? null;
      if (isOn && grantsSomebody(host.settings.alterList.value)) {
        add(spanOfValue(host.settings.alterList), cgiLine, describeHost(host));
      }
      for (const { settings } of directoriesOf(host)) {
        if (!(settings.executeCgi.value ?? isOn) || settings.executeCgi.isUnreadable) continue;
        if (!grantsSomebody(settings.alterList.value)) continue;
        const own = settings.executeCgi.last?.directive.span ?? cgiLine;
        const path = settings.paths.value[0]?.value ?? '';
        add(spanOfValue(settings.alterList), own, `"${path}" of ${describeHost(host)}`);
      }
    }
  },
});
