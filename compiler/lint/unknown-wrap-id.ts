import { nearestName } from '../../grammar/values/nearest.ts';
import { configuration, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';

function host(id: string): string {
  return virtualHost('Hostname = www.example.org', 'ExecuteCGI = yes', `WrapCGI = ${id}`);
}

const EXTENSION = 'CGIextension = cgi';

export const UNKNOWN_WRAP_ID = defineRule({
  code: 'HW513',
  slug: 'unknown-wrap-id',
  summary: 'WrapCGI names an entry that cgi-wrapper.conf does not have.',
  explanation:
    'The CGI wrapper reads `cgi-wrapper.conf` when a program is to be started, and refuses ids that have no Wrap line: the ' +
    'request ends in status 500. The ids are only known where `cgi-wrapper.conf` is checked together with the configuration, ' +
    'as in `check /etc/hiawatha /etc/hiawatha/cgi-wrapper.conf`, or with `check --fs`, which looks for the file beside ' +
    'hiawatha.conf. `WrapCGI = ~name` needs no Wrap line.',
  bad: configuration(EXTENSION, host('site')),
  good: configuration(EXTENSION, host('site1')),
  source: 'cgi-wrapper(1)',
  onlyWith: ['WrapCGI'],
  check(config, report, environment) {
    let known: readonly string[] | null | undefined;
    for (const { settings } of [...config.hosts, ...config.directories]) {
      for (const { value: id, directive } of settings.wrapCgi.lines) {
        if (id.startsWith('~')) continue;
        known ??= environment.wrapIds();
        if (known === null || known.includes(id)) continue;
        const near = nearestName(id, known);
        const { span } = directive.value;
        report({
          severity: 'warning',
          message: `cgi-wrapper.conf has no entry "${id}"${near === null ? '' : `; did you mean "${near}"?`}`,
          span,
          notes: [
            {
              message: `the wrapper refuses to start programs; add "Wrap = ${id} ; <root> ; <user>"`,
              span: null,
            },
          ],
          fix:
            near === null
              ? null
              : { title: `write "${near}"`, safe: false, edits: [{ span, text: near }] },
        });
      }
    }
  },
});
