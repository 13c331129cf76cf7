import type { DiagnosticFix } from '../../grammar/diagnostic.ts';
import type { SourceSpan } from '../../grammar/source.ts';
import { COMBINATIONS } from '../../grammar/toolkit/rule.ts';
import { configuration, section, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';
import { ToolkitFlows } from './toolkit-flow.ts';

function toolkits(called: string): string {
  return `${section('UrlToolkit', [
    'ToolkitID = pages',
    'Match ^/blog/ Call blog',
    'Match ^/(.*)$ Rewrite /index.php?page=$1',
  ])}${section('UrlToolkit', ['ToolkitID = blog', called])}`;
}

const HOST = virtualHost('Hostname = www.example.org', 'UseToolkit = pages');

export const CALL_NEVER_RETURNS = defineRule({
  code: 'HW811',
  slug: 'call-never-returns',
  summary: 'Call of a toolkit that never comes back.',
  explanation:
    'Only a toolkit that reaches its end or Return comes back to the rule behind the Call. A Rewrite without Continue or ' +
    'Return is the end of all toolkits. Write Goto where that is meant, or give the Rewrite a Return.',
  bad: configuration(HOST, toolkits('Match .* Rewrite /blog.php')),
  good: configuration(HOST, toolkits('Match .* Rewrite /blog.php Return')),
  source: 'toolkit.c: use_toolkit',
  check(config, report) {
    const flows = new ToolkitFlows(config);
    for (const toolkit of config.toolkits) {
      const calls = flows.of(toolkit)?.calls ?? [];
      for (const { rule, target } of calls) {
        const action = rule.value.action.value;
        const endings = flows.of(target)?.endings ?? null;
        if (action.kind !== 'call' || endings === null) continue;
        // Some conditions go with Call alone: there is nothing better to write.
        if (COMBINATIONS[rule.value.condition.kind].goto !== 'allowed') continue;
        // One without any end is a loop, which is reported as such.
        if (endings.canReturn || !endings.canStop) continue;
        const { span } = rule.value.action;
        report({
          severity: 'warning',
          message: `the toolkit "${action.toolkit.value}" never comes back`,
          span,
          notes: [
            { message: 'every request ends there', span: target.nameSpan },
            { message: 'write "Goto" if that is meant', span: null },
          ],
          fix: writeGoto(span),
        });
      }
    }
  },
});

/** Null where the action is written in a variable. */
function writeGoto(action: SourceSpan): DiagnosticFix | null {
  const span = { ...action, end: action.start + 'Call'.length };
  if (span.file.text.slice(span.start, span.end).toLowerCase() !== 'call') return null;
  return { title: 'write "Goto"', safe: true, edits: [{ span, text: 'Goto' }] };
}
