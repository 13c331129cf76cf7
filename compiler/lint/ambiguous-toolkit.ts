import type { CheckedToolkit } from '../check/model.ts';
import { configuration, section, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';
import { placeOf } from './wording.ts';

const HOST = virtualHost('Hostname = www.example.org', 'UseToolkit = pages');

function toolkit(id: string, url: string): string {
  return section('UrlToolkit', [`ToolkitID = ${id}`, `Match ^/old Redirect ${url}`]);
}

export const AMBIGUOUS_TOOLKIT = defineRule({
  code: 'HW812',
  slug: 'ambiguous-toolkit',
  summary: 'Two toolkits with one id: the server runs another one than the tester of Hiawatha.',
  explanation:
    'The server takes the last section with an id; `wigwam -t`, with which rules are tried, takes the first. What was tried ' +
    'is then not what runs. Give each toolkit its own id.',
  bad: configuration(HOST, toolkit('pages', '/a'), toolkit('pages', '/b')),
  good: configuration(
    virtualHost('Hostname = www.example.org', 'UseToolkit = pages, more'),
    toolkit('pages', '/a'),
    toolkit('more', '/b'),
  ),
  source: 'toolkit.c: select_toolkit; wigwam.c',
  check(config, report) {
    const first = new Map<string, CheckedToolkit>();
    const last = new Map<string, CheckedToolkit>();
    for (const toolkit of config.toolkits) {
      const id = toolkit.settings.id.value;
      if (id === null) continue;
      if (!first.has(id)) first.set(id, toolkit);
      last.set(id, toolkit);
    }
    for (const [id, tried] of first) {
      const run = last.get(id)?.settings.id.last?.directive.value.span;
      const other = tried.settings.id.last?.directive.value.span;
      if (last.get(id) === tried || run === undefined || other === undefined) continue;
      report({
        severity: 'warning',
        message: `the server runs this toolkit "${id}", but "wigwam -t" tries the one on ${placeOf(other, run)}`,
        span: run,
        notes: [
          { message: 'the first section with the id', span: other },
          { message: 'give one of them another ToolkitID', span: null },
        ],
      });
    }
  },
});
