import type { SourceSpan } from '../../grammar/source.ts';
import { endpointText } from '../../routing-table/endpoint-text.ts';
import type { FastCgiFacts } from './environment.ts';
import { configuration, fastCgiServer, virtualHost } from './example.ts';
import { defineRule, type ReportFinding } from './rule.ts';

const HOST = virtualHost('Hostname = www.example.org', 'UseFastCGI = php');

function server(port: number): string {
  return fastCgiServer('FastCGIid = php', `ConnectTo = 127.0.0.1:${port}`, 'Extension = php');
}

export const FASTCGI_ANSWER = defineRule({
  code: 'HW718',
  slug: 'fastcgi-answer',
  summary: 'What a FastCGI server answers when it is asked, or that it does not.',
  explanation:
    'With `check --net` each address of ConnectTo is connected to and asked for its values (FCGI_GET_VALUES). Nobody ' +
    'there, or somebody who speaks another protocol, is a warning: requests would be answered with 502 or 503. What a ' +
    'server says of itself is a hint: FCGI_MPXS_CONNS tells whether it takes several requests on one connection, ' +
    'FCGI_MAX_CONNS and FCGI_MAX_REQS how many at a time.',
  bad: configuration(server(9901), HOST),
  good: configuration(server(9000), HOST),
  source: 'FastCGI 1.0 §4.1',
  check(config, report, environment) {
    for (const { settings } of config.fastCgiServers) {
      for (const { value, span } of settings.connectTo.value) {
        const facts = environment.fastCgi(value);
        if (facts === null) continue;
        // That the socket is not there has been said by who looked at the disk.
        const isKnown =
          value.kind === 'unix' && (environment.path(value.path)?.missing ?? null) !== null;
        if (facts.kind !== 'refused' || !isKnown) tell(endpointText(value), facts, span, report);
      }
    }
  },
});

function tell(name: string, facts: FastCgiFacts, span: SourceSpan, report: ReportFinding): void {
  const warn = (message: string, advice: string): void =>
    report({ severity: 'warning', message, span, notes: [{ message: advice, span: null }] });
  switch (facts.kind) {
    case 'refused':
      warn(
        `nobody answers at ${name}: ${facts.reason}`,
        'start the application, or correct the address',
      );
      return;
    case 'foreign':
      warn(
        `what answers at ${name} does not speak FastCGI`,
        'another program uses this address; correct it, or take ReverseProxy for one that speaks HTTP',
      );
      return;
    case 'silent':
      report({
        severity: 'hint',
        message: `${name} takes connections, and does not say what it can do`,
        span,
        notes: [{ message: 'some applications do not answer FCGI_GET_VALUES', span: null }],
      });
      return;
    case 'answered': {
      const values = facts.values.map(([key, value]) => `${key} = ${value}`);
      report({
        severity: 'hint',
        message: `${name} speaks FastCGI${values.length === 0 ? '' : `: ${values.join(', ')}`}`,
        span,
      });
    }
  }
}
