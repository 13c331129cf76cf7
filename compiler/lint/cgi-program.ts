import type { MappedText } from '../../grammar/mapped-text.ts';
import type { SourceSpan } from '../../grammar/source.ts';
import { configuration, virtualHost } from './example.ts';
import type { Environment } from './environment.ts';
import { defineRule, type ReportFinding } from './rule.ts';

const HOST = virtualHost('Hostname = www.example.org', 'ExecuteCGI = yes');
const ANY_EXECUTE_BIT = 0o111;

export const CGI_PROGRAM = defineRule({
  code: 'HW705',
  slug: 'cgi-program',
  summary: 'A CGI handler or wrapper that cannot run as it is written.',
  explanation:
    'The whole text before the colon of CGIhandler is the name of the program: arguments are part of it, and no search ' +
    'path is used. Write the full path of a program; for arguments write a script that adds them. With `check --fs` the ' +
    'program must also be there and be executable.',
  bad: configuration('CGIhandler = /usr/bin/php-cgi -n:php', HOST),
  good: configuration('CGIhandler = /usr/bin/php-cgi:php', HOST),
  source: 'serverconfig.c: server_setting; cgi.c: fork_cgi_process',
  check(config, report, environment) {
    const { cgiHandlers, cgiWrapper } = config.server.settings;
    for (const { program } of cgiHandlers.value) {
      inspect('CGI handler', program.value, program.span, report, environment);
    }
    const wrapper = cgiWrapper.last?.directive.value.trim() satisfies MappedText | undefined;
    if (wrapper !== undefined) {
      inspect('CGI wrapper', wrapper.text, wrapper.span, report, environment);
    }
  },
});

function inspect(
  what: string,
  program: string,
  span: SourceSpan,
  report: ReportFinding,
  environment: Environment,
): void {
  const found = (message: string, advice: string): void =>
    report({ severity: 'warning', message, span, notes: [{ message: advice, span: null }] });
  const options = /^(\/[^ \t]+)[ \t]+-/.exec(program)?.[1];
  if (options !== undefined) {
    found(
      `the ${what} "${program}" is taken as the name of one program, with its blanks`,
      `arguments are not possible; write "${options}", or the path of a script that adds them`,
    );
    return;
  }
  if (!program.startsWith('/')) {
    found(
      `the ${what} "${program}" is no full path`,
      'it would be looked for in the directory of each script; write the path from the root, as "/usr/bin/php-cgi"',
    );
    return;
  }
  const facts = environment.path(program);
  if (facts === null) return;
  const last = facts.elements.at(-1);
  if (facts.missing !== null) {
    found(
      `the ${what} "${program}" does not exist`,
      `"${facts.missing}" is not there; install it, or correct the path`,
    );
  } else if (last?.kind !== 'file' || (last.mode & ANY_EXECUTE_BIT) === 0) {
    found(
      `the ${what} "${program}" cannot be executed`,
      'it is no file with an execute permission',
    );
  }
}
